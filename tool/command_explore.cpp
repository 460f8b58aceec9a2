// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile explore`: not a lot of runs, but all of them.

#include "tool/commands.hpp"
#include "tool/explore_schedules.hpp"

#include <memory>

namespace tool {

void add_explore(CLI::App& app, int& exit_code) {
    auto schedules = std::make_shared<schedule_options>();
    CLI::App* command =
        app.add_subcommand("explore", "Run small cases in every way they can go, and judge each");
    add_schedule_options(*command, *schedules);
    command->add_option("--seconds", schedules->seconds, "stop a case after so long; 0 = when it is done")
        ->check(CLI::Range(0.0, 86400.0));
    command->add_option("--seed", schedules->seed, "of random searches; 0 = choose and print one")
        ->envname("RESILE_SEED");
    command->add_option("--json", schedules->json,
                        "write the same as JSON to this file, - for standard output");
    command->callback([schedules, &exit_code] {
        if (!schedules->wanted)
            throw failure(bad_usage, "explore what? Say --schedules\nTry: resile explore --help");
        exit_code = explore_schedules(*schedules);
    });
}

}  // namespace tool
