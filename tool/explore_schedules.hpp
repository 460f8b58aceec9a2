// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// `resile explore --schedules`: the lab's schedules as the program shows them.

#include "tool/explored_part.hpp"

#include <cstdint>
#include <string>

namespace CLI {
class App;
class Option;
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
    double seconds = 0;      // a case; 0: until it is done
    double all_seconds = 0;  // all of them; 0: no limit
    std::uint64_t seed = 0;
    std::string replay;
};

// All but --seconds and --seed, which other ways to explore have, too. Answers --replay, which leaves no
// page.
CLI::Option* add_schedule_options(CLI::App& command, schedule_options& options);

// Until graceful_stop, if there is one. quiet: prints nothing.
[[nodiscard]] explored_part explore_schedules(const schedule_options& options, bool quiet);
[[nodiscard]] explored_part replay_schedule(const schedule_options& options, bool quiet);

}  // namespace tool
