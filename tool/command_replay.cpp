// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile replay`: a trace of keys as a cache would see it: look up, insert on a miss. Beside it, in the same
// pass, true LRU.

#include "lab/judge/cpus.hpp"
#include "tool/commands.hpp"
#include "tool/failure.hpp"
#include "tool/flavour.hpp"
#include "tool/key_trace.hpp"
#include "tool/report.hpp"
#include "tool/subjects.hpp"
#include "tool/terminal.hpp"
#include "tool/true_lru.hpp"

#include <resile/lru_map.hpp>
#include <resile/percpu_lru_map.hpp>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>

namespace tool {
namespace {

struct replay_options {
    std::vector<std::string> traces;
    std::vector<std::uint32_t> entries;
    std::string map = "exact";
    std::string flavour = "shared";
    std::uint64_t seed = 1;
    std::string json;
};

struct replayed {
    std::uint64_t requests = 0;
    std::uint64_t hits = 0;
    std::uint64_t lru_hits = 0;
    std::uint64_t evictions = 0;
    std::uint64_t failed_inserts = 0;
    double seconds = 0;  // of the map alone
    [[nodiscard]] double ratio() const { return static_cast<double>(hits) / static_cast<double>(requests); }
    [[nodiscard]] double lru_ratio() const {
        return static_cast<double>(lru_hits) / static_cast<double>(requests);
    }
};

constexpr std::size_t block_size = 4096;

// A cache: seen(key) looks up, insert(key) inserts (false: that failed), size() counts its entries.
template <class Cache>
replayed replay(const key_trace& trace, Cache&& cache, live_line& live) {
    using clock_type = std::chrono::steady_clock;
    true_lru yardstick(trace.distinct, cache.max_entries());
    replayed seen;
    std::uint64_t inserted = 0;
    for (std::size_t begin = 0; begin < trace.requests.size(); begin += block_size) {
        const std::size_t end = std::min(begin + block_size, trace.requests.size());
        const auto start = clock_type::now();
        for (std::size_t i = begin; i < end; ++i) {
            const std::uint64_t key = trace.requests[i];
            if (cache.seen(key))
                ++seen.hits;
            else if (cache.insert(key))
                ++inserted;
            else
                ++seen.failed_inserts;
        }
        seen.seconds += std::chrono::duration<double>(clock_type::now() - start).count();
        for (std::size_t i = begin; i < end; ++i)
            seen.lru_hits += yardstick.access(trace.requests[i]) ? 1U : 0U;
        seen.requests += end - begin;
        live.show(fmt::format("{}: {:3.0f} %", trace.name,
                              100.0 * static_cast<double>(end) / static_cast<double>(trace.requests.size())));
        if (graceful_stop::asked_to_stop().load()) break;
    }
    seen.evictions = inserted - cache.size();
    return seen;
}

class linux_cache {
  public:
    explicit linux_cache(const resile::linux_lru_options& options)
        : map_(options), value_(map_.user_value_size()) {}
    bool seen(std::uint64_t key) { return map_.lookup(&key) != nullptr; }
    bool insert(std::uint64_t key) { return map_.update(&key, value_.data(), resile::linux_lru::any) == 0; }
    [[nodiscard]] std::uint64_t size() const { return map_.census().in_table; }
    [[nodiscard]] std::uint32_t max_entries() const { return map_.max_entries(); }

  private:
    resile::linux_lru map_;
    std::vector<unsigned char> value_;
};

template <class Map>
class exact_cache {
  public:
    exact_cache(std::uint32_t entries, const resile::lru_options& options) : map_(entries, options) {}
    bool seen(std::uint64_t key) { return map_.get(key).has_value(); }
    bool insert(std::uint64_t key) { return map_.put(key, key) == resile::put_result::inserted; }
    [[nodiscard]] std::uint64_t size() const { return map_.size(); }
    [[nodiscard]] std::uint32_t max_entries() const { return static_cast<std::uint32_t>(map_.max_size()); }

