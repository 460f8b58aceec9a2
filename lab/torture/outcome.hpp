// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What was counted, and what is judged.

#include <cstdint>
#include <map>

namespace resile_lab {

struct operation_counts {
    std::uint64_t done = 0;       // including those that failed
    std::uint64_t no_node = 0;    // ENOMEM
    std::uint64_t deadlock = 0;   // EDEADLK
    std::uint64_t timed_out = 0;  // ETIMEDOUT
    std::uint64_t busy = 0;       // EBUSY
    std::uint64_t broken = 0;     // EILSEQ: a value was not whole, or another key's
    std::uint64_t other = 0;
    [[nodiscard]] std::uint64_t failed() const noexcept {
        return no_node + deadlock + timed_out + busy + broken + other;
    }
};

struct storm_outcome {
    operation_counts task;
    operation_counts handlers;
    std::uint64_t interrupts = 0;
    std::uint64_t inside_operation = 0;  // of them, hit a thread in the middle of a map operation
    std::uint32_t deepest = 0;           // handlers on top of each other
    double seconds = 0;
    bool interrupted_by_user = false;
};

// One drain + refill.
struct refill_outcome {
    std::uint32_t wanted = 0;
    std::uint32_t present_first_try = 0;
    std::uint32_t present = 0;  // at the last try
    std::uint32_t insert_errors = 0;
    std::uint32_t tries = 0;
    std::uint32_t pending_free = 0;  // nodes that the storm had left so, before the refill
    std::uint32_t unaccounted = 0;   // likewise: neither in the table nor free nor pending_free
    std::uint32_t duplicate_keys = 0;
    [[nodiscard]] bool perfect() const noexcept { return present == wanted; }
};

// All rounds of one flavour.
struct flavour_outcome {
    storm_outcome storm;
    std::uint32_t rounds = 0;
    std::uint32_t perfect_rounds = 0;
    std::uint32_t wanted = 0;
    std::uint32_t fresh_present = 0;    // what an untouched map of this kind holds after the same refill
    std::uint32_t worst_first_try = 0;  // fewest entries after a first refill
    std::map<std::uint32_t, std::uint32_t>
        first_tries;  // entries after a first refill, and in how many rounds
    std::uint32_t most_tries = 0;
    std::uint64_t pending_free = 0;     // sum over rounds
    std::uint64_t unaccounted = 0;      // sum over rounds
    std::uint64_t duplicate_keys = 0;   // sum over rounds
    std::uint64_t would_have_hung = 0;  // plain: deadlocks reported and abandoned
    std::uint64_t refused_locks = 0;
    [[nodiscard]] bool held() const noexcept { return rounds != 0 && perfect_rounds == rounds; }
    // What is asked of a map that promises everything: besides, no operation failed and every node is
    // accounted for.
    [[nodiscard]] bool held_exactly() const noexcept {
        return held() && storm.task.failed() == 0 && storm.handlers.failed() == 0 && pending_free == 0 &&
               unaccounted == 0 && duplicate_keys == 0 && worst_first_try == wanted;
    }
};

}  // namespace resile_lab
