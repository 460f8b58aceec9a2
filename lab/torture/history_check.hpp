// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Histories of a map in a storm, each judged: is there an order of its calls that explains what they were
// answered, and what is left?
//
// A storm makes millions of calls, a judge looks at some dozens at a time. So threads run in bursts: a few
// calls each, all at once, and handlers in the middle of them; then everybody stands still, what the map
// holds is read, and the next burst begins. Maps are small and keys few, so that calls meet.

#include "lab/history/lru_history.hpp"
#include "lab/torture/checked_map.hpp"
#include "lab/torture/interrupt_storm.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

namespace resile_lab {

struct check_outcome;

struct check_plan {
    unsigned threads = 2;   // 1 to most_threads, pinned to CPUs in turn
    unsigned nest = 3;      // signals that interrupt each other
    unsigned rate = 10000;  // per second, thread and signal; of the time in bursts
    interrupt_source interrupts = interrupt_source::timer;
    std::uint64_t seed = 1;
    double seconds = 1;
    const std::atomic<bool>* stop = nullptr;  // set: end after what is under way
    std::function<void(const check_outcome&, double done)> progress;

    static constexpr unsigned most_threads = 8;
};

struct unordered_history {
    map_history history;
    order_verdict how_far;   // the longest order that explains some of it
    std::uint64_t seed = 0;  // of the bursts
};

struct check_outcome {
    std::uint64_t histories = 0;
    std::uint64_t calls = 0;
    std::uint64_t overlapping = 0;  // of them, at the same time as one of another thread
    std::uint64_t in_handlers = 0;
    std::uint64_t inside_a_call = 0;   // of these, in the middle of a call of their own thread
    std::uint64_t refused = 0;         // no memory: nothing has a handle, so nobody may be told so
    std::uint64_t longest_search = 0;  // pairs (calls in order, contents) that a judge looked at
    std::uint64_t unordered = 0;
    std::uint64_t stranded = 0;  // maps that did not have all their nodes in the end
    double seconds = 0;
    std::optional<unordered_history> first;

    [[nodiscard]] bool held() const noexcept {
        return histories != 0 && unordered == 0 && refused == 0 && stranded == 0;
    }
};

// Throws std::system_error where interrupts cannot be had.
[[nodiscard]] check_outcome check_histories(const checked_map_maker&, const check_plan&);

}  // namespace resile_lab
