// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The commands of `resile`. To add one: a file command_NAME.cpp with an add_NAME below, and its line in
// main.cpp.

#include <CLI/CLI.hpp>

#include <stdexcept>
#include <string>

namespace tool {

// Exit codes, for all commands.
inline constexpr int held = 0;             // what was asked to hold held
inline constexpr int did_not_hold = 1;     // it did not
inline constexpr int bad_usage = 2;        // the command line makes no sense
inline constexpr int bad_environment = 3;  // a file, a permission, a library or memory is missing

// Ends a command with a message: the culprit, then the remedy.
class failure : public std::runtime_error {
  public:
    failure(int exit_code, const std::string& message) : std::runtime_error(message), exit_code_(exit_code) {}
    [[nodiscard]] int exit_code() const noexcept { return exit_code_; }

  private:
    int exit_code_;
};

// Each registers a subcommand, whose callback sets the exit code.
void add_torture(CLI::App&, int& exit_code);
void add_losses(CLI::App&, int& exit_code);
void add_replay(CLI::App&, int& exit_code);
void add_explore(CLI::App&, int& exit_code);

}  // namespace tool
