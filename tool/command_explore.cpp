// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile explore`: everywhere an interrupt can come, not only where it happens to.

#include "tool/commands.hpp"
#include "tool/explore_instructions.hpp"

#include <memory>

namespace tool {

void add_explore(CLI::App& app, int& exit_code) {
    auto instructions = std::make_shared<instruction_options>();
    CLI::App* command =
        app.add_subcommand("explore", "Interrupt an operation everywhere, and judge what comes out");
    command->footer(
        "Exit codes: 0 every promise held (linux promises nothing), 1 one was broken: what, where, and the "
        "command\nthat shows it again. More: docs/lab.md");
    CLI::Option* by_instruction = command->add_flag("--instructions", instructions->wanted,
                                                    "in front of every machine instruction (x86-64)");
    add_instruction_options(*command, *by_instruction, *instructions);
    command->add_option("--json", instructions->json,
                        "write the same as JSON to this file, - for standard output");
    command->callback([instructions, &exit_code] {
        if (!instructions->wanted) throw failure(bad_usage, "say what to explore: --instructions");
        exit_code = explore_instructions(*instructions);
    });
}

}  // namespace tool
