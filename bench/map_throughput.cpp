// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Time per operation of resile::lru_map beside the kernel's LRU map and other bounded maps, 64-bit keys and
// values. In each run all maps are built and filled, and then take turns at every workload; medians over the
// runs, with their spread.
//
//   resile_bench_map_throughput --help

#include "bench/map_peers/every_map.hpp"
#include "bench/map_peers/map_results.hpp"

#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string_view>
#include <thread>

namespace {

constexpr const char* help =
    R"(Time per operation of resile::lru_map and of its peers; threads are pinned, one to a CPU.

resile_bench_map_throughput [options]
  --entries N[,N...]  how many the maps hold (65536); 1000 or more
  --seconds S         per measurement (0.05)
  --runs N            measurements of each (5); the table shows median, least and most
  --only MAP          maps with MAP in their name, and the loop alone; may be said again
  --json FILE         all readings
  --help

ns/op is the time per operation of all threads together: two that do not disturb each other halve it. Ratios are to
resile::lru_map. "loop alone" is what loop and keys cost; that is in the other numbers. A "-": it cannot do that.
Hits: share of keys found, with one thread. A measurement whose threads had to wait for a CPU, because something else
ran there, is made again, up to twice; how many stayed disturbed is said at the end.
)";

struct settings {
    std::vector<std::uint64_t> entries{65536};
    double seconds = 0.05;
    int runs = 5;
    std::vector<std::string> only;
    const char* json = nullptr;
    bool help = false;
};

std::vector<std::uint64_t> numbers_in(const char* list) {
    std::vector<std::uint64_t> numbers;
    for (char* end = nullptr;; list = end + 1) {
        numbers.push_back(std::strtoull(list, &end, 10));
        if (*end == '\0') return numbers;
        if (end == list || *end != ',') return {};
    }
}

// Nothing: said something that is not understood, and why.
std::optional<settings> parse(int count, char** words) {
    settings wanted;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (word == "--help") {
            wanted.help = true;
            continue;
        }
        const char* value = i + 1 < count ? words[++i] : "";
        bool good = *value != '\0';
        if (word == "--entries") {
            wanted.entries = numbers_in(value);
            good = !wanted.entries.empty();
            for (const std::uint64_t number : wanted.entries)
                good = good && number >= 1000 && number <= std::uint64_t{1} << 24;
        } else if (word == "--seconds") {
            good = (wanted.seconds = std::atof(value)) > 0;
        } else if (word == "--runs") {
            good = (wanted.runs = std::atoi(value)) > 0;
        } else if (word == "--only") {
            wanted.only.emplace_back(value);
        } else if (word == "--json") {
            wanted.json = value;
        } else {
            good = false;
        }
        if (!good) {
            std::fprintf(
                stderr,
                "resile_bench_map_throughput: '%s %s': --entries takes 1000 to 2^24, --seconds and --runs "
                "something above 0; see --help\n",
                word.data(), value);
            return std::nullopt;
        }
    }
    return wanted;
}

std::vector<int> allowed_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> cpus;
    if (::sched_getaffinity(0, sizeof(set), &set) == 0)
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
            if (CPU_ISSET(static_cast<unsigned>(cpu), &set)) cpus.push_back(cpu);
    return cpus;
}

void pin_to(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(cpu), &set);
    if (::sched_setaffinity(0, sizeof(set), &set) != 0) std::perror("resile_bench_map_throughput: pinning");
}

