// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Many cells, in processes of their own: whatever one does to itself, the others are explored, and the table
// says what happened. Neighbours with the same interrupted operation in the same state share a process. As
// many at a time as there are jobs, each bound to a CPU.

#include "lab/injection/exploration.hpp"

#include <chrono>
#include <functional>
#include <vector>

namespace resile_lab {

struct planned_cell {
    const subject* what;
    cell which;
    sampling sample;
};

struct pool_plan {
    unsigned jobs = 0;                        // 0: one per usable CPU
    unsigned patience = 60;                   // seconds that one injection may take
    const std::atomic<bool>* stop = nullptr;  // set: begin no more cells
    // Then no more are begun, either. With such an end, those that are done are spread over all of them.
    std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
    // In any order. Called in the caller's thread.
    std::function<void(const planned_cell&, const cell_outcome&)> done;
};

// Throws std::system_error where processes cannot be had. The calling process has one thread.
void explore_all(const std::vector<planned_cell>&, const pool_plan&);

}  // namespace resile_lab
