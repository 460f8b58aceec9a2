// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile torture`: interrupts hit a map in the middle of its operations; then everything stops, and drain +
// refill is judged. Without arguments: the story, in four parts.

#include "lab/judge/cpus.hpp"
#include "lab/torture/campaign.hpp"
#include "tool/commands.hpp"
#include "tool/failure.hpp"
#include "tool/flavour.hpp"
#include "tool/option_checks.hpp"
#include "tool/report.hpp"
#include "tool/subjects.hpp"
#include "tool/terminal.hpp"
#include "tool/torture_check.hpp"

#include <resile/checked.hpp>

#include <fmt/core.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <random>

namespace tool {
namespace {

using resile_lab::campaign_plan;
using resile_lab::flavour_outcome;
using resile_lab::verification;

struct torture_options {
    std::string map = "exact";
    std::string flavour = "all";
    unsigned threads = 0;
    double seconds = 6;
    unsigned rate = 10000;
    unsigned nest = 3;
    std::uint32_t entries = 64;
    std::uint64_t keys = 128;
    std::string interrupts = "timer";
    std::string verify = "strict";
    std::uint64_t seed = 0;
    bool check = false;
    std::string judge;
    std::string json;
};

struct named_outcome {
    std::string name;
    flavour_outcome outcome;
    bool held = false;  // what is asked of this map
};

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

nlohmann::json json_of(const resile_lab::operation_counts& counts) {
    return {{"done", counts.done},           {"ENOMEM", counts.no_node}, {"EDEADLK", counts.deadlock},
            {"ETIMEDOUT", counts.timed_out}, {"EBUSY", counts.busy},     {"EILSEQ", counts.broken},
            {"other", counts.other}};
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
            {"flavours", flavours}};
}

bool all_held(const std::vector<named_outcome>& outcomes) {
    for (const auto& one : outcomes)
        if (!one.held) return false;
    return !outcomes.empty();
}

struct totals {
    std::uint64_t inside = 0, hung = 0, pending = 0, unaccounted = 0, failed = 0;
    std::uint32_t rounds = 0, perfect = 0;
};

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

void print_first_deadlock() {
    resile::usage_report report;
    if (!resile::take_first_usage_report(report)) return;
    char text[8192];
    resile::describe_usage_report(report, text, sizeof(text));
    fmt::print("\nThe first deadlock in full:\n\n{}", text);
}

// One part of the story: its heading, its run, its table.
std::vector<named_outcome> tell(torture_options options, const char* map, const char* verify,
                                const char* heading) {
    options.map = map;
    options.verify = verify;
    fmt::print("{}\n", strong(heading));
    std::fflush(stdout);
    auto outcomes = run_part(options, map);
    fmt::print("\n{}", table_of(outcomes));
    std::fflush(stdout);
    return outcomes;
}

int tell_story(torture_options options, json_sink& json) {
    // Parts 1 and 3 are settled in seconds; the second wants many refills, because strict fails now and then.
    fmt::print(
        "Linux's BPF LRU map, in user space, updated by threads that are interrupted by handlers that update "
        "it\n"
        "too. {} entries, {} keys, {} signals per thread at {} Hz each, seed {} (--seed).\n\n",
        options.entries, options.keys, options.nest, options.rate, options.seed);
    options.seconds = 5;
    const auto plain = tell(options, "linux-plain", "strict",
                            "1. Before June 2026: the LRU's locks are plain spinlocks. What would hang is "
                            "reported and abandoned.");
    print_first_deadlock();
    const totals first = sum_of(plain);
    fmt::print(
        "\n-> {} times an interrupt asked for a lock that its own thread held: in a kernel, each of these is "
        "a "
        "machine that hangs.\n   {} nodes were lost with the abandoned operations.\n\n",
        grouped(first.hung), grouped(first.unaccounted));

    options.seconds = 10;
    const auto resilient =
        tell(options, "linux", "strict",
             "2. Since June 2026: resilient locks refuse instead. Judged strictly: one try to refill.");
    const totals second = sum_of(resilient);
    fmt::print(
        "\n-> Nothing hung, but {} operations failed, {} nodes were left pending, and {} of {} refills did "
        "not hold "
        "all {} entries.\n\n",
        grouped(second.failed), grouped(second.pending), second.rounds - second.perfect, second.rounds,
        options.entries);

    options.seconds = 5;
    const auto settled =
        tell(options, "linux", "settle",
             "3. The remedy proposed for the kernel's test: 10 ms of rest, and up to three tries.");
    const totals third = sum_of(settled);
    fmt::print(
        "\n-> {} of {} refills held all entries after at most three tries: {}, while the users of the map, "
        "who "
        "insert\n   once and take no rest, are served as in part 2 ({} operations failed).\n\n",
        third.perfect, third.rounds,
        third.perfect == third.rounds ? "the test is satisfied"
                                      : "even that does not always satisfy the test",
        grouped(third.failed));

    options.seconds = 10;
    const auto exact =
        tell(options, "exact", "strict",
             "4. resile::lru_map: no lock. Judged strictly, and no operation may fail, no node be "
             "lost, no key be\n   there twice, no value be broken.");
    const totals fourth = sum_of(exact);
    fmt::print(
        "\n-> {} operations failed, {} nodes are not where they should be, {} of {} refills held all {} "
        "entries at the\n   first try{}\n\n",
        grouped(fourth.failed), grouped(fourth.pending + fourth.unaccounted), fourth.perfect, fourth.rounds,
        options.entries, all_held(exact) ? ". Every promise was kept." : ".");

    const std::uint64_t inside = first.inside + second.inside + third.inside + fourth.inside;
    fmt::print("{} interrupts hit a thread inside a map operation.\n", strong(grouped(inside)));
    json.write({{"parts",
                 {json_of(options, plain), json_of(options, resilient), json_of(options, settled),
                  json_of(options, exact)}},
                {"interrupts_inside_an_operation", inside}});
    if (graceful_stop::asked_to_stop().load()) {
        fmt::print("Stopped at your request; the story is not complete.\n");
        return did_not_hold;
    }
    if (fourth.rounds != 0 && !all_held(exact)) {
        fmt::print("{}: resile::lru_map broke a promise (part 4). Please report it, with the seed.\n",
                   bad("FAILED"));
        return did_not_hold;
    }
    std::string untold;
    if (first.hung == 0) untold += " no deadlock was met in part 1;";
    if (second.failed == 0) untold += " no operation failed in part 2;";
    if (third.rounds == 0) untold += " part 3 was not judged;";
    if (fourth.rounds == 0) untold += " part 4 was not judged;";
    if (inside < 100'000) untold += " fewer than 100,000 interrupts hit an operation;";
    if (untold.empty()) return held;
    fmt::print(
        "Not every part of the story could be told:{} the machine may be too slow or too busy: try again.\n",
        untold);
    return did_not_hold;
}

int check_histories(const torture_options& options) {
    check_options asked;
    asked.map = options.map;
    asked.flavour = options.flavour;
    asked.threads = options.threads;
    asked.storm = plan_of(options);
    asked.storm.seconds = options.seconds;
    asked.json = options.json;
    return torture_check(asked);
}

int run(torture_options options, bool story) {
    if (!options.judge.empty()) return judge_history_file(options.judge, options.json);
    if (options.seed == 0) options.seed = std::random_device{}() | 1U;
    if (options.check) return check_histories(options);
    if (options.map == "two-step-replace")
        throw failure(bad_usage, "--map two-step-replace has a fault that only --check looks for");
    json_sink json(options.json);
    const graceful_stop stop;
    if (story) return tell_story(options, json);
    const auto outcomes = run_part(options, options.map);
    if (!json.owns_standard_output()) {
        fmt::print("map {}, seed {}, judged {}\n\n{}", options.map, options.seed, options.verify,
                   table_of(outcomes));
        const totals sum = sum_of(outcomes);
        if (sum.hung != 0) fmt::print("\n{} deadlocks reported and abandoned.\n", grouped(sum.hung));
        if (graceful_stop::asked_to_stop().load()) fmt::print("\nStopped at your request.\n");
    }
    json.write(json_of(options, outcomes));
    return all_held(outcomes) ? held : did_not_hold;
}

}  // namespace

void add_torture(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<torture_options>();
    CLI::App* command = app.add_subcommand(
        "torture", "Interrupt a map in the middle of its operations, then judge what is left of it");
    command->footer(
        "Without options it tells the story, in about 30 s, and exits 0 when every part of it was told. "
        "With\n"
        "options, exit 0 means that every refill held max_entries keys; of exact, that also no operation\n"
        "failed and every node is accounted for. Of exact, flavour/48 has values of 48 bytes, others of 8.\n"
        "Columns: inside one = interrupts that hit a thread inside a map operation; left pending = nodes\n"
        "marked pending_free when the storm was over; lost nodes = neither in the table nor free nor "
        "pending.\n"
        "With --check, exit 0 means that every history can be put in order; overlapping = calls at the same\n"
        "time as another thread's; longest search = pairs (calls in order, contents) that a judge looked "
        "at.");
    command
        ->add_option("--map", options->map,
                     "exact (resile::lru_map; the default), linux (June 2026) or linux-plain (before); "
                     "with --check exact, or two-step-replace, which has a fault")
        ->check(CLI::IsMember(map_words) | CLI::IsMember(checked_maps));
    command->add_option("--flavour", options->flavour, "all, shared, per-cpu or per-cpu-values")
        ->check(CLI::IsMember(flavour_words));
    command->add_option("--threads", options->threads, "hammer threads; 0 = one per CPU")
        ->check(CLI::Range(0, 1000));
    command->add_option("--seconds", options->seconds, "length of the storms, all flavours together")
        ->check(CLI::Range(0.01, 86400.0))
        ->check(is_a_length);
    command->add_option("--rate", options->rate, "interrupts per second, thread and signal")
        ->check(CLI::Range(1, 1'000'000));
    command->add_option("--nest", options->nest, "signals that interrupt each other")
        ->check(CLI::Range(1U, resile_lab::interrupt_storm::most_signals));
    auto* entries = command->add_option("--entries", options->entries, "max_entries of the map")
                        ->check(CLI::Range(1, 1 << 26));
    auto* keys = command->add_option("--keys", options->keys, "keys that are hammered");
    keys->check(CLI::Range(1, 1 << 30));
    command->add_option("--interrupts", options->interrupts, "timer (POSIX timers) or perf (perf events)")
        ->check(CLI::IsMember({"timer", "perf"}));
    auto* verify = command->add_option("--verify", options->verify,
                                       "strict (one try) or settle (10 ms of rest, three tries)");
    verify->check(CLI::IsMember({"strict", "settle"}));
    // Its own small maps, and a judge of its own.
    auto* check = command->add_flag("--check", options->check,
                                    "judge histories instead: bursts of a few calls on small maps; is there "
                                    "an order that explains all answers?");
    for (CLI::Option* other : {entries, keys, verify}) check->excludes(other);
    command->add_option("--judge", options->judge, "one history again, from the file that --check left")
        ->excludes(check);
    command->add_option("--seed", options->seed, "of all random streams; 0 = choose and print one")
        ->envname("RESILE_SEED");
    auto* json = command->add_option("--json", options->json,
                                     "write the same as JSON to this file, - for standard output");
    command->callback([command, options, json, &exit_code] {
        // --seed and --json do not change the story.
        bool story = true;
        for (const CLI::Option* option : command->get_options())
            if (option->count() != 0 && option != json && option->get_name() != "--seed" &&
                option->get_name() != "--help")
                story = false;
        exit_code = run(*options, story && options->json != "-");
    });
}

}  // namespace tool
