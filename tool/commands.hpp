// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The commands of `resile`. To add one: a file command_NAME.cpp with an add_NAME below, and its line in
// main.cpp.

namespace CLI {
class App;
}

namespace tool {

// Each registers a subcommand, whose callback sets the exit code.
void add_torture(CLI::App&, int& exit_code);
void add_losses(CLI::App&, int& exit_code);
void add_replay(CLI::App&, int& exit_code);
void add_explore(CLI::App&, int& exit_code);
void add_forecast(CLI::App&, int& exit_code);
void add_bench(CLI::App&, int& exit_code);

}  // namespace tool