  private:
    Map map_;
};

replayed replay(const key_trace& trace, const replay_options& options, const flavour& which,
                std::uint32_t entries, live_line& live) {
    if (options.map != "exact") {
        const auto version =
            options.map == "linux-plain" ? resile::generation::plain : resile::generation::resilient;
        return replay(trace, linux_cache(options_of(which, entries, version)), live);
    }
    resile::lru_options exact;
    if (which.no_common_lru) exact.order = resile::recency::per_cpu;
    if (which.percpu_values)
        return replay(
            trace, exact_cache<resile::percpu_lru_map<std::uint64_t, std::uint64_t>>(entries, exact), live);
    return replay(trace, exact_cache<resile::lru_map<std::uint64_t, std::uint64_t>>(entries, exact), live);
}

int run(const replay_options& options) {
    json_sink json(options.json);
    const graceful_stop stop;
    // One CPU: Linux's map behaves differently on each, and a trace is one sequence.
    const int cpu = resile_lab::usable_cpus().front();
    resile_lab::pin_this_thread(cpu);
    table rows({"trace", "requests", "distinct", "flavour", "entries", "hits", "hit ratio", "true LRU",
                "difference", "evictions", "requests/s"});
    nlohmann::json report = nlohmann::json::array();
    live_line live;
    const auto replay_trace = [&](const key_trace& trace) {
        for (const flavour& which : flavours_named(options.flavour)) {
            for (const std::uint32_t entries : options.entries) {
                if (graceful_stop::asked_to_stop().load()) return;
                const replayed seen = replay(trace, options, which, entries, live);
                const double speed = static_cast<double>(seen.requests) / seen.seconds;
                rows.add({trace.name, grouped(seen.requests), grouped(trace.distinct), which.name,
                          grouped(entries), grouped(seen.hits), fixed(100 * seen.ratio(), 2) + " %",
                          fixed(100 * seen.lru_ratio(), 2) + " %",
                          fmt::format("{:+.2f} pp", 100 * (seen.ratio() - seen.lru_ratio())),
                          grouped(seen.evictions), grouped(static_cast<std::uint64_t>(speed))});
                report.push_back({{"trace", trace.name},
                                  {"requests", seen.requests},
                                  {"distinct", trace.distinct},
                                  {"flavour", which.name},
                                  {"entries", entries},
                                  {"hits", seen.hits},
                                  {"hit_ratio", seen.ratio()},
                                  {"true_lru_hits", seen.lru_hits},
                                  {"true_lru_ratio", seen.lru_ratio()},
                                  {"evictions", seen.evictions},
                                  {"failed_inserts", seen.failed_inserts},
                                  {"requests_per_second", speed}});
            }
        }
    };
    if (options.traces.empty()) replay_trace(zipf_trace(1'000'000, 100'000, options.seed));
    for (const std::string& path : options.traces) replay_trace(read_trace(path));
    live.clear();
    json.write({{"map", options.map}, {"cpu", cpu}, {"seed", options.seed}, {"rows", report}});
    if (!json.owns_standard_output()) {
        if (options.traces.empty())
            fmt::print("No trace given: a Zipf stream, seed {} (--seed). ", options.seed);
        fmt::print("Map {}, on CPU {}.\n\n{}", options.map, cpu, rows.text());
    }
    return graceful_stop::asked_to_stop().load() ? did_not_hold : held;
}

}  // namespace

void add_replay(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<replay_options>();
    CLI::App* command =
        app.add_subcommand("replay", "Replay a key trace as a cache would; hit ratio beside true LRU's");
    command->footer(
        "A trace has one key per line, any text; plain, .zst or .gz; - is standard input. For each request "
        "the\n"
        "key is looked up, and inserted on a miss. true LRU is computed in the same pass.");
    command->add_option("TRACE", options->traces, "trace files; none: a built-in Zipf stream");
    command->add_option("--entries", options->entries, "sizes of the map, as in 64,1024")
        ->delimiter(',')
        ->check(CLI::Range(1, 1 << 26))
        ->required();
    command
        ->add_option("--map", options->map,
                     "exact (resile::lru_map; the default), linux (June 2026) or linux-plain (before)")
        ->check(CLI::IsMember(map_words));
    command->add_option("--flavour", options->flavour, "shared, per-cpu, per-cpu-values or all")
        ->check(CLI::IsMember(flavour_words));
    command->add_option("--seed", options->seed, "of the built-in stream")->envname("RESILE_SEED");
    command->add_option("--json", options->json,
                        "write the same as JSON to this file, - for standard output");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace tool
