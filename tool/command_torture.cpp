// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile torture`: interrupts hit a map in the middle of its operations; then everything stops, and drain +
// refill is judged. Without arguments: the story, in four parts.

#include "tool/commands.hpp"
#include "tool/failure.hpp"
#include "tool/flavour.hpp"
#include "tool/option_checks.hpp"
#include "tool/subjects.hpp"
#include "tool/terminal.hpp"
#include "tool/torture_check.hpp"
#include "tool/torture_story.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <random>

namespace tool {
namespace {

int check_histories(const torture_options& options) {
    check_options asked;
    asked.map = options.map;
    asked.flavour = options.flavour;
    asked.threads = options.threads;
    asked.storm = plan_of(options);
    asked.storm.seconds = options.seconds;
    asked.report = options.report;
    asked.command = options.command;
    return torture_check(asked);
}

int run(torture_options options, bool story) {
    if (!options.judge.empty()) return judge_history_file(options.judge, options.report.json);
    if (options.seed == 0) options.seed = std::random_device{}() | 1U;
    options.command += fmt::format(" --seed {}", options.seed);
    if (options.check) return check_histories(options);
    if (options.map == "two-step-replace")
        throw failure(bad_usage, "--map two-step-replace has a fault that only --check looks for");
    report_files files(options.report, "torture", options.command);
    const graceful_stop stop;
    if (story) return tell_story(options, files);
    const auto outcomes = run_part(options, options.map);
    if (!files.own_standard_output()) {
        fmt::print("map {}, seed {}, judged {}\n\n{}", options.map, options.seed, options.verify,
                   table_of(outcomes));
        const totals sum = sum_of(outcomes);
        if (sum.hung != 0) fmt::print("\n{} deadlocks reported and abandoned.\n", grouped(sum.hung));
        if (graceful_stop::asked_to_stop().load()) fmt::print("\nStopped at your request.\n");
    }
    files.write(json_of(options, outcomes));
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
    auto* judge =
        command->add_option("--judge", options->judge, "one history again, from the file that --check left");
    judge->excludes(check);
    command->add_option("--seed", options->seed, "of all random streams; 0 = choose and print one")
        ->envname("RESILE_SEED");
    const auto reports = add_report_options(*command, options->report);
    judge->excludes(reports.html);
    command->callback([command, options, reports, &exit_code] {
        // Neither the seed nor where the report goes changes the story; but it wants standard output.
        bool story = !options->report.to_standard_output();
        for (const CLI::Option* option : command->get_options())
            if (option->count() != 0 && option != reports.json && option != reports.html &&
                option->get_name() != "--seed" && option->get_name() != "--help")
                story = false;
        options->command = command_given(*command);
        exit_code = run(*options, story);
    });
}

}  // namespace tool
