// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/explore_instructions.hpp"

#include "lab/injection/single_stepper.hpp"
#include "tool/failure.hpp"
#include "tool/instruction_plan.hpp"
#include "tool/report.hpp"
#include "tool/terminal.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>

namespace tool {
namespace {

using resile_lab::cell_outcome;
using resile_lab::planned_cell;

struct explored_cell {
    const planned_cell* which;
    cell_outcome outcome;
};

// Several cells as one line.
struct summary {
    std::uint64_t cells = 0, least = ~std::uint64_t{0}, most = 0, injections = 0, failures = 0;
    std::map<std::string, std::uint64_t> seen;

    void add(const cell_outcome& one) {
        ++cells;
        least = std::min(least, one.instructions);
        most = std::max(most, one.instructions);
        injections += one.injections;
        failures += one.failures;
        for (const auto& [what, times] : one.seen) seen[what] += times;
    }
    [[nodiscard]] std::string instructions() const {
        return least == most ? grouped(most) : fmt::format("{}-{}", least, most);
    }
    [[nodiscard]] std::string outcomes() const {
        std::string text;
        for (const auto& [what, times] : seen)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", what, grouped(times));
        return text;
    }
};

std::string row_name(const planned_cell& which, bool each_state) {
    const std::string pair = fmt::format("{}", fmt::join(operation_names(which), " / "));
    return each_state ? fmt::format("{}  {}  {}", which.what->name(), pair, state_name(which)) : pair;
}

std::string table_of(const std::vector<explored_cell>& cells, bool each_state) {
    std::vector<std::string> order;
    std::map<std::string, summary> rows;
    summary all;
    for (const explored_cell& one : cells) {
        const std::string name = row_name(*one.which, each_state);
        if (rows.count(name) == 0) order.push_back(name);
        rows[name].add(one.outcome);
        all.add(one.outcome);
    }
    table lines(
        {"interrupted / interrupting", "states", "instructions", "injections", "failures", "outcomes"});
    const auto add = [&](const std::string& name, const summary& sum) {
        const std::string failures = grouped(sum.failures);
        lines.add({name, grouped(sum.cells), sum.instructions(), grouped(sum.injections),
                   sum.failures == 0 ? failures : bad(failures), sum.outcomes()});
    };
    for (const std::string& name : order) add(name, rows[name]);
    add("all", all);
    return lines.text();
}

// A failure as it is told: with what it takes to see it again.
struct told_failure {
    std::string cell, state, step, promise, instruction, stacks, again;
};

told_failure told(const instruction_options& asked, const planned_cell& which,
                  const resile_lab::broken_promise& one) {
    return {row_name(which, false),
            state_name(which),
            step_text(one.at),
            one.promise,
            one.instruction,
            one.stacks,
            replay_command(asked, which, one.at)};
}

// The first of a cell, done once more to get its stacks.
told_failure first_failure(const instruction_options& asked, const explored_cell& one) {
    const resile_lab::broken_promise& first = one.outcome.first_failures.front();
    told_failure known = told(asked, *one.which, first);
    if (asked.step.empty() && first.at.step != 0) {
        planned_cell again = *one.which;
        again.sample.only = first.at;
        resile_lab::explore_all({again},
                                {.jobs = 1, .done = [&](const planned_cell&, const cell_outcome& seen) {
                                     for (const auto& each : seen.first_failures)
                                         known = told(asked, again, each);
                                 }});
    }
    return known;
}

constexpr std::ptrdiff_t most_told = 5;  // cells; the table has all

std::vector<told_failure> first_failures(const instruction_options& asked,
                                         const std::vector<explored_cell>& cells) {
    std::vector<told_failure> all;
    std::ptrdiff_t broken = 0;
    for (const explored_cell& one : cells) {
        if (one.outcome.failures == 0 || ++broken > most_told) continue;
        if (!one.outcome.died.empty())
            all.push_back({row_name(*one.which, false), state_name(*one.which), "",
                           "the process " + one.outcome.died, "", "",
                           replay_command(asked, *one.which, resile_lab::step_number{})});
        if (!one.outcome.first_failures.empty()) all.push_back(first_failure(asked, one));
    }
    return all;
}

void print_failures(const std::vector<told_failure>& failures, const std::vector<explored_cell>& cells) {
    for (const told_failure& one : failures) {
        if (one.step.empty()) {
            fmt::print("\n{}  {}, {}: {}\n  again: {}\n", bad("DIED"), one.cell, one.state, one.promise,
                       one.again);
        } else {
            fmt::print("\n{}  {}, {}, step {}\n  {}\n  in front of {}\n{}  again: {}\n", bad("BROKEN"),
                       one.cell, one.state, one.step, one.promise, one.instruction, one.stacks, one.again);
        }
    }
    const auto broken =
        std::count_if(cells.begin(), cells.end(), [](const auto& one) { return one.outcome.failures != 0; });
    if (broken > most_told) fmt::print("\n... and {} more cells (--verbose, --json)\n", broken - most_told);
}

nlohmann::json json_of(const instruction_options& asked, const std::vector<explored_cell>& cells,
                       std::size_t stride, double seconds) {
    nlohmann::json rows = nlohmann::json::array();
    summary all;
    for (const explored_cell& one : cells) {
        nlohmann::json failures = nlohmann::json::array();
        for (const auto& each : one.outcome.first_failures)
            failures.push_back({{"step", step_text(each.at)},
                                {"promise", each.promise},
                                {"instruction", each.instruction},
                                {"stacks", each.stacks},
                                {"again", replay_command(asked, *one.which, each.at)}});
        rows.push_back({{"flavour", one.which->what->name()},
                        {"operations", operation_names(*one.which)},
                        {"state", state_name(*one.which)},
                        {"instructions", one.outcome.instructions},
                        {"injections", one.outcome.injections},
                        {"failures", one.outcome.failures},
                        {"died", one.outcome.died},
                        {"outcomes", one.outcome.seen},
                        {"first_failures", failures}});
        all.add(one.outcome);
    }
    return {{"map", asked.map},
            {"mode", asked.kill        ? "kill"
                     : asked.nest == 1 ? "interrupt"
                                       : "nest"},
            {"stride", stride},
            {"seconds", seconds},
            {"injections", all.injections},
            {"failures", all.failures},
            {"cells", rows}};
}

std::vector<explored_cell> explore_with_progress(const instruction_options& asked,
                                                 const instruction_plan& plan) {
    std::map<const planned_cell*, cell_outcome> outcomes;
    live_line live;
    summary so_far;
    const auto begun = std::chrono::steady_clock::now();
    resile_lab::pool_plan pool;
    pool.jobs = asked.jobs;
    pool.stop = &graceful_stop::asked_to_stop();
    if (asked.seconds > 0)
        pool.until = begun + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                 std::chrono::duration<double>(asked.seconds));
    pool.done = [&](const planned_cell& which, const cell_outcome& outcome) {
        outcomes[&which] = outcome;
        so_far.add(outcome);
        const double done = static_cast<double>(so_far.cells) / static_cast<double>(plan.cells.size());
        const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
        const auto filled = static_cast<std::size_t>(done * 20);
        live.show(fmt::format("{} [{}{}] {:3.0f} %, {} s left: {} injections, {} failures, {}", asked.map,
                              std::string(filled, '#'), std::string(20 - filled, '.'), 100 * done,
                              grouped(static_cast<std::uint64_t>(passed / done - passed)),
                              grouped(so_far.injections), grouped(so_far.failures), row_name(which, false)));
    };
    resile_lab::explore_all(plan.cells, pool);
    std::vector<explored_cell> in_order;
    for (const planned_cell& which : plan.cells)
        if (const auto at = outcomes.find(&which); at != outcomes.end())
            in_order.push_back({&which, at->second});
    return in_order;
}

}  // namespace

