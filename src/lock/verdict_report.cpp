// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What is told of a refusal: to whom, and in which words. In the manner of Linux: what was attempted, by
// whom, and the cycle.

#include "lock/verdict_report.hpp"

#include "context/errno_keeper.hpp"
#include "lock/text_builder.hpp"

#include <unistd.h>

namespace resile::inline RESILE_PLATFORM {
namespace {

constinit platform::atomic<verdict_handler> hook{nullptr};
constinit thread_local bool inside_hook __attribute__((tls_model("initial-exec"))) = false;

void name_context(detail::text_builder& text, const context_id& who) noexcept {
    text << "thread ";
    text.number(static_cast<std::uint64_t>(who.thread_id)) << " (slot ";
    text.number(who.slot) << ", depth ";
    text.number(who.depth) << ")";
}

void explain(detail::text_builder& text, const lock_verdict& verdict) noexcept {
    switch (verdict.result) {
        case lock_result::deadlock:
            text << "deadlock, the wait could never have ended:\n";
            for (const wait_edge& edge : verdict.cycle) {
                text << "  ";
                name_context(text, edge.waiter);
                text << " waits for lock ";
                text.address(edge.lock) << ", owned by ";
                name_context(text, edge.owner);
                text << "\n";
            }
            text << "  Release what this context holds and try again, or take the locks in one order.\n";
            return;
        case lock_result::timed_out:
            text << "timed out after ";
            text.number(verdict.waited_ns / 1000) << " us; the owner is ";
            name_context(text, verdict.owner);
            text << (verdict.owner_is_gone ? ", which has exited.\n  break_dead_owner() hands the lock to "
                                             "whoever can repair what it "
                                             "protected.\n"
                                           : ", which made no progress.\n  Look at what that thread does "
                                             "(gdb -p, then thread apply all "
                                             "bt); the lock is still valid.\n");
            return;
        case lock_result::too_deep:
            text
                << "too deep: seven waits of this thread are interrupted already.\n"
                << "  Let handlers use try_lock(), or block some of the signals that interrupt each other.\n";
            return;
        case lock_result::acquired:
        case lock_result::no_slot:
            return;  // never reported
    }
}

}  // namespace

std::size_t format_verdict(const lock_verdict& verdict, char* buffer, std::size_t size) noexcept {
    detail::text_builder text(buffer, size);
    text << "resile: lock ";
    text.address(verdict.lock) << " refused to ";
    name_context(text, verdict.attempted_by);
    if (verdict.interrupt_depth != 0) {
        text << " in an interrupt of depth ";
        text.number(verdict.interrupt_depth);
    }
    text << ": ";
    explain(text, verdict);
    return text.length();
}

void print_verdict(const lock_verdict& verdict) noexcept {
    const platform::errno_keeper keep;
    char text[2048];
    const std::size_t length = format_verdict(verdict, text, sizeof(text));
    (void)!::write(STDERR_FILENO, text, length);
}

verdict_handler set_verdict_handler(verdict_handler handler) noexcept {
    // before -> handler, acq_rel [verdict-hook]: what the installer prepared is visible to the hook
    return hook.exchange(handler, std::memory_order_acq_rel);
}

const char* to_string(lock_result result) noexcept {
    switch (result) {
        case lock_result::acquired:
            return "acquired";
        case lock_result::deadlock:
            return "deadlock";
        case lock_result::timed_out:
            return "timed_out";
        case lock_result::no_slot:
            return "no_slot";
        case lock_result::too_deep:
            return "too_deep";
    }
    return "no such lock_result";
}

namespace detail {

bool verdicts_are_wanted() noexcept {
    // relaxed: report_verdict looks again
    return !inside_hook && hook.load(std::memory_order_relaxed) != nullptr;
}

void report_verdict(const lock_verdict& verdict) noexcept {
    // acquire [verdict-hook]: pairs with set_verdict_handler
    const verdict_handler handler = hook.load(std::memory_order_acquire);
    if (handler == nullptr || inside_hook) return;
    inside_hook = true;
    platform::signal_fence();
    handler(verdict);
    platform::signal_fence();
    inside_hook = false;
}

}  // namespace detail
}  // namespace resile::inline RESILE_PLATFORM
