// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/explore_schedules.hpp"

#include "lab/schedule/explorer.hpp"
#include "tool/failure.hpp"
#include "tool/report.hpp"
#include "tool/schedule_file.hpp"
#include "tool/terminal.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace tool {
namespace {

using resile_lab::exploration;
using resile_lab::schedule_case;
using resile_lab::search_kind;

search_kind kind_of(const std::string& strategy) {
    if (strategy == "random") return search_kind::random;
    return strategy == "pct" ? search_kind::pct : search_kind::exhaustive;
}

const schedule_case& case_named(const std::string& name) {
    if (const schedule_case* found = resile_lab::find_schedule_case(name)) return *found;
    std::string names;
    for (const schedule_case& one : resile_lab::schedule_cases())
        names += "\n  " + one.name + ": " + one.meaning;
    throw failure(bad_usage, fmt::format("there is no case '{}'; there are{}", name, names));
}

// With less a fault may rightly stay unfound.
bool looks_for_faults(const schedule_options& options) {
    return kind_of(options.strategy) == search_kind::exhaustive && options.bound >= 2 &&
           options.interrupts >= 1 && options.most_schedules == 0;
}

std::vector<const schedule_case*> cases_wanted(const schedule_options& options) {
    if (options.which != "all") return {&case_named(options.which)};
    std::vector<const schedule_case*> wanted;
    for (const schedule_case& one : resile_lab::schedule_cases())
        if (!one.must_break || looks_for_faults(options)) wanted.push_back(&one);
    return wanted;
}

// A search without an end gets one.
constexpr double default_seconds = 10;

resile_lab::exploration_plan plan_of(const schedule_options& options, const schedule_case& which) {
    resile_lab::exploration_plan plan;
    plan.how = kind_of(options.strategy);
    plan.threads = std::max(options.threads, which.least_threads);
    const bool all = plan.how == search_kind::exhaustive;
    plan.limits.interrupts = all ? std::min(options.interrupts, which.most_interrupts) : options.interrupts;
    plan.limits.preemptions = all ? options.bound : resile_lab::no_limit;
    plan.most_schedules = options.most_schedules;
    plan.seconds = options.seconds;
    if (plan.how != search_kind::exhaustive && plan.seconds == 0 && plan.most_schedules == 0)
        plan.seconds = default_seconds;
    plan.seed = options.seed;
    plan.stop = &graceful_stop::asked_to_stop();
    return plan;
}

// A case and what became of it. Who asks for a case by name wants to see it hold; among all, a fault wants to
// be found.
struct explored {
    exploration result;
    bool is_to_break = false;

    [[nodiscard]] bool is_cut() const { return !result.broken && !result.complete; }
    // A search that was cut has not missed anything yet.
    [[nodiscard]] bool as_it_should_be() const {
        return result.broken.has_value() == is_to_break || (is_to_break && is_cut());
    }
};

std::string verdict_of(const explored& one) {
    if (one.is_to_break && one.is_cut()) return "not found so far";
    if (one.is_to_break) return one.as_it_should_be() ? good("found") : bad("NOT FOUND");
    if (one.result.broken) return bad("BROKEN");
    return one.result.complete ? good("held, all") : good("held") + ", not all";
}

void print_table(const std::vector<explored>& results, const schedule_options& options) {
    table rows({"case", "threads", "interrupts", "bound", "schedules", "per second", "seconds", "points",
                "contended words", "outcomes", "verdict"});
    const bool bounded = kind_of(options.strategy) == search_kind::exhaustive;
    for (const explored& each : results) {
        const exploration& one = each.result;
        rows.add({one.name, std::to_string(one.threads), std::to_string(options.interrupts),
                  bounded ? std::to_string(options.bound) : "-", grouped(one.schedules),
                  grouped(static_cast<std::uint64_t>(one.per_second())), fixed(one.seconds, 1),
                  grouped(one.points), grouped(one.contended_words), grouped(one.outcomes),
                  verdict_of(each)});
    }
    fmt::print("{}", rows.text());
}

void print_broken(const std::string& name, const resile_lab::counterexample& broken,
                  const std::string& file) {
    fmt::print("\n{}: {}\n\n{}\n", strong(name), bad(broken.what), broken.story);
    fmt::print("{} deviations from the course of things, of {} that the search had made.\n",
               broken.how.size(), broken.deviations_found);
    if (!file.empty()) fmt::print("Again: resile explore --schedules --replay {}\n", file);
}

nlohmann::json json_of(const explored& each) {
    const exploration& one = each.result;
    nlohmann::json made{{"case", one.name},
                        {"meaning", case_named(one.name).meaning},
                        {"threads", one.threads},
                        {"schedules", one.schedules},
                        {"schedules_while_learning", one.learning},
                        {"schedules_per_second", one.per_second()},
                        {"seconds", one.seconds},
                        {"steps", one.steps},
                        {"points", one.points},
                        {"contended_words", one.contended_words},
                        {"outcomes", one.outcomes},
                        {"complete", one.complete},
                        {"must_break", each.is_to_break},
                        {"held", !one.broken.has_value()}};
    if (one.broken) {
        made["broken"] = one.broken->what;
        made["decisions"] = schedule_json(one.broken->how);
        made["story"] = one.broken->story;
    }
    return made;
}

// Where a failing schedule is kept; empty if it cannot be written, and said so.
std::string keep(const exploration& one, std::uint64_t seed) {
    const std::string path = one.name + ".schedule.json";
    if (write_schedule_file(path, {one.name, one.threads, seed, one.broken->how})) return path;
    fmt::print(stderr,
               "resile: cannot write {}: the schedule is lost; go to a directory that can be written\n",
               path);
    return {};
}

std::vector<explored> explore_cases(const std::vector<const schedule_case*>& wanted,
                                    const schedule_options& options) {
    using clock = std::chrono::steady_clock;
    const auto begun = clock::now();
    const bool limited = options.all_seconds > 0;
    std::vector<explored> results;
    live_line live;
    for (const schedule_case* one : wanted) {
        auto plan = plan_of(options, *one);
        const bool is_to_break = options.which == "all" && one->must_break;
        if (is_to_break) plan.seconds = 0;  // it is found, or the search was in vain
        if (limited) {
            const double left =
                options.all_seconds - std::chrono::duration<double>(clock::now() - begun).count();
            if (left <= 0) break;
            // A long case leaves something for all those behind it.
            plan.seconds = plan.seconds > 0 ? std::min(plan.seconds, left / 3) : left / 3;
        }
        plan.progress = [&](const exploration& now) {
            live.show(fmt::format("{}: {} schedules, {} per second", now.name,
                                  grouped(now.schedules + now.learning),
                                  grouped(static_cast<std::uint64_t>(now.per_second()))));
        };
        results.push_back({resile_lab::explore(*one, plan), is_to_break});
        if (graceful_stop::asked_to_stop().load()) break;
    }
    return results;
}

// Empty: nothing.
std::string what_is_left_out(const std::vector<explored>& results, std::size_t wanted) {
    std::vector<std::string> cut;
    for (const explored& one : results)
        if (one.is_cut()) cut.push_back(one.result.name);
    std::string text;
    if (!cut.empty())
        text = fmt::format("the rest of {} of {} cases ({})", cut.size(), wanted, fmt::join(cut, ", "));
    if (results.size() != wanted)
        text += fmt::format("{}{} cases that were not begun", text.empty() ? "" : ", and ",
                            wanted - results.size());
    return text;
}

}  // namespace

