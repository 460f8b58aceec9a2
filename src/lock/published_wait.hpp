// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A wait that others can see, for as long as the object lives.
//
// Rule R3: depth is raised before the wait is published, and lowered after it is withdrawn. A handler in
// between therefore never uses the same entry, and what it takes says truly how many waits lie below it.

#include "lock/wait_word.hpp"

#include <resile/detail/slot_record.hpp>

namespace resile::inline RESILE_PLATFORM::detail {

class published_wait {
  public:
    // `owner` is whom the caller saw holding the lock: a hint for walks.
    // The caller made sure that me.depth() < max_nested_waits.
    published_wait(slot_record& record, owner_id me, std::uintptr_t lock, owner_id owner) noexcept
        : record_(record), me_(me) {
        // relaxed: this thread's own; the signal fences order it for handlers, and only they look.
        record_.identity.store(me.one_deeper().bits(), std::memory_order_relaxed);
        platform::signal_fence();
        change(lock, owner);
        // [publish-walk]: partner is the same fence of every other waiter. Of two contexts that close a cycle
        // together, at least one sees the other's wait. Without it, each could miss the other (case C10).
        platform::full_fence();
    }
    ~published_wait() noexcept {
        change(0, owner_id());
        platform::signal_fence();
        record_.identity.store(me_.bits(), std::memory_order_relaxed);  // relaxed: as above
    }
    published_wait(const published_wait&) = delete;
    published_wait& operator=(const published_wait&) = delete;

  private:
    [[nodiscard]] unsigned level() const noexcept { return me_.depth(); }
    void change(std::uintptr_t lock, owner_id owner) noexcept {
        // relaxed: only this context writes its entry.
        const wait_changes before(record_.changes[level()].load(std::memory_order_relaxed));
        const wait_changes changes = before.one_more(owner);
        // relaxed: the release below orders it before the word.
        record_.changes[level()].store(changes.bits(), std::memory_order_relaxed);
        // release [wait-published]: pairs with the acquire of a walk; without it a walk could see the word
        // and an older count, and take a changed wait for an unchanged one.
        record_.wait[level()].store(wait_word(lock, changes.count()).bits(), std::memory_order_release);
    }

    slot_record& record_;
    const owner_id me_;
};

}  // namespace resile::inline RESILE_PLATFORM::detail
