// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What can be seen of locks and waits from outside, without asking them.

#include "context/slot_table.hpp"
#include "lock/wait_word.hpp"
#include "tests/context/actor.hpp"

#include <resile/spinlock.hpp>

#include <atomic>
#include <cstdint>

namespace resile_test {

using resile::lock_result;
using resile::spinlock;

[[nodiscard]] inline resile::detail::lock_word word_of(const spinlock& lock) noexcept {
    return resile::detail::lock_word(
        reinterpret_cast<const std::atomic<std::uint32_t>&>(lock).load(std::memory_order_relaxed));
}

[[nodiscard]] inline bool is_waiting_for(unsigned slot, const spinlock& lock) noexcept {
    const auto& record = resile::detail::record_of(slot);
    for (const auto& wait : record.wait) {
        const resile::detail::wait_word word(wait.load(std::memory_order_acquire));
        if (word.lock() == reinterpret_cast<std::uintptr_t>(&lock)) return true;
    }
    return false;
}

// Waits of a thread that are published now. Two contexts of it may wait for the same lock: only the number
// tells whether the upper one has got that far.
[[nodiscard]] inline unsigned waits_in_progress(unsigned slot) noexcept {
    unsigned count = 0;
    for (const auto& wait : resile::detail::record_of(slot).wait)
        count += resile::detail::wait_word(wait.load(std::memory_order_acquire)).is_waiting() ? 1U : 0U;
    return count;
}

// How often a thread has slept in waits. Whoever has slept in a wait has looked for a cycle before.
[[nodiscard]] inline std::uint64_t times_parked(unsigned slot) noexcept {
    std::uint64_t sum = 0;
    for (const auto& depth : resile::detail::record_of(slot).events)
        sum += depth[static_cast<std::size_t>(resile::detail::lock_event::parked)].load(
            std::memory_order_relaxed);
    return sum;
}

inline constexpr std::chrono::hours an_hour{1};  // must not matter: a test that waits for it fails

// Starts lock() on `who` and returns when it has published its wait and looked at the graph.
inline void start_waiting(actor& who, spinlock& lock, lock_result& result) noexcept {
    const std::uint64_t parked = times_parked(who.slot());
    who.start([&lock, &result] { result = lock.lock_for(an_hour); });
    await("a wait is published and has looked",
          [&] { return is_waiting_for(who.slot(), lock) && times_parked(who.slot()) != parked; });
}

[[nodiscard]] inline lock_result lock_by(actor& who, spinlock& lock) noexcept {
    lock_result result = lock_result::no_slot;
    who.start([&lock, &result] { result = lock.lock_for(an_hour); });
    who.finish("lock() of a free or refused lock");
    return result;
}

inline void unlock_by(actor& who, spinlock& lock) noexcept {
    who.run([&lock] { lock.unlock(); });
}

}  // namespace resile_test