void sleep_seconds(double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

// For how long this thread was ready to run while something else ran. 0 where Linux does not say.
double ns_waited_for_cpu() {
    double ran = 0;
    double waited = 0;
    std::FILE* const file = std::fopen("/proc/thread-self/schedstat", "r");
    if (file == nullptr) return 0;
    if (std::fscanf(file, "%lf %lf", &ran, &waited) != 2) waited = 0;
    std::fclose(file);
    return waited;
}

// Threads run all the time; what they do between the warming up and the end counts.
bench::reading measure(bench::map_subject& map, bench::workload what, const std::vector<int>& cpus,
                       std::uint64_t entries, double seconds) {
    enum phase { coming, warming, counting, over };
    struct alignas(128) worker {
        bench::key_source keys;
        bench::tally done;
        double ns_waited = 0;
        std::exception_ptr failed;
    };
    static std::uint64_t sources = 0;  // no two threads draw the same keys, nor insert them
    std::vector<worker> workers(cpus.size());
    for (worker& one : workers) {
        ++sources;
        one.keys.range = bench::key_range(what, entries);
        one.keys.state = what == bench::workload::insert ? sources << 33 : bench::nth_key(sources);
    }
    std::atomic<std::size_t> ready{0};
    std::atomic<phase> now{coming};
    std::vector<std::thread> running;
    for (std::size_t i = 0; i < cpus.size(); ++i) {
        running.emplace_back([&, i] {
            worker& mine = workers[i];
            pin_to(cpus[i]);
            ready.fetch_add(1);
            while (now.load() == coming) std::this_thread::yield();
            try {
                bench::tally unwanted;
                while (now.load(std::memory_order_relaxed) == warming) map.run(what, mine.keys, unwanted);
                mine.ns_waited = -ns_waited_for_cpu();
                do map.run(what, mine.keys, mine.done);
                while (now.load(std::memory_order_relaxed) == counting);
                mine.ns_waited += ns_waited_for_cpu();
            } catch (...) {
                mine.failed = std::current_exception();
            }
        });
    }
    while (ready.load() != cpus.size()) std::this_thread::yield();
    now = warming;
    sleep_seconds(seconds / 5);
    now = counting;
    sleep_seconds(seconds);
    now = over;
    for (std::thread& one : running) one.join();

    double per_ns = 0;
    double hits = 0;
    double operations = 0;
    double waited = 0;
    for (const worker& one : workers) {
        if (one.failed) std::rethrow_exception(one.failed);
        per_ns += static_cast<double>(one.done.operations) / static_cast<double>(one.done.ns);
        hits += static_cast<double>(one.done.hits);
        operations += static_cast<double>(one.done.operations);
        waited = std::max(waited, one.ns_waited);
    }
    return {.ns = 1 / per_ns, .hits = hits / operations, .waited = waited / (seconds * 1e9)};
}

bench::reading measure_in_peace(bench::map_subject& map, bench::workload what, const std::vector<int>& cpus,
                                std::uint64_t entries, double seconds) {
    bench::reading best = measure(map, what, cpus, entries, seconds);
    for (int again = 0; again < 2 && best.disturbed(); ++again) {
        const bench::reading other = measure(map, what, cpus, entries, seconds);
        if (other.waited < best.waited) best = other;
    }
    return best;
}

struct built_map {
    const std::string& name;
    std::unique_ptr<bench::map_subject> map;
};

// One run: all maps anew. They take turns, and another one begins in each run.
void measure_all(const std::vector<bench::map_maker>& makers, const std::vector<std::vector<int>>& pinnings,
                 std::uint64_t entries, int run, double seconds, bench::map_results& results) {
    std::vector<built_map> maps;
    for (std::size_t i = 0; i < makers.size(); ++i) {
        const bench::map_maker& one = makers[(i + static_cast<std::size_t>(run)) % makers.size()];
        maps.push_back({one.name, one.make(entries)});
        maps.back().map->fill(entries);
    }
    for (const bench::workload what : bench::all_workloads) {
        for (const std::vector<int>& cpus : pinnings) {
            for (const auto& [name, map] : maps) {
                if (!map->can(what)) continue;
                if (what == bench::workload::count || what == bench::workload::count_or_insert)
                    map->make_counters();
                results.add(name, what, static_cast<int>(cpus.size()), entries,
                            measure_in_peace(*map, what, cpus, entries, seconds));
            }
        }
    }
}

bool chosen(const std::string& name, const std::vector<std::string>& only) {
    if (only.empty() || name == bench::loop_alone::name) return true;
    for (const std::string& part : only)
        if (name.find(part) != std::string::npos) return true;
    return false;
}

int run_bench(const settings& wanted) {
    std::vector<std::string> missing;
    std::vector<bench::map_maker> makers;
    std::vector<std::string> names;
    std::string known;
    for (const bench::map_maker& one : bench::every_map(missing)) {
        known += "\n  " + one.name;
        if (!chosen(one.name, wanted.only)) continue;
        makers.push_back(one);
        names.push_back(one.name);
    }
    for (const std::string& what : missing) std::printf("Without %s\n", what.c_str());
    if (!wanted.only.empty() && makers.size() == 1 && wanted.only.front() != bench::loop_alone::name) {
        std::fprintf(stderr, "resile_bench_map_throughput: no map here is called '%s'; there are:%s\n",
                     wanted.only.front().c_str(), known.c_str());
        return 2;
    }

    const std::vector<int> cpus = allowed_cpus();
    if (cpus.empty()) return std::perror("resile_bench_map_throughput: which CPUs may I use"), 4;
    std::vector<std::vector<int>> pinnings{{cpus[0]}};
    std::vector<int> threads{1};
    if (cpus.size() >= 2) {
        pinnings.push_back({cpus[0], cpus[1]});
        threads.push_back(2);
    } else {
        std::printf("Without 2 threads: this process may use one CPU only\n");
    }

    bench::map_results results;
    for (const std::uint64_t entries : wanted.entries) {
        for (int run = 0; run < wanted.runs; ++run)
            measure_all(makers, pinnings, entries, run, wanted.seconds, results);
        results.print(names, threads, entries, bench::resile_lru::name);
        std::fflush(stdout);
    }
    results.print_disturbances();
    if (wanted.json != nullptr && !results.write_json(wanted.json, wanted.runs, wanted.seconds)) {
        std::perror(wanted.json);
        return 4;
    }
    return 0;
}

}  // namespace

int main(int count, char** words) {
    const auto wanted = parse(count, words);
    if (!wanted) return 2;
    if (wanted->help) return std::fputs(help, stdout), 0;
    try {
        return run_bench(*wanted);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "resile_bench_map_throughput: %s\n", error.what());
        return 4;
    }
}
