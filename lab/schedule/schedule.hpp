// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A schedule: how it differs from what happens if nobody interferes. By default the running thread goes on;
// where it cannot, the next in turn does.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace resile_lab {

// Instead of its `step`-th access, `thread` had to make way.
struct deviation {
    unsigned thread = 0;
    std::uint64_t step = 0;
    unsigned next = 0;       // the thread that runs instead; itself, if it is interrupted
    bool interrupt = false;  // `next` begins with an interrupt
    bool operator==(const deviation&) const = default;
};

using schedule = std::vector<deviation>;

// How much the scheduler may do. An access at which the running thread is made to wait, though it could go
// on, costs a preemption; so does a choice other than the next in turn where a thread pauses or sleeps.
struct schedule_limits {
    unsigned preemptions = 2;
    unsigned interrupts = 1;
    // How often one who pauses may be stubborn (scheduler.hpp). It costs no preemption.
    unsigned stubborn = 2;
    std::uint64_t steps = 50'000;  // of one schedule: more is a livelock
};
inline constexpr unsigned no_limit = ~0U;

}  // namespace resile_lab
