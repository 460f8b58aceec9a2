// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/torture_check.hpp"

#include "lab/torture/history_check.hpp"
#include "tool/failure.hpp"
#include "tool/flavour.hpp"
#include "tool/history_file.hpp"
#include "tool/report.hpp"
#include "tool/terminal.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace tool {
namespace {

using resile_lab::check_outcome;
using resile_lab::check_plan;
using resile_lab::checked_map_maker;
using resile_lab::checked_map_of;
using resile_lab::map_history;
using resile_lab::order_verdict;

struct checked_flavour {
    std::string name;
    checked_map_maker make;
    check_outcome outcome;
};

// Values of one word change in place, larger ones by replacement: two maps. Values per CPU have no one value
// that a history could be judged by.
std::vector<checked_flavour> flavours_of(const check_options& options) {
    using resile_lab::five_words;
    using resile_lab::one_word;
    using resile_lab::plain_kind;
    if (options.map == "two-step-replace")
        return {{options.map,
                 checked_map_of<resile_lab::two_step_kind<five_words>>::maker(resile::recency::shared),
                 {}}};
    if (options.map != "exact")
        throw failure(bad_usage,
                      fmt::format("--check: the map {} promises no order; check exact, or two-step-replace, "
                                  "which has a fault",
                                  options.map));
    std::vector<checked_flavour> all;
    for (const flavour& which : flavours_named(options.flavour)) {
        if (which.percpu_values) continue;
        const auto order = which.no_common_lru ? resile::recency::per_cpu : resile::recency::shared;
        all.push_back({which.name, checked_map_of<plain_kind<one_word>>::maker(order), {}});
        all.push_back(
            {std::string(which.name) + "/40", checked_map_of<plain_kind<five_words>>::maker(order), {}});
    }
    if (all.empty())
        throw failure(bad_usage,
                      "--check: with values per CPU there is no one value to judge by; check shared or "
                      "per-cpu");
    return all;
}

// A burst ends when its calls do, whatever the clock says; and a call needs some time between two handlers.
constexpr std::uint64_t most_signals_per_second = 150'000;

check_plan plan_of(const check_options& options) {
    constexpr unsigned most = check_plan::most_threads;
    if (options.threads > most)
        throw failure(bad_usage, fmt::format("--threads: {} are more than the {} whose calls --check can put "
                                             "in order",
                                             options.threads, most));
    if (std::uint64_t{options.storm.rate} * options.storm.nest > most_signals_per_second)
        throw failure(
            bad_usage,
            fmt::format(
                "--rate {} times --nest {}: with more than {} signals per second and thread, handlers leave "
                "the calls that --check judges no time; lower one of them",
                options.storm.rate, options.storm.nest, most_signals_per_second));
    check_plan plan;
    plan.threads = options.threads != 0 ? options.threads : std::clamp(options.storm.threads, 2U, most);
    plan.nest = options.storm.nest;
    plan.rate = options.storm.rate;
    plan.interrupts = options.storm.interrupts;
    plan.seed = options.storm.seed;
    plan.stop = options.storm.stop;
    return plan;
}

std::string table_of(const std::vector<checked_flavour>& all) {
    table rows({"flavour", "histories", "per second", "calls", "overlapping", "in handlers", "inside a call",
                "refused", "longest search", "no order", "stranded", "verdict"});
    for (const auto& [name, make, sum] : all)
        rows.add({name, grouped(sum.histories),
                  grouped(static_cast<std::uint64_t>(static_cast<double>(sum.histories) / sum.seconds)),
                  grouped(sum.calls), grouped(sum.overlapping), grouped(sum.in_handlers),
                  grouped(sum.inside_a_call), grouped(sum.refused), grouped(sum.longest_search),
                  grouped(sum.unordered), grouped(sum.stranded), sum.held() ? good("held") : bad("FAILED")});
    return rows.text();
}

// The history, and how far an order gets.
std::string story_of(const map_history& history, const order_verdict& verdict) {
    std::string text = to_text(history);
    if (verdict.linearizable) {
        text += "It can be put in this order:\n";
    } else if (verdict.order.empty()) {
        return text + "None of its calls can come first.\n";
    } else {
        text += verdict.order.size() < history.calls.size()
                    ? "The longest order that explains some of it:\n"
                    : "This order explains all answers, but not what is left, or another call's victim:\n";
    }
    for (const std::size_t one : verdict.order) text += fmt::format("  {}\n", to_text(history.calls[one]));
    return text;
}

// Where a history is kept; empty if it cannot be written, and said so.
std::string keep(const check_options& options, const checked_flavour& which) {
    std::string path = (which.name == options.map ? which.name : options.map + "-" + which.name);
    std::replace(path.begin(), path.end(), '/', '-');
    path += ".history.json";
    const auto& found = *which.outcome.first;
    if (write_history_file(path, {options.map, which.name, found.seed, found.history})) return path;
    fmt::print(stderr,
               "resile: cannot write {}: the history is lost; go to a directory that can be written\n", path);
    return {};
}

nlohmann::json json_of(const checked_flavour& one) {
    const check_outcome& sum = one.outcome;
    nlohmann::json made{{"flavour", one.name},
                        {"histories", sum.histories},
                        {"calls", sum.calls},
                        {"overlapping_calls", sum.overlapping},
                        {"calls_in_handlers", sum.in_handlers},
                        {"calls_inside_a_call", sum.inside_a_call},
                        {"refused", sum.refused},
                        {"longest_search", sum.longest_search},
                        {"unordered", sum.unordered},
                        {"stranded", sum.stranded},
                        {"seconds", sum.seconds},
                        {"held", sum.held()}};
    if (sum.first) {
        made["first_unordered"] = history_json(sum.first->history);
        made["story"] = story_of(sum.first->history, sum.first->how_far);
    }
    return made;
}

}  // namespace

