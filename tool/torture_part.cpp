// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/torture_part.hpp"

#include "lab/judge/cpus.hpp"
#include "tool/subjects.hpp"
#include "tool/terminal.hpp"

#include <fmt/core.h>

namespace tool {

using resile_lab::campaign_plan;
using resile_lab::flavour_outcome;
using resile_lab::verification;

campaign_plan plan_of(const torture_options& options) {
    campaign_plan plan;
    plan.threads =
        options.threads != 0 ? options.threads : static_cast<unsigned>(resile_lab::usable_cpus().size());
    plan.nest = options.nest;
    plan.rate = options.rate;
    plan.interrupts = options.interrupts == "perf" ? resile_lab::interrupt_source::perf
                                                   : resile_lab::interrupt_source::timer;
    plan.keys = options.keys;
    plan.seed = options.seed;
    // A map that promises everything gets no second try.
    plan.verify =
        options.verify == "settle" && options.map != "exact" ? verification::settle : verification::strict;
    plan.stop = &graceful_stop::asked_to_stop();
    return plan;
}

std::vector<named_outcome> run_part(const torture_options& options, const std::string& title) {
    const auto subjects = subjects_named(options.map, options.flavour, options.entries);
    std::vector<named_outcome> outcomes;
    live_line live;
    for (const subject_map& subject : subjects) {
        campaign_plan plan = plan_of(options);
        plan.seconds = options.seconds / static_cast<double>(subjects.size());
        plan.progress = [&](const flavour_outcome& now, double done) {
            live.show(fmt::format(
                "{}, {}: {:3.0f} %  {} operations, {} interrupts inside one, {} refills perfect of {}", title,
                subject.name, 100 * done, grouped(now.storm.task.done + now.storm.handlers.done),
                grouped(now.storm.inside_operation), now.perfect_rounds, now.rounds));
        };
        const flavour_outcome outcome = resile_lab::run_campaign(*subject.map, plan);
        outcomes.push_back(
            {subject.name, outcome, options.map == "exact" ? outcome.held_exactly() : outcome.held()});
        if (graceful_stop::asked_to_stop().load()) break;
    }
    return outcomes;
}

namespace {

std::string failures_of(const flavour_outcome& outcome) {
    resile_lab::operation_counts sum = outcome.storm.task;
    const auto& more = outcome.storm.handlers;
    std::string text;
    const auto add = [&](const char* name, std::uint64_t count) {
        if (count != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, grouped(count));
    };
    add("ENOMEM", sum.no_node + more.no_node);
    add("EDEADLK", sum.deadlock + more.deadlock);
    add("ETIMEDOUT", sum.timed_out + more.timed_out);
    add("EBUSY", sum.busy + more.busy);
    add("broken values", sum.broken + more.broken);
    add("other", sum.other + more.other);
    return text.empty() ? "none" : text;
}

nlohmann::json json_of(const resile_lab::operation_counts& counts) {
    return {{"done", counts.done},           {"ENOMEM", counts.no_node}, {"EDEADLK", counts.deadlock},
            {"ETIMEDOUT", counts.timed_out}, {"EBUSY", counts.busy},     {"EILSEQ", counts.broken},
            {"other", counts.other}};
}

}  // namespace

std::string table_of(const std::vector<named_outcome>& outcomes) {
    table rows({"flavour", "operations", "interrupts", "inside one", "deepest", "failed operations",
                "left pending", "lost nodes", "refills", "perfect", "worst 1st try", "tries", "verdict"});
    for (const auto& [name, outcome, held_all] : outcomes)
        rows.add({name, grouped(outcome.storm.task.done + outcome.storm.handlers.done),
                  grouped(outcome.storm.interrupts), grouped(outcome.storm.inside_operation),
                  std::to_string(outcome.storm.deepest), failures_of(outcome), grouped(outcome.pending_free),
                  grouped(outcome.unaccounted + outcome.duplicate_keys), std::to_string(outcome.rounds),
                  std::to_string(outcome.perfect_rounds),
                  fmt::format("{} of {}", outcome.worst_first_try, outcome.wanted),
                  std::to_string(outcome.most_tries), held_all ? good("held") : bad("FAILED")});
    return rows.text();
}

nlohmann::json json_of(const torture_options& options, const std::vector<named_outcome>& outcomes) {
    nlohmann::json flavours = nlohmann::json::array();
    for (const auto& [name, outcome, held_all] : outcomes)
        flavours.push_back({{"flavour", name},
                            {"task", json_of(outcome.storm.task)},
                            {"handlers", json_of(outcome.storm.handlers)},
                            {"interrupts", outcome.storm.interrupts},
                            {"interrupts_inside_an_operation", outcome.storm.inside_operation},
                            {"deepest_nesting", outcome.storm.deepest},
                            {"seconds", outcome.storm.seconds},
                            {"rounds", outcome.rounds},
                            {"perfect_rounds", outcome.perfect_rounds},
                            {"wanted", outcome.wanted},
                            {"present_in_a_fresh_map", outcome.fresh_present},
                            {"worst_first_try", outcome.worst_first_try},
                            {"first_tries", outcome.first_tries},
                            {"most_tries", outcome.most_tries},
                            {"left_pending_free", outcome.pending_free},
                            {"unaccounted", outcome.unaccounted},
                            {"duplicate_keys", outcome.duplicate_keys},
                            {"would_have_hung", outcome.would_have_hung},
                            {"refused_locks", outcome.refused_locks},
                            {"held", held_all}});
    return {{"map", options.map},         {"verify", options.verify},
            {"entries", options.entries}, {"keys", options.keys},
            {"rate", options.rate},       {"nest", options.nest},
            {"seed", options.seed},       {"interrupts", options.interrupts},
            {"flavours", flavours},       {"held", all_held(outcomes)}};
}

bool all_held(const std::vector<named_outcome>& outcomes) {
    for (const auto& one : outcomes)
        if (!one.held) return false;
    return !outcomes.empty();
}

totals sum_of(const std::vector<named_outcome>& outcomes) {
    totals sum;
    for (const auto& [name, outcome, held_all] : outcomes) {
        sum.inside += outcome.storm.inside_operation;
        sum.hung += outcome.would_have_hung;
        sum.pending += outcome.pending_free;
        sum.unaccounted += outcome.unaccounted + outcome.duplicate_keys;
        sum.failed += outcome.storm.task.failed() + outcome.storm.handlers.failed();
        sum.rounds += outcome.rounds;
        sum.perfect += outcome.perfect_rounds;
    }
    return sum;
}

}  // namespace tool
