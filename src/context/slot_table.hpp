// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// All slots of this process. A static array: nothing is allocated, and pages never used cost nothing.

#include <resile/detail/slot_record.hpp>

#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail {

// The record of slot 0 .. slot_count-1.
[[nodiscard]] slot_record& record_of(unsigned slot) noexcept;
[[nodiscard]] unsigned slot_of(const slot_record&) noexcept;

// Slots at or above this number were never claimed.
[[nodiscard]] unsigned slots_ever_used() noexcept;

// Claims a free slot for the calling thread, recovering slots of vanished threads if there is none.
// Null: all are in use. Does not touch this_record.
[[nodiscard]] slot_record* claim_free_slot() noexcept;

// Gives a slot back. If its thread still owns locks, the slot is kept as `gone`, so that nobody else can be
// mistaken for their owner.
void release_slot(slot_record&) noexcept;

// True when the thread of a slot has exited, whether it said so or not.
[[nodiscard]] bool thread_is_gone(slot_record&) noexcept;

// One lock less is owned by a gone thread; the last one frees the slot.
void forget_lock_of_gone_owner(slot_record&) noexcept;

// In the child of a fork: keeps the caller's slot and drops those of threads that were not copied.
void adopt_slots_after_fork() noexcept;

// Counts refusals that have no slot to be counted at.
void count_no_slot() noexcept;
[[nodiscard]] std::uint64_t no_slot_count() noexcept;

}  // namespace resile::inline RESILE_PLATFORM::detail