void add_instruction_options(CLI::App& explore, CLI::Option& mode, instruction_options& asked) {
    const auto belongs = [&](CLI::Option* option) { return option->needs(&mode); };
    belongs(explore.add_option("--map", asked.map,
                               "exact (lru_map; the default), linux, lock (spinlock); or one with a planted "
                               "fault: two-step-replace, window-on-lock, window-on-unlock"))
        ->check(CLI::IsMember(explored_maps));
    belongs(explore.add_option("--flavour", asked.flavour, "of the map, e.g. shared/40: values of 40 bytes"));
    belongs(explore.add_option("--pair", asked.operations,
                               "INTERRUPTED,INTERRUPTING (with --nest 2 a third); all stands for each"))
        ->delimiter(',')
        ->expected(1, 3);
    belongs(explore.add_option("--state", asked.state,
                               "FILL/KEYS, or FILL: full/bucket is a full map, and two keys of one bucket"));
    belongs(explore.add_option("--stride", asked.stride, "strike in front of every N-th instruction only"))
        ->check(CLI::Range(1, 1'000'000));
    belongs(explore.add_option("--nest", asked.nest,
                               "2: the interrupting operation is interrupted, too (a choice of triples)"))
        ->check(CLI::Range(1, 2));
    belongs(explore.add_flag("--kill", asked.kill,
                             "abandon the operation for good instead; the second is a survivor's"))
        ->excludes("--nest");
    belongs(explore.add_option("--step", asked.step, "only this step, with both stacks"));
    belongs(explore.add_option("--jobs", asked.jobs, "processes at a time; 0 = one per CPU"))
        ->check(CLI::Range(0, 1024));
    belongs(explore.add_flag("--verbose", asked.verbose, "a line per state instead of one per pair"));
}

