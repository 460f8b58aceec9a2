// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Claim, release and recover slots. Ours.
//
// 1. A slot in state `claimed` belongs to exactly one thread: states change by CAS, and the CAS that claims
//    also writes the thread id and a new incarnation.
// 2. A slot whose thread owned locks when it ended is never claimed again while any of these locks names it:
//    it stays `gone` until break_dead_owner() has taken over the last one. `held` is raised before a word
//    names the slot and lowered after it no longer does; a thread that vanishes in between costs its slot for
//    good. So a lock word never names a thread that did not take that lock.
// 3. Any context may claim: nothing is allocated and every loop is bounded by the table.

#include "context/slot_table.hpp"

#include "context/slot_state_word.hpp"

#include <resile/context.hpp>

namespace resile::inline RESILE_PLATFORM {
namespace detail {
namespace {

constinit slot_record table[slot_count];

constinit platform::atomic<unsigned> high_water{0};    // slots at or above it were never claimed
constinit platform::atomic<unsigned> search_start{0};  // where a free slot is likely
constinit platform::atomic<std::int32_t> process{0};   // whose threads the table names
constinit platform::atomic<std::uint64_t> no_slot{0};

using state = slot_state_word::state;

[[nodiscard]] slot_state_word state_of(const slot_record& record) noexcept {
    // acquire [slot-life]: pairs with the release that freed or kept the slot; without it a new owner could
    // see the old one's identity, or a recoverer a stale `held`.
    return slot_state_word(record.state.load(std::memory_order_acquire));
}

[[nodiscard]] bool change_state(slot_record& record, slot_state_word before, slot_state_word after) noexcept {
    std::uint64_t expected = before.bits();
    // (state, thread, life) -> (state', thread', life'), acq_rel [slot-life]: what the former user wrote is
    // visible to the next one. relaxed on failure: the caller looks again.
    return record.state.compare_exchange_strong(expected, after.bits(), std::memory_order_acq_rel,
                                                std::memory_order_relaxed);
}

void raise_high_water(unsigned at_least) noexcept {
    // relaxed: readers of a slot below the mark synchronise through its state [slot-life]; a walk that
    // misses a mark just raised misses a thread that has not waited yet.
    unsigned mark = high_water.load(std::memory_order_relaxed);
    // mark -> at_least, relaxed: a maximum, carries nothing
    while (mark < at_least && !high_water.compare_exchange_weak(mark, at_least, std::memory_order_relaxed)) {
    }
}

[[nodiscard]] slot_record* claim_between(unsigned first, unsigned last, std::int32_t thread) noexcept {
    for (unsigned slot = first; slot < last; ++slot) {
        slot_record& record = table[slot];
        const slot_state_word seen = state_of(record);
        if (!seen.is_free() || !change_state(record, seen, seen.claimed_by(thread))) continue;
        raise_high_water(slot + 1);
        search_start.store(slot + 1, std::memory_order_relaxed);  // relaxed: a hint
        // relaxed: own from here on; others learn of it through a lock word.
        record.identity.store(owner_id(slot, 0).bits(), std::memory_order_relaxed);
        record.set_depth(0);
        record.held.store(0, std::memory_order_relaxed);  // relaxed: own
        return &record;
    }
    return nullptr;
}

// Ends the life of a slot whose thread is known to be gone.
void retire(slot_record& record, slot_state_word seen) noexcept {
    // acquire [owned-count]: never less than the locks that name the slot; one too many if the thread
    // vanished in the middle of taking or releasing one
    const bool owns_locks = record.held.load(std::memory_order_acquire) != 0;
    for (auto& wait : record.wait)
        wait.store(0, std::memory_order_release);  // release [wait-published]: none
    (void)change_state(record, seen, seen.as(owns_locks ? state::gone : state::free));
}

// Recovery looks at the whole table: it runs only when no slot is free.
void recover_slots_of_vanished_threads() noexcept {
    for (unsigned slot = 0; slot < slot_count; ++slot) {
        const slot_state_word seen = state_of(table[slot]);
        if (seen.is_claimed() && !platform::thread_exists(seen.thread())) retire(table[slot], seen);
    }
}

// A thread id may be in use again: of several slots that name the caller's thread, none is the caller's (it
// is just asking for its first), so all of them are left over from former threads of that id.
void recover_slots_of_same_id(std::int32_t thread) noexcept {
    const slot_record* own = this_record.load(std::memory_order_relaxed);  // relaxed: this thread's own
    for (unsigned slot = 0; slot < slot_count; ++slot) {
        const slot_state_word seen = state_of(table[slot]);
        if (seen.is_claimed() && seen.thread() == thread && &table[slot] != own) retire(table[slot], seen);
    }
}

void notice_unannounced_fork() noexcept {
    const std::int32_t here = platform::process_id();
    // relaxed: written before any second thread of this process exists, or with the same value.
    const std::int32_t known = process.load(std::memory_order_relaxed);
    if (known == here) return;
    if (known == 0)
        process.store(here, std::memory_order_relaxed);  // relaxed: same value from everybody
    else
        adopt_slots_after_fork();
}

}  // namespace

slot_record& record_of(unsigned slot) noexcept {
    return table[slot];
}

unsigned slot_of(const slot_record& record) noexcept {
    return static_cast<unsigned>(&record - table);
}

unsigned slots_ever_used() noexcept {
    return high_water.load(std::memory_order_relaxed);  // relaxed: see raise_high_water
}

slot_record* claim_free_slot() noexcept {
    notice_unannounced_fork();
    const std::int32_t thread = platform::thread_id();
    unsigned start = search_start.load(std::memory_order_relaxed);  // relaxed: a hint
    if (start >= slot_count) start = 0;
    // The lowest slots are tried first while the table is nearly empty: few pages, short walks.
    if (slot_record* record = claim_between(0, start < 64 ? start : 64, thread)) return record;
    if (slot_record* record = claim_between(start, slot_count, thread)) return record;
    if (slot_record* record = claim_between(0, start, thread)) return record;
    recover_slots_of_vanished_threads();
    recover_slots_of_same_id(thread);
    return claim_between(0, slot_count, thread);
}

void release_slot(slot_record& record) noexcept {
    const slot_state_word seen = state_of(record);
    if (seen.is_claimed()) retire(record, seen);
    // relaxed: a hint
    if (slot_of(record) < search_start.load(std::memory_order_relaxed))
        search_start.store(slot_of(record), std::memory_order_relaxed);  // relaxed: a hint
}

bool thread_is_gone(slot_record& record) noexcept {
    const slot_state_word seen = state_of(record);
    if (seen.is_gone()) return true;
    if (!seen.is_claimed()) return false;
    notice_unannounced_fork();
    if (platform::thread_exists(seen.thread())) return false;
    retire(record, seen);
    return state_of(record).is_gone();
}

void forget_lock_of_gone_owner(slot_record& record) noexcept {
    const slot_state_word seen = state_of(record);
    // held -> held - 1, acq_rel [slot-life]: the one who forgets the last lock frees the slot, after all
    // others
    if (record.held.fetch_sub(1, std::memory_order_acq_rel) == 1 && seen.is_gone())
        (void)change_state(record, seen, seen.as(state::free));
}

void adopt_slots_after_fork() noexcept {
    const slot_record* own = this_record.load(std::memory_order_relaxed);  // relaxed: this thread's own
    // relaxed: the child has one thread; handlers of it find either value, and both lead here at worst twice.
    process.store(platform::process_id(), std::memory_order_relaxed);
    for (unsigned slot = 0; slot < slots_ever_used(); ++slot) {
        const slot_state_word seen = state_of(table[slot]);
        if (!seen.is_claimed()) continue;
        if (&table[slot] == own)
            (void)change_state(table[slot], seen, seen.renamed_to(platform::thread_id()));
        else
            retire(table[slot], seen);
    }
}

void count_no_slot() noexcept {
    // n -> n + 1, relaxed: a statistic
    no_slot.fetch_add(1, std::memory_order_relaxed);
}
std::uint64_t no_slot_count() noexcept {
    return no_slot.load(std::memory_order_relaxed);  // relaxed: a statistic
}

}  // namespace detail

slot_usage slots_in_use() noexcept {
    slot_usage usage{};
    for (unsigned slot = 0; slot < detail::slots_ever_used(); ++slot) {
        const auto seen = detail::state_of(detail::record_of(slot));
        if (seen.is_claimed()) ++usage.claimed;
        if (seen.is_gone()) ++usage.kept_for_gone_owners;
    }
    return usage;
}

}  // namespace resile::inline RESILE_PLATFORM
