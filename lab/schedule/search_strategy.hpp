// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What a search answers: at each point, who goes on; and after a schedule, whether there is another.

#include "lab/schedule/schedule.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace resile_lab {

// What may happen at a point.
struct alternative {
    std::uint8_t thread;
    bool interrupt;  // a handler first
};

struct decision_point {
    unsigned thread;                    // at whose access, pause or end
    std::uint64_t step;                 // its steps so far
    bool can_go_on;                     // it is about to make an access; else it pauses, sleeps or has ended
    unsigned handler_level;             // 0: in the task
    std::span<const alternative> open;  // at least two; [0] is what happens by default
};

class search_strategy {
  public:
    search_strategy() = default;
    virtual ~search_strategy() = default;
    search_strategy(const search_strategy&) = delete;
    search_strategy& operator=(const search_strategy&) = delete;

    // Index into open.
    [[nodiscard]] virtual std::size_t choose(const decision_point&) = 0;
    // After each schedule: is there another?
    [[nodiscard]] virtual bool prepare_next() = 0;
    // Points have been added: what was learnt about the tree of choices is void.
    virtual void begin_anew() {}
};

// Everything that the limits allow, depth first.
[[nodiscard]] std::unique_ptr<search_strategy> exhaustive_search();
// At each point something else than the default, with a probability that changes from schedule to schedule.
[[nodiscard]] std::unique_ptr<search_strategy> random_search(std::uint64_t seed);
// PCT: random priorities, and `changes` points at which the running thread's falls below all others.
[[nodiscard]] std::unique_ptr<search_strategy> priority_search(std::uint64_t seed, unsigned changes);
// One schedule: that one. Deviations that do not fit are left out.
[[nodiscard]] std::unique_ptr<search_strategy> one_schedule(schedule wanted);

}  // namespace resile_lab
