// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile explore`: not a lot of runs, but all of them; everywhere an interrupt can come, not only where it
// happens to.

#include "tool/commands.hpp"
#include "tool/explore_instructions.hpp"
#include "tool/explore_schedules.hpp"
#include "tool/failure.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace tool {
namespace {

// What can be seen in about two minutes.
int explore_a_little() {
    instruction_options lock, map;
    lock.map = "lock";
    map.stride = 61;
    schedule_options schedules;
    schedules.seconds = 10;  // a case
    int worst = held;
    const auto say = [](const char* what) {
        fmt::print("\n--- {}\n\n", what);
        std::fflush(stdout);
    };
    say("1. The lock, interrupted at every instruction");
    worst = std::max(worst, explore_instructions(lock));
    say("2. lru_map, every operation interrupted by every other, at every 61st instruction");
    worst = std::max(worst, explore_instructions(map));
    say("3. Two threads and an interrupt, in every order with at most two preemptions");
    worst = std::max(worst, explore_schedules(schedules));
    fmt::print("\nAll of it: resile explore --instructions, resile explore --schedules; more: docs/lab.md\n");
    return worst;
}

}  // namespace

void add_explore(CLI::App& app, int& exit_code) {
    auto instructions = std::make_shared<instruction_options>();
    auto schedules = std::make_shared<schedule_options>();
    auto json = std::make_shared<std::string>();
    CLI::App* command =
        app.add_subcommand("explore", "Interrupt operations everywhere, in every order, and judge each");
    command->footer(
        "Without --instructions and --schedules: a tour of both, about two minutes.\n"
        "Exit codes: 0 every promise held (linux promises nothing), 1 one was broken: what, where, and the "
        "command\nthat shows it again. More: docs/lab.md");
    CLI::Option* by_instruction = command->add_flag("--instructions", instructions->wanted,
                                                    "in front of every machine instruction (x86-64)");
    add_instruction_options(*command, *by_instruction, *instructions);
    add_schedule_options(*command, *schedules);
    command->add_option("--seconds", schedules->seconds, "stop a case after so long; 0 = when it is done")
        ->check(CLI::Range(0.0, 86400.0));
    command->add_option("--seed", schedules->seed, "of random searches; 0 = choose and print one")
        ->envname("RESILE_SEED");
    command->add_option("--json", *json, "write the same as JSON to this file, - for standard output");
    command->callback([instructions, schedules, json, &exit_code] {
        if (instructions->wanted && schedules->wanted)
            throw failure(bad_usage, "--instructions and --schedules: one after the other, please");
        instructions->json = schedules->json = *json;
        if (instructions->wanted) {
            exit_code = explore_instructions(*instructions);
        } else if (schedules->wanted) {
            exit_code = explore_schedules(*schedules);
        } else if (!json->empty()) {
            throw failure(bad_usage, "--json goes with --instructions or --schedules");
        } else {
            exit_code = explore_a_little();
        }
    });
}

}  // namespace tool
