// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// One thread's record: its identity, what it waits for, and what happened to it.

#include <resile/detail/lock_word.hpp>
#include <resile/detail/platform.hpp>

#include <cstddef>
#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail {

// Statistics are told apart for interrupt depths 0, 1, 2 and "3 or more".
inline constexpr std::size_t counted_depths = 4;

// Everything that is counted besides acquisitions. All of it happens on the slow path.
enum class lock_event : std::uint8_t {
    contended,        // lock() found the lock taken
    deadlock,         // refused: the wait could never have ended
    timed_out,        // refused: the owner made no progress, or is gone
    too_deep,         // refused: eight waits would have been nested
    parked,           // slept
    late_wake,        // slept to the end of the bound although the lock had become free
    yielded_to_long,  // stood back for somebody who had waited long
};
inline constexpr std::size_t lock_events = 7;

// Written by the contexts of one thread; `wait` and `changes` are read by walks of any thread, and `wanted`
// is set by waiters of any thread.
struct alignas(128) slot_record {
    // --- touched by every acquisition -------------------------------------------------------------------
    platform::atomic<std::uint16_t> identity;         // what this context writes into a lock that it takes
    platform::atomic<std::uint16_t> interrupt_depth;  // open interrupt_scopes
    platform::atomic<std::uint32_t> held;             // locks that this thread owns now
    platform::atomic<std::uint32_t> wanted;  // not 0: somebody set a flag in a lock that this thread owns
    platform::atomic<std::uint32_t> counting_row;  // where this context counts: {slot | counted depth 2}
    platform::atomic<std::uint64_t> acquired[counted_depths];

    // --- who uses the slot: slot_state_word.hpp ---------------------------------------------------------
    platform::atomic<std::uint64_t> state;

    // --- waiting: wait_word.hpp, one entry per nested wait ----------------------------------------------
    // Of a task, nearly all that waits, a walk needs no more than the first line: all words, and changes[0].
    alignas(128) platform::atomic<std::uint64_t> wait[max_nested_waits];
    platform::atomic<std::uint64_t> changes[max_nested_waits];

    // --- the slow path's counters -----------------------------------------------------------------------
    alignas(128) platform::atomic<std::uint64_t> events[counted_depths][lock_events];

    // So many interrupt_scopes are open. By contexts of this thread only.
    void set_depth(unsigned depth) noexcept {
        // relaxed: this thread's own, all three; a handler in between leaves them as it found them
        const unsigned slot = owner_id(identity.load(std::memory_order_relaxed)).slot();
        constexpr unsigned depths = counted_depths;
        const unsigned counted = depth < depths ? depth : depths - 1;
        interrupt_depth.store(static_cast<std::uint16_t>(depth), std::memory_order_relaxed);
        counting_row.store(slot * depths + counted, std::memory_order_relaxed);
    }
};

inline constexpr std::size_t slot_count = 8191;

// The record of the calling thread, null before its first use of resile. Initial-exec: reading it is one
// instruction and never allocates, so that a handler may be the first to look.
extern constinit thread_local platform::atomic<slot_record*> this_record
    __attribute__((tls_model("initial-exec")));

// Claims a slot for this thread. Null when all are taken. Any context.
[[nodiscard]] slot_record* claim_record() noexcept;

// The calling thread's record, claimed if need be; null when all slots are taken. Any context.
[[nodiscard]] inline slot_record* own_record() noexcept {
    // relaxed: only contexts of this thread write it.
    slot_record* record = this_record.load(std::memory_order_relaxed);
    return record != nullptr ? record : claim_record();
}

}  // namespace resile::inline RESILE_PLATFORM::detail
