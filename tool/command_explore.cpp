// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile explore`: not a lot of runs, but all of them; everywhere an interrupt can come, not only where it
// happens to.

#include "tool/commands.hpp"
#include "tool/explore_instructions.hpp"
#include "tool/explore_schedules.hpp"
#include "tool/explore_tour.hpp"
#include "tool/failure.hpp"
#include "tool/option_checks.hpp"
#include "tool/report_files.hpp"
#include "tool/terminal.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <memory>
#include <optional>
#include <random>

namespace tool {
namespace {

struct explore_options {
    instruction_options instructions;
    schedule_options schedules;
    std::optional<double> seconds;
    report_paths report;
    std::string command;  // as it was given
};

int run(explore_options options) {
    const bool by_instruction = options.instructions.wanted;
    const bool by_schedule = options.schedules.wanted;
    const bool replay = by_schedule && !options.schedules.replay.empty();
    if (by_instruction && by_schedule)
        throw failure(bad_usage, "--instructions and --schedules: one after the other, please");
    if (options.schedules.seed == 0) options.schedules.seed = std::random_device{}() | 1U;
    if (!by_instruction && !replay) options.command += fmt::format(" --seed {}", options.schedules.seed);
    const char* kind = by_instruction ? "instructions" : by_schedule ? "schedules" : "explore";
    report_files files(options.report, kind, options.command, {{"--replay", options.schedules.replay}});
    const bool quiet = files.own_standard_output();
    options.instructions.seconds = options.schedules.seconds = options.seconds.value_or(0);
    const graceful_stop stop;
    explored_part found;
    if (by_instruction)
        found = explore_instructions(options.instructions, quiet);
    else if (replay)
        found = replay_schedule(options.schedules, quiet);
    else if (by_schedule)
        found = explore_schedules(options.schedules, quiet);
    else
        found = explore_tour(tour_parts(options.schedules.seed, quiet),
                             options.seconds.value_or(usual_tour_seconds), quiet);
    files.write(found.report);
    return found.exit_code;
}

}  // namespace

void add_explore(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<explore_options>();
    CLI::App* command =
        app.add_subcommand("explore", "Interrupt operations everywhere, in every order, and judge each");
    command->footer(fmt::format(
        "Without --instructions and --schedules: a tour of both, {} s at most. Options that need one of them "
        "are "
        "refused\nwithout it.\n"
        "Exit codes: 0 every promise held (linux promises nothing), 1 one was broken: what, where, and the "
        "command\nthat shows it again; or Ctrl-C came first. More: docs/lab.md",
        usual_tour_seconds));
    CLI::Option* by_instruction = command->add_flag("--instructions", options->instructions.wanted,
                                                    "in front of every machine instruction (x86-64)");
    add_instruction_options(*command, *by_instruction, options->instructions);
    CLI::Option* replay = add_schedule_options(*command, options->schedules);
    command
        ->add_option(
            "--seconds", options->seconds,
            fmt::format("--schedules: stop a case after so long; --instructions: begin no more cells "
                        "after so long; of the tour: all of it, {} if not said; 0 = when it is done",
                        usual_tour_seconds))
        ->check(CLI::Range(0.0, 86400.0))
        ->check(is_a_length)
        ->excludes(replay);
    CLI::Option* seed =
        command->add_option("--seed", options->schedules.seed, "of random searches; 0 = choose and print one")
            ->envname("RESILE_SEED");
    replay->excludes(add_report_options(*command, options->report).html);
    command->callback([command, options, by_instruction, seed, &exit_code] {
        // Whoever has it in the environment has it for all commands.
        if (by_instruction->count() != 0 && seed->count() != 0 && std::getenv("RESILE_SEED") == nullptr)
            throw failure(bad_usage,
                          "--seed goes with --schedules: nothing in --instructions is left to chance");
        options->command = command_given(*command);
        exit_code = run(*options);
    });
}

}  // namespace tool
