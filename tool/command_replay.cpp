// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile replay`: a trace of keys as a cache would see it: look up, insert on a miss. Beside it true LRU,
// and the best that any map could do.

#include "lab/judge/cpus.hpp"
#include "tool/commands.hpp"
#include "tool/failure.hpp"
#include "tool/flavour.hpp"
#include "tool/key_trace.hpp"
#include "tool/optimal_replacement.hpp"
#include "tool/report_files.hpp"
#include "tool/subjects.hpp"
#include "tool/terminal.hpp"
#include "tool/true_lru.hpp"

#include <resile/lru_map.hpp>
#include <resile/percpu_lru_map.hpp>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace tool {
namespace {

struct replay_options {
    std::vector<std::string> traces;
    std::vector<std::uint32_t> entries;
    std::string map = "exact";
    std::string flavour = "shared";
    std::uint64_t seed = 1;
    report_paths report;
    std::string command;
};

struct replayed {
    std::uint32_t capacity = 0;  // what was asked for, or a little more
    std::uint64_t hits = 0;
    std::uint64_t evictions = 0;
    std::uint64_t failed_inserts = 0;
    double seconds = 0;  // of the map alone
};

// What other maps of the same capacity would hit.
struct yardsticks {
    std::uint64_t true_lru = 0;
    std::uint64_t optimal = 0;
};

constexpr std::size_t block_size = 4096;

// A cache: seen(key) looks up, insert(key) inserts (false: that failed), size() counts its entries. Nothing
// if the user stops it.
template <class Cache>
std::optional<replayed> replay(const key_trace& trace, Cache&& cache, live_line& live) {
    using clock_type = std::chrono::steady_clock;
    replayed seen;
    seen.capacity = cache.max_entries();
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
        live.show(fmt::format("{}: {:3.0f} %", trace.name,
                              100.0 * static_cast<double>(end) / static_cast<double>(trace.requests.size())));
        if (graceful_stop::asked_to_stop().load()) return std::nullopt;
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

std::optional<replayed> replay(const key_trace& trace, const std::string& map, const flavour& which,
                               std::uint32_t entries, live_line& live) {
    if (map != "exact") {
        const auto version = map == "linux-plain" ? resile::generation::plain : resile::generation::resilient;
        return replay(trace, linux_cache(options_of(which, entries, version)), live);
    }
    resile::lru_options exact;
    if (which.no_common_lru) exact.order = resile::recency::per_cpu;
    if (which.percpu_values)
        return replay(
            trace, exact_cache<resile::percpu_lru_map<std::uint64_t, std::uint64_t>>(entries, exact), live);
    return replay(trace, exact_cache<resile::lru_map<std::uint64_t, std::uint64_t>>(entries, exact), live);
}

// One trace, through all maps that are wanted.
class replay_of_trace {
  public:
    replay_of_trace(const key_trace& trace, const replay_options& options, table& rows,
                    nlohmann::json& report, live_line& live)
        : trace_(trace),
          optimal_(trace.requests, trace.distinct),
          options_(options),
          rows_(rows),
          report_(report),
          live_(live) {}

    void run() {
        using words = std::vector<std::string>;
        for (const std::string& map : options_.map == "all" ? words{"exact", "linux"} : words{options_.map})
            for (const flavour& which : flavours_named(options_.flavour))
                for (const std::uint32_t entries : options_.entries)
                    if (const auto seen = replay(trace_, map, which, entries, live_))
                        add(map, which, entries, *seen);
    }

  private:
    // Of a capacity, once for all maps that have it.
    const yardsticks& beside(std::uint32_t capacity) {
        const auto [at, is_new] = known_.try_emplace(capacity);
        if (is_new) {
            true_lru lru(trace_.distinct, capacity);
            for (const std::uint32_t key : trace_.requests) at->second.true_lru += lru.access(key) ? 1U : 0U;
            at->second.optimal = optimal_.hits(capacity);
        }
        return at->second;
    }

    void add(const std::string& map, const flavour& which, std::uint32_t entries, const replayed& seen) {
        const yardsticks& others = beside(seen.capacity);
        const auto requests = static_cast<double>(trace_.requests.size());
        const auto ratio = [&](std::uint64_t hits) { return static_cast<double>(hits) / requests; };
        const auto percent = [&](std::uint64_t hits) { return fixed(100 * ratio(hits), 2) + " %"; };
        const double speed = requests / seen.seconds;
        rows_.add({trace_.name, grouped(trace_.requests.size()), grouped(trace_.distinct), map, which.name,
                   grouped(entries), grouped(seen.hits), percent(seen.hits), percent(others.true_lru),
                   fmt::format("{:+.2f} pp", 100 * (ratio(seen.hits) - ratio(others.true_lru))),
                   percent(others.optimal), grouped(seen.evictions),
                   grouped(static_cast<std::uint64_t>(speed))});
        report_.push_back({{"trace", trace_.name},
                           {"requests", trace_.requests.size()},
                           {"distinct", trace_.distinct},
                           {"map", map},
                           {"flavour", which.name},
                           {"entries", entries},
                           {"capacity", seen.capacity},
                           {"hits", seen.hits},
                           {"hit_ratio", ratio(seen.hits)},
                           {"true_lru_hits", others.true_lru},
                           {"true_lru_ratio", ratio(others.true_lru)},
                           {"optimal_hits", others.optimal},
                           {"optimal_ratio", ratio(others.optimal)},
                           {"evictions", seen.evictions},
                           {"failed_inserts", seen.failed_inserts},
                           {"requests_per_second", speed}});
    }

    const key_trace& trace_;
    const optimal_replacement optimal_;
    std::map<std::uint32_t, yardsticks> known_;
    const replay_options& options_;
    table& rows_;
    nlohmann::json& report_;
    live_line& live_;
};

int run(const replay_options& options) {
    std::vector<named_file> sources;
    for (const std::string& path : options.traces) sources.push_back({"TRACE", path});
    report_files files(
        options.report, "replay",
        options.traces.empty() ? fmt::format("{} --seed {}", options.command, options.seed) : options.command,
        sources);
    const graceful_stop stop;
    // One CPU: Linux's map behaves differently on each, and a trace is one sequence.
    const int cpu = resile_lab::usable_cpus().front();
    resile_lab::pin_this_thread(cpu);
    table rows({"trace", "requests", "distinct", "map", "flavour", "entries", "hits", "hit ratio", "true LRU",
                "difference", "optimal", "evictions", "requests/s"});
    nlohmann::json report = nlohmann::json::array();
    live_line live;
    const auto replay_trace = [&](const key_trace& trace) {
        if (!graceful_stop::asked_to_stop().load()) replay_of_trace(trace, options, rows, report, live).run();
    };
    if (options.traces.empty()) replay_trace(zipf_trace(1'000'000, 100'000, options.seed));
    std::set<std::string> names;
    for (const std::string& path : options.traces) {
        key_trace trace = read_trace(path);
        if (!names.insert(trace.name).second) trace.name = path;  // two of one name in different folders
        replay_trace(trace);
    }
    live.clear();
    files.write({{"map", options.map}, {"cpu", cpu}, {"seed", options.seed}, {"rows", report}});
    if (!files.own_standard_output()) {
        if (options.traces.empty())
            fmt::print("No trace given: a Zipf stream, seed {} (--seed). ", options.seed);
        fmt::print("Map {}, on CPU {}.\n\n{}", options.map, cpu, rows.text());
        if (graceful_stop::asked_to_stop().load()) fmt::print("\nStopped at your request.\n");
    }
    return graceful_stop::asked_to_stop().load() ? did_not_hold : held;
}

}  // namespace

void add_replay(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<replay_options>();
    CLI::App* command =
        app.add_subcommand("replay", "Replay key traces as a cache would; hit ratios beside true LRU's");
    command->footer(
        "A trace has one key per line, any text; plain, .zst or .gz; - is standard input. For each request "
        "the\n"
        "key is looked up, and inserted on a miss. Beside the maps: true LRU, and the optimum, which knows "
        "the\n"
        "future (Belady's MIN). A page of all lines: --map all --html FILE.");
    command->add_option("TRACE", options->traces, "trace files; none: a built-in Zipf stream");
    command->add_option("--entries", options->entries, "sizes of the map, as in 64,1024")
        ->delimiter(',')
        ->check(CLI::Range(1, 1 << 26))
        ->required();
    command
        ->add_option("--map", options->map,
                     "exact (resile::lru_map; the default), linux (June 2026), linux-plain (before), or all "
                     "(exact and linux)")
        ->check(CLI::IsMember(map_words) | CLI::IsMember({"all"}));
    command->add_option("--flavour", options->flavour, "shared, per-cpu, per-cpu-values or all")
        ->check(CLI::IsMember(flavour_words));
    command->add_option("--seed", options->seed, "of the built-in stream")->envname("RESILE_SEED");
    add_report_options(*command, options->report);
    command->callback([command, options, &exit_code] {
        options->command = command_given(*command);
        exit_code = run(*options);
    });
}

}  // namespace tool
