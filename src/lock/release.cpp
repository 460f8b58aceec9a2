// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The way out when somebody sleeps or has waited long, and the ways out of misuse and of death.
//
// After the release the lock may be taken, released and unmapped by others at any moment. So nothing is read
// or written behind it; waking an address that is no longer a lock wakes nobody, or somebody who looks again.

#include "context/slot_table.hpp"

#include <resile/lock_verdict.hpp>
#include <resile/spinlock.hpp>

#include <unistd.h>

#include <cstdlib>

namespace resile::inline RESILE_PLATFORM {

void spinlock::release_and_wake(detail::slot_record& record) noexcept {
    // As long as this thread owns other locks, one of them may be the wanted one.
    // relaxed: a hint, and this thread's own count
    if (record.held.load(std::memory_order_relaxed) == 1) record.wanted.store(0, std::memory_order_relaxed);
    // (me, f) -> (0, f without sleepers), release [critical-section]: pairs with the next taker's acquire.
    // One sleeper is woken, and sets the flag again when he takes the lock or sleeps on: there may be others.
    const detail::lock_word before(word_.fetch_and(detail::lock_word::hungry_bit, std::memory_order_release));
    if (before.has_sleepers()) platform::unpark_one(word_);
}

bool spinlock::break_dead_owner() noexcept {
    detail::slot_record* record = detail::own_record();
    if (record == nullptr) return false;
    const detail::lock_word seen(word_.load(std::memory_order_relaxed));  // relaxed: the CAS decides
    if (seen.owner().is_free()) return false;
    detail::slot_record& dead = detail::record_of(seen.owner().slot());
    if (!detail::thread_is_gone(dead)) return false;
    platform::add_private(record->held, std::uint32_t{1});  // first: see take_if_idle
    std::uint32_t expected = seen.bits();
    // relaxed: this thread's own
    const detail::owner_id me(record->identity.load(std::memory_order_relaxed));
    // (dead, f) -> (me, f), acq_rel [critical-section] [owned-count]: with the end of the dead thread, seen
    // through its slot [slot-life]. relaxed on failure: somebody else was faster.
    if (!word_.compare_exchange_strong(expected, seen.owned_by(me).bits(), std::memory_order_acq_rel,
                                       std::memory_order_relaxed)) {
        platform::add_private(record->held, std::uint32_t(-1));
        return false;
    }
    detail::count_acquired(*record);
    detail::forget_lock_of_gone_owner(dead);
    return true;
}

void spinlock::check_owned_by_caller() const noexcept {
    if (held_by_this_thread()) return;
    static constexpr char message[] =
        "resile: unlock() of a spinlock that the calling thread does not own: unlock it in the context that "
        "took it, and only if lock() answered `acquired`\n";
    (void)!::write(STDERR_FILENO, message, sizeof(message) - 1);
    std::abort();
}

}  // namespace resile::inline RESILE_PLATFORM
