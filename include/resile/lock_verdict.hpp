// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What was refused and why: the report, the hook that receives it, and a ready printer.

#include <resile/spinlock.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace resile::inline RESILE_PLATFORM {

// One context in a report.
struct context_id {
    std::int32_t thread_id;  // kernel thread id, 0 if unknown
    std::uint16_t slot;
    std::uint16_t depth;  // waits of that slot below this context
};

// One edge of a cycle: `waiter` waits for `lock`, which `owner` owns.
struct wait_edge {
    context_id waiter;
    const void* lock;
    context_id owner;
};

// A refusal, as given to the hook. Valid during the call only.
struct lock_verdict {
    lock_result result;  // deadlock, timed_out or too_deep
    const void* lock;    // what was attempted; do not dereference
    context_id attempted_by;
    unsigned interrupt_depth;          // of the caller, as far as declared
    context_id owner;                  // of the lock when it was refused
    bool owner_is_gone;                // its thread has exited: break_dead_owner() can help
    std::uint64_t waited_ns;           // from the call to the refusal
    std::span<const wait_edge> cycle;  // deadlock only; starts with the caller; one edge for AA
};

// Called in the refused context, after it has withdrawn, before lock() returns. It must be
// async-signal-safe and may itself use locks (a refusal inside it is not reported again).
using verdict_handler = void (*)(const lock_verdict&) noexcept;

// Installs a hook for the process, null for none; returns the one before. Contexts: any.
verdict_handler set_verdict_handler(verdict_handler) noexcept;

// A ready hook: prints what was attempted, by whom, and the cycle, to standard error, in one write.
// Contexts: any.
void print_verdict(const lock_verdict&) noexcept;

// The text that print_verdict prints, at most `size` bytes including the final zero; returns its length.
// Contexts: any.
std::size_t format_verdict(const lock_verdict&, char* text, std::size_t size) noexcept;

}  // namespace resile::inline RESILE_PLATFORM
