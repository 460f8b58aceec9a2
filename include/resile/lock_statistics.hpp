// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <resile/detail/slot_record.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace resile::inline RESILE_PLATFORM {

// What happened to all spinlocks of this process, since it started.
struct lock_stats {
    struct counts {
        std::uint64_t acquired = 0;   // by lock, lock_for, try_lock or break_dead_owner
        std::uint64_t contended = 0;  // lock() found the lock taken
        std::uint64_t deadlock = 0;   // refused
        std::uint64_t timed_out = 0;  // refused
        std::uint64_t too_deep = 0;   // refused
        std::uint64_t parked = 0;     // slept while waiting, times
        std::uint64_t late_wake = 0;  // a sleep that went to its bound (1 ms) although the lock was free
        std::uint64_t yielded_to_long = 0;  // stood back for somebody who had waited over 1 ms
    };
    // By interrupt_depth(): 0 = task, 1, 2, and 3 or more.
    std::array<counts, detail::counted_depths> depth;
    std::uint64_t no_slot = 0;  // refused; such callers have no slot to count at
};

// A sum over all slots, exact when nobody uses locks meanwhile.
// Contexts: any. Cost: some 40 loads per slot ever used.
[[nodiscard]] lock_stats lock_statistics() noexcept;

namespace detail {

// Counts by how many handlers have declared themselves (interrupt_scope).
[[nodiscard]] inline std::size_t counted_depth(const slot_record& record) noexcept {
    // relaxed: this thread's own.
    return record.counting_row.load(std::memory_order_relaxed) % counted_depths;
}
inline void count_acquired(slot_record& record) noexcept {
    platform::add_private(record.acquired[counted_depth(record)], std::uint64_t{1});
}

}  // namespace detail
}  // namespace resile::inline RESILE_PLATFORM
