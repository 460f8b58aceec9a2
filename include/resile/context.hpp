// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Who am I? Everything in resile rests on a *slot*: the identity of a thread, shared by all its nested
// contexts (the task, a handler that interrupted it, a handler that interrupted that one, ...).
//
// A slot is claimed on first use, from any context, without allocation. It is released when the thread
// exits; a slot whose thread vanished without telling is recovered when slots run short; in the child of a
// fork only the slot of the forking thread survives.

#include <resile/detail/slot_record.hpp>

#include <cstddef>
#include <cstdint>

namespace resile::inline RESILE_PLATFORM {

// Slots that one process can have in use at a time: one per thread that uses resile.
inline constexpr std::size_t max_slots = detail::slot_count;

// The number of the calling thread's slot, 0 .. max_slots-1, or -1 if all slots are taken. Claims one on
// first use.
// Contexts: any. Cost: one load; the first call of a thread scans for a free slot. errno: unchanged.
[[nodiscard]] int this_slot() noexcept;

// How many slots are claimed now, and how many are kept because their thread is gone but still owns locks
// (see spinlock::break_dead_owner). A snapshot: other threads go on.
// Contexts: any. Cost: one load per slot ever used.
struct slot_usage {
    std::size_t claimed;
    std::size_t kept_for_gone_owners;
};
[[nodiscard]] slot_usage slots_in_use() noexcept;

// How many interrupt_scopes are open on this thread: 0 in the task, 1 in a handler, 2 in a handler on top of
// it. Only as true as the handlers that declare themselves.
// Contexts: any. Cost: two loads.
[[nodiscard]] inline unsigned interrupt_depth() noexcept {
    const auto* record = detail::this_record.load(std::memory_order_relaxed);  // relaxed: this thread's own
    return record == nullptr ? 0 : record->interrupt_depth.load(std::memory_order_relaxed);  // relaxed: same
}

// Declares, for as long as it lives, that the code runs in an interrupt handler. Optional: it lets
// statistics and reports tell contexts apart; correctness never depends on it. In debug builds it also
// checks that the handler released every lock that it took, and aborts with a message if not.
// Contexts: any. Cost: two increments. With all slots taken it does nothing.
class interrupt_scope {
  public:
    interrupt_scope() noexcept;
    ~interrupt_scope() noexcept;
    interrupt_scope(const interrupt_scope&) = delete;
    interrupt_scope& operator=(const interrupt_scope&) = delete;

  private:
    detail::slot_record* record_;
    std::uint32_t held_at_entry_;
};

}  // namespace resile::inline RESILE_PLATFORM
