// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A lock that says no instead of hanging.
//
// Idea: resilient queued spinlocks (Linux 6.15, 2025), with the three things changed that went wrong there:
// ownership is in the word itself; a cycle of waits is found when it closes, however long, not by a timer;
// nobody depends on a place in line. Protocol: docs/lock.md, model: proof/.
//
// When not to use it: to guard long work or blocking calls (waiters spin before they sleep); where a refusal
// cannot be handled. Every result but `acquired` means that the caller does NOT own the lock.

#include <resile/detail/lock_word.hpp>
#include <resile/detail/slot_record.hpp>
#include <resile/lock_statistics.hpp>

#include <chrono>
#include <cstdint>

namespace resile::inline RESILE_PLATFORM {

enum class lock_result : std::uint8_t {
    acquired,   // the caller owns the lock
    deadlock,   // waiting could never have ended: a cycle of waits through the caller existed
    timed_out,  // the owner made no progress in time, or its thread is gone; the lock is as it was
    no_slot,    // more than max_slots threads use resile at once; end some and try again
    too_deep,   // the caller interrupted seven waits of its own thread already
};

// "acquired", "deadlock", ...: for messages. Contexts: any.
[[nodiscard]] const char* to_string(lock_result) noexcept;

// 4 bytes, standard layout, zero-initialised = free. Not recursive. Taken and released by the same context;
// locks may be released in any order.
class spinlock {
  public:
    static constexpr std::chrono::milliseconds default_timeout{250};

    constexpr spinlock() noexcept = default;
    spinlock(const spinlock&) = delete;
    spinlock& operator=(const spinlock&) = delete;

    // Takes the lock; waits at most default_timeout if its owner makes no progress.
    // Errors: deadlock (at once), timed_out, no_slot, too_deep.
    // Contexts: any. Cost: free lock: one CAS. Deadlock: found before waiting. errno: unchanged.
    [[nodiscard]] lock_result lock() noexcept {
        return take_if_idle() ? lock_result::acquired : lock_slowly(default_timeout);
    }

    // The same with a timeout of the caller's, from now; zero or less: one try and one look for deadlock.
    [[nodiscard]] lock_result lock_for(std::chrono::nanoseconds timeout) noexcept {
        return take_if_idle() ? lock_result::acquired : lock_slowly(timeout);
    }

    // Takes the lock if it is free, whoever may wait for it. Never waits, never reports.
    // Contexts: any. Cost: one CAS. False also when all slots are taken.
    [[nodiscard]] bool try_lock() noexcept { return take_if_idle() || try_lock_slowly(); }

    // Releases the lock, which this context owns. Debug builds abort with a message if it does not.
    // Contexts: any. Cost: one store; a system call if somebody sleeps.
    void unlock() noexcept {
#ifndef NDEBUG
        check_owned_by_caller();
#endif
        // relaxed: this thread's own pointer; a context that owns a lock has a record.
        detail::slot_record* record = detail::this_record.load(std::memory_order_relaxed);
        // Whoever sets a flag in the word also sets `wanted` in the record of its owner. Reading that instead
        // of the word, just locked, saves a third of the time; reading it before the store, and nothing after
        // it, allows the lock to be unmapped as soon as somebody else could take it. A flag set in between is
        // lost. Flags are advice: its owner sleeps for a bounded time only (park in acquire.cpp), and if it
        // slept in vain that is counted as late_wake. relaxed: a hint.
        if (record->wanted.load(std::memory_order_relaxed) != 0) [[unlikely]] {
            release_and_wake(*record);
        } else {
            // (me, -) -> 0: store, release [critical-section]: pairs with the acquire of the next taker's
            // CAS; without it the next owner could miss what this one wrote.
            word_.store(0, std::memory_order_release);
        }
        // After the store: see take_if_idle.
        platform::add_private(record->held, std::uint32_t(-1));
    }

    // Whether a context of the calling thread owns the lock. Contexts: any. Cost: two loads.
    [[nodiscard]] bool held_by_this_thread() const noexcept {
        // relaxed: the answer can only be changed by this thread.
        const detail::slot_record* record = detail::this_record.load(std::memory_order_relaxed);
        if (record == nullptr) return false;
        const detail::owner_id me(record->identity.load(std::memory_order_relaxed));  // relaxed: own
        return me.same_slot(
            detail::lock_word(word_.load(std::memory_order_relaxed)).owner());  // relaxed: own
    }

    // Takes the lock over from an owner whose thread has exited (lock() answered timed_out at once). True:
    // the caller owns the lock, and what it protects is as the dead owner left it: repair it first.
    // False: the lock is free, its owner lives, somebody else was faster, or there is no slot.
    // Contexts: any. Cost: a system call.
    [[nodiscard]] bool break_dead_owner() noexcept;

  private:
    [[nodiscard]] bool take_if_idle() noexcept {
        // relaxed: this thread's own pointer and identity; handlers in between leave both as they were.
        detail::slot_record* record = detail::this_record.load(std::memory_order_relaxed);
        if (record == nullptr) [[unlikely]]
            return false;
        // Counted before the word names this thread, and until it no longer does: if the thread vanishes in
        // between (a fork copies one thread only), its slot is kept for too long rather than given to others.
        platform::add_private(record->held, std::uint32_t{1});
        std::uint32_t idle = 0;
        // (0, -) -> (me and my depth, -), acquire [critical-section]: pairs with the release in unlock()
        // and in release_and_wake(). release [owned-count]: the count goes first.
        // relaxed on failure: nothing read is used.
        if (!word_.compare_exchange_strong(idle, record->identity.load(std::memory_order_relaxed),
                                           std::memory_order_acq_rel, std::memory_order_relaxed)) {
            platform::add_private(record->held, std::uint32_t(-1));
            return false;
        }
        detail::count_acquired(*record);
        return true;
    }
    [[nodiscard]] lock_result lock_slowly(std::chrono::nanoseconds timeout) noexcept;
    [[nodiscard]] bool try_lock_slowly() noexcept;
    void release_and_wake(detail::slot_record&) noexcept;
    void check_owned_by_caller() const noexcept;

    platform::atomic<std::uint32_t> word_{0};
};

static_assert(sizeof(spinlock) == 4);

}  // namespace resile::inline RESILE_PLATFORM

#include <resile/spin_guard.hpp>  // a lock is rarely wanted without its guard
