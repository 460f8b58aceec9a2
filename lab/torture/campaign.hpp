// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A campaign against one flavour of one map: rounds of storm, stop, judge.

#include "lab/judge/drain_refill.hpp"
#include "lab/torture/interrupt_storm.hpp"
#include "lab/torture/map_under_test.hpp"
#include "lab/torture/outcome.hpp"

#include <atomic>
#include <cstdint>
#include <functional>

namespace resile_lab {

struct campaign_plan {
    unsigned threads = 2;  // hammer threads, pinned to CPUs in turn
    unsigned nest = 3;     // signals that interrupt each other
    unsigned rate = 4000;  // per second, thread and signal
    interrupt_source interrupts = interrupt_source::timer;
    std::uint64_t keys = 128;
    std::uint64_t seed = 1;
    double seconds = 5;          // all rounds together
    double round_seconds = 0.1;  // short: what a storm leaves behind depends on the moment it stops
    verification verify = verification::strict;
    const std::atomic<bool>* stop = nullptr;                            // set: end after what is under way
    std::function<void(const flavour_outcome&, double done)> progress;  // about ten times a second
};

// Every round storms a fresh map like `pattern`. Throws std::system_error where interrupts cannot be had.
[[nodiscard]] flavour_outcome run_campaign(const map_under_test& pattern, const campaign_plan&);

}  // namespace resile_lab
