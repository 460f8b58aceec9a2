// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The program that measures (bench/peers_program.cpp), from outside.

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tool {

// Beside this program as built or as installed, or where the environment variable RESILE_PEERS says. Throws
// failure if it is not there: the benches were not built.
[[nodiscard]] std::string find_peers_program();

// Runs it and hands over each line that it says. Throws failure if it fails; ends it, and returns, when
// graceful_stop is asked to.
void run_peers_program(const std::vector<std::string>& words,
                       const std::function<void(const nlohmann::json&)>& hear);

}  // namespace tool