explored_part explore_instructions(const instruction_options& asked, bool quiet) {
    if (!resile_lab::can_single_step)
        throw failure(bad_environment,
                      "--instructions needs the trap flag of x86-64, and a build without TSan; elsewhere use "
                      "resile explore --schedules");
    const instruction_plan plan = plan_of(asked);
    const auto begun = std::chrono::steady_clock::now();
    const auto cells = explore_with_progress(asked, plan);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    summary all;
    for (const explored_cell& one : cells) all.add(one.outcome);
    const bool complete = cells.size() == plan.cells.size();
    const bool stopped = !complete && graceful_stop::asked_to_stop().load();
    const std::string left_out =
        complete
            ? std::string()
            : fmt::format("{} of {} cells{}", grouped(plan.cells.size() - cells.size()),
                          grouped(plan.cells.size()), asked.seconds > 0 ? ", spread over the table" : "");
    const auto failures = first_failures(asked, cells);
    if (!quiet) {
        fmt::print("{} {}, {}\n\n{}", asked.map,
                   asked.kill        ? "abandoned for good"
                   : asked.nest == 1 ? "interrupted"
                                     : "interrupted, and the interrupt interrupted",
                   plan.stride == 1 ? "in front of every instruction"
                                    : fmt::format("in front of every {} instruction", ordinal(plan.stride)),
                   table_of(cells, asked.verbose));
        print_failures(failures, cells);
        fmt::print("\n{} injections in {} s: {}\n", grouped(all.injections), fixed(seconds, 1),
                   all.failures != 0      ? bad(grouped(all.failures) + " broke a promise")
                   : asked.map == "linux" ? "see the outcomes; nothing was promised"
                                          : good("every promise held"));
        if (stopped)
            fmt::print("Stopped at your request; the table is not complete.\n");
        else if (!complete)
            fmt::print("Left out, because the time was up: {}.\n", left_out);
    }
    const bool all_held = all.failures == 0 && !stopped && !cells.empty();
    explored_part part{all_held ? held : did_not_hold, json_of(asked, cells, plan.stride, seconds)};
    for (const told_failure& one : failures)
        part.report["told"].push_back({{"cell", one.cell},
                                       {"state", one.state},
                                       {"step", one.step},
                                       {"promise", one.promise},
                                       {"instruction", one.instruction},
                                       {"stacks", one.stacks},
                                       {"again", one.again}});
    part.report["complete"] = complete;
    part.report["left_out"] = left_out;
    part.report["held"] = all_held;
    return part;
}

}  // namespace tool