CLI::Option* add_schedule_options(CLI::App& command, schedule_options& options) {
    CLI::Option* mode =
        command.add_flag("--schedules", options.wanted,
                         "every order in which threads and interrupts can do the steps of a case");
    CLI::Option* replay =
        command
            .add_option("--replay", options.replay, "one schedule again, from the file that a failure left")
            ->needs(mode);
    const auto belongs = [&](CLI::Option* option) { return option->needs(mode)->excludes(replay); };
    belongs(command.add_option("--case", options.which,
                               "a case by name, or all; of all, planted-..., limit-... and linux-... must "
                               "break"));
    belongs(command.add_option("--threads", options.threads, "virtual threads; a case may need more"))
        ->check(CLI::Range(2, 4));
    belongs(command.add_option("--interrupts", options.interrupts, "at most that many in a schedule"))
        ->check(CLI::Range(0, 2));
    belongs(command.add_option("--bound", options.bound,
                               "exhaustive: at most that many preemptions in a schedule"))
        ->check(CLI::Range(0, 100));
    belongs(command.add_option("--strategy", options.strategy,
                               "exhaustive (within the bound), random, or pct (random priorities)"))
        ->check(CLI::IsMember({"exhaustive", "random", "pct"}));
    belongs(command.add_option("--schedules-limit", options.most_schedules,
                               "stop a case after so many; 0 = never"));
    return replay;
}

explored_part replay_schedule(const schedule_options& options, bool quiet) {
    const schedule_file file = read_schedule_file(options.replay);
    const schedule_case& which = case_named(file.name);
    const resile_lab::counterexample found = resile_lab::replay(which, file.threads, file.how);
    if (!quiet) {
        fmt::print("{}: {}, {} threads\n\n{}\n", which.name, which.meaning, file.threads, found.story);
        fmt::print("{}\n",
                   found.what.empty() ? good("Nothing is broken by this schedule.") : bad(found.what));
    }
    return {found.what.empty() ? held : did_not_hold,
            {{"case", which.name},
             {"threads", file.threads},
             {"held", found.what.empty()},
             {"broken", found.what},
             {"story", found.story}}};
}

explored_part explore_schedules(const schedule_options& options, bool quiet) {
    const auto wanted = cases_wanted(options);
    const auto results = explore_cases(wanted, options);
    const bool stopped = graceful_stop::asked_to_stop().load();
    const bool all_held =
        std::all_of(results.begin(), results.end(), [](const auto& one) { return one.as_it_should_be(); }) &&
        !stopped && !results.empty();
    const std::string left_out = what_is_left_out(results, wanted.size());
    if (!quiet) {
        fmt::print("strategy {}, seed {}, memory sequentially consistent\n\n", options.strategy,
                   options.seed);
        print_table(results, options);
        for (const auto& [result, is_to_break] : results)
            if (result.broken && !is_to_break)
                print_broken(result.name, *result.broken, keep(result, options.seed));
        if (stopped) fmt::print("\nStopped at your request.\n");
        if (options.all_seconds > 0 && !stopped && !left_out.empty())
            fmt::print("\nLeft out, because the time was up: {}.\n", left_out);
    }
    nlohmann::json cases = nlohmann::json::array();
    for (const explored& one : results) cases.push_back(json_of(one));
    return {all_held ? held : did_not_hold,
            {{"strategy", options.strategy},
             {"seed", options.seed},
             {"interrupts", options.interrupts},
             {"bound", options.bound},
             {"cases", cases},
             {"complete", left_out.empty()},
             {"left_out", left_out},
             {"held", all_held}}};
}

}  // namespace tool
