// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// `resile explore --schedules`: the lab's schedules as the program shows them.

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace tool {

struct schedule_options {
    bool wanted = false;
    std::string which = "all";
    unsigned threads = 2;
    unsigned interrupts = 1;
    unsigned bound = 2;
    std::string strategy = "exhaustive";
    std::uint64_t most_schedules = 0;
    double seconds = 0;
    std::uint64_t seed = 0;
    std::string replay;
    std::string json;
};

// All but --seconds, --seed and --json, which other ways to explore have, too.
void add_schedule_options(CLI::App& command, schedule_options& options);

// Returns an exit code.
[[nodiscard]] int explore_schedules(const schedule_options& options);

}  // namespace tool
