// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// How a command ends when it cannot do what it was asked to.

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

}  // namespace tool
