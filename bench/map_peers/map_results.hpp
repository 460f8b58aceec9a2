// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What was measured: as a table for eyes, and as JSON with every reading.

#include "bench/map_peers/map_workload.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace bench {

struct reading {
    double ns = 0;      // time per operation of all threads together
    double hits = 0;    // share of keys found
    double waited = 0;  // share of the time in which a thread was ready and something else had its CPU
    [[nodiscard]] bool disturbed() const noexcept { return waited > 0.02; }
};

// All readings of one map at one workload with one number of threads.
struct map_series {
    std::string map;
    workload what;
    int threads;
    std::uint64_t entries;
    std::vector<reading> readings;

    [[nodiscard]] std::vector<double> sorted(double reading::*which) const {
        std::vector<double> values;
        for (const reading& one : readings) values.push_back(one.*which);
        std::sort(values.begin(), values.end());
        return values;
    }
    [[nodiscard]] double median(double reading::*which = &reading::ns) const {
        return readings.empty() ? 0 : sorted(which)[readings.size() / 2];
    }
};

class map_results {
  public:
    void add(const std::string& map, workload what, int threads, std::uint64_t entries, const reading& one) {
        map_series* its = find(map, what, threads, entries);
        if (its == nullptr) its = &all_.emplace_back(map_series{map, what, threads, entries, {}});
        its->readings.push_back(one);
    }

    // `reference`: the map whose time is 1.
    void print(const std::vector<std::string>& maps, const std::vector<int>& threads, std::uint64_t entries,
               const std::string& reference) {
        for (const workload what : all_workloads) {
            std::printf("\n%s: %s; %llu entries\n%-30s", name_of(what), meaning_of(what),
                        static_cast<unsigned long long>(entries), "");
            for (const int count : threads)
                std::printf(" |%d thread%s: ns/op (least - most) ratio", count, count == 1 ? "" : "s");
            std::printf("%s\n", finds_keys(what) ? " |   hits" : "");
            for (const std::string& map : maps) {
                std::printf("%-30s", map.c_str());
                for (const int count : threads) print_cell(map, what, count, entries, reference);
                const map_series* its = find(map, what, threads.front(), entries);
                if (its != nullptr && finds_keys(what) && its->median(&reading::hits) > 0)
                    std::printf(" | %5.1f%%", its->median(&reading::hits) * 100);
                std::printf("\n");
            }
        }
    }

    void print_disturbances() const {
        std::size_t readings = 0;
        std::size_t disturbed = 0;
        for (const map_series& one : all_) {
            readings += one.readings.size();
            for (const reading& each : one.readings) disturbed += each.disturbed() ? 1U : 0U;
        }
        std::printf(
            "\nDisturbed: %zu of %zu measurements%s\n", disturbed, readings,
            disturbed == 0 ? "" : "; \"least\" is nearer to the truth, or try again on a quiet machine");
    }

    [[nodiscard]] bool write_json(const char* path, int runs, double seconds) const {
        std::FILE* const file = std::fopen(path, "w");
        if (file == nullptr) return false;
        utsname system{};
        ::uname(&system);
        std::fprintf(
            file,
            "{\n  \"bench\": \"map_throughput\", \"kernel\": \"%s\", \"machine\": \"%s\", \"runs\": %d, "
            "\"seconds\": %g,\n  \"results\": [",
            system.release, system.machine, runs, seconds);
        const char* between = "\n";
        for (const map_series& one : all_) {
            const auto times = one.sorted(&reading::ns);
            std::fprintf(file,
                         "%s    {\"map\": \"%s\", \"workload\": \"%s\", \"threads\": %d, \"entries\": %llu, "
                         "\"ns_per_op\": {\"median\": %.3f, \"least\": %.3f, \"most\": %.3f}, "
                         "\"hit_share\": %.4f, \"readings\": [",
                         between, one.map.c_str(), name_of(one.what), one.threads,
                         static_cast<unsigned long long>(one.entries), one.median(), times.front(),
                         times.back(), one.median(&reading::hits));
            for (std::size_t i = 0; i < one.readings.size(); ++i)
                std::fprintf(file, "%s%.3f", i == 0 ? "" : ", ", one.readings[i].ns);
            std::fprintf(file, "], \"waited_for_cpu\": [");
            for (std::size_t i = 0; i < one.readings.size(); ++i)
                std::fprintf(file, "%s%.3f", i == 0 ? "" : ", ", one.readings[i].waited);
            std::fprintf(file, "]}");
            between = ",\n";
        }
        std::fprintf(file, "\n  ]\n}\n");
        const bool written = std::ferror(file) == 0;
        return std::fclose(file) == 0 && written;
    }

  private:
    map_series* find(const std::string& map, workload what, int threads, std::uint64_t entries) {
        for (map_series& one : all_)
            if (one.map == map && one.what == what && one.threads == threads && one.entries == entries)
                return &one;
        return nullptr;
    }

    void print_cell(const std::string& map, workload what, int threads, std::uint64_t entries,
                    const std::string& reference) {
        const map_series* its = find(map, what, threads, entries);
        if (its == nullptr) {
            std::printf(" |%19s%23s", "-", "");
            return;
        }
        const auto times = its->sorted(&reading::ns);
        std::printf(" |%15.1f (%6.1f - %6.1f)", its->median(), times.front(), times.back());
        const map_series* one = find(reference, what, threads, entries);
        if (one != nullptr)
            std::printf(" %6.2fx", its->median() / one->median());
        else
            std::printf(" %7s", "");
    }

    std::vector<map_series> all_;
};

}  // namespace bench