int torture_check(const check_options& options) {
    auto all = flavours_of(options);
    check_plan plan = plan_of(options);
    plan.seconds = options.storm.seconds / static_cast<double>(all.size());
    report_files files(options.report, "histories", options.command);
    const graceful_stop stop;
    {
        live_line live;
        for (std::size_t i = 0; i < all.size(); ++i) {
            plan.progress = [&](const check_outcome& now, double done) {
                live.show(fmt::format(
                    "{}: {:3.0f} %  {} histories, {} calls in handlers, {} without an order", all[i].name,
                    100 * done, grouped(now.histories), grouped(now.in_handlers), grouped(now.unordered)));
            };
            all[i].outcome = resile_lab::check_histories(all[i].make, plan);
            if (graceful_stop::asked_to_stop().load()) all.resize(i + 1);
        }
    }
    if (!files.own_standard_output()) {
        fmt::print("map {}, seed {}: is there an order of the calls that explains each history?\n\n{}",
                   options.map, plan.seed, table_of(all));
        for (const checked_flavour& one : all) {
            if (!one.outcome.first) continue;
            fmt::print("\n{}: {}, seed {}\n{}", strong(one.name), bad("no order explains this"),
                       one.outcome.first->seed,
                       story_of(one.outcome.first->history, one.outcome.first->how_far));
            const std::string file = keep(options, one);
            if (!file.empty()) fmt::print("Judged again by: resile torture --judge {}\n", file);
        }
        if (graceful_stop::asked_to_stop().load()) fmt::print("\nStopped at your request.\n");
    }
    nlohmann::json flavours = nlohmann::json::array();
    for (const checked_flavour& one : all) flavours.push_back(json_of(one));
    const bool all_held =
        std::all_of(all.begin(), all.end(), [](const auto& one) { return one.outcome.held(); });
    files.write({{"map", options.map}, {"seed", plan.seed}, {"flavours", flavours}, {"held", all_held}});
    return all_held ? held : did_not_hold;
}

int judge_history_file(const std::string& path, const std::string& json_path) {
    each_its_own_place({{"--json", json_path}}, {{"--judge", path}});
    json_sink json(json_path);
    const history_file file = read_history_file(path);
    const order_verdict verdict = judge_history(file.history);
    if (!json.owns_standard_output())
        fmt::print("{} {}, seed {}: {}\n{}", file.map, file.flavour, file.seed,
                   verdict.linearizable ? good("there is an order") : bad("no order explains this"),
                   story_of(file.history, verdict));
    json.write({{"held", verdict.linearizable},
                {"order", verdict.order},
                {"search", verdict.configurations},
                {"history", history_json(file.history)}});
    return verdict.linearizable ? held : did_not_hold;
}

}  // namespace tool
