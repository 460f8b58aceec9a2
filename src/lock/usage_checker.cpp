// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// States and rules behind checked<Lock>. Idea: Linux's lockdep; the rest is ours.
//
// 1. A lock that is taken in the task may be interrupted while it is held. If any interrupt waits for the
// same
//    lock, the two together can hang, whether or not they met this time.
// 2. Each lock reports once: the bit `reported` is set by one context only.
// 3. Stacks are taken by the unwinder, which allocates nothing and takes no lock (glibc 2.35 and later find
//    unwind tables without one), and only at first uses and reports.

#include "lock/text_builder.hpp"

#include <resile/checked.hpp>

#include <cxxabi.h>
#include <dlfcn.h>
#include <unistd.h>
#include <unwind.h>

#include <cstdlib>
#include <cstring>
#include <memory>

namespace resile::inline RESILE_PLATFORM {
namespace {

constexpr std::uint8_t used_in_task = 1, used_in_interrupt = 2, reported = 4;

constinit platform::atomic<usage_handler> hook{nullptr};
constinit platform::atomic<std::uint64_t> inconsistent_count{0}, self_deadlock_count{0};
constinit platform::atomic<std::uint8_t> first_state{0};  // 0 none, 1 being written, 2 there
constinit usage_report first_report;

struct collected {
    call_stack& stack;
    bool innermost_skipped;  // the innermost frame is the one that asks, always
};

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* argument) {
    auto& [stack, innermost_skipped] = *static_cast<collected*>(argument);
    if (stack.size == stack.frames.size()) return _URC_END_OF_STACK;
    const auto address = _Unwind_GetIP(context);
    if (address == 0) return _URC_END_OF_STACK;
    if (innermost_skipped) stack.frames[stack.size++] = reinterpret_cast<const void*>(address);
    innermost_skipped = true;
    return _URC_NO_REASON;
}

void capture(call_stack& stack) noexcept {
    stack.size = 0;
    collected so_far{stack, false};
    _Unwind_Backtrace(add_frame, &so_far);
}

using name_of = void (*)(const void* frame, detail::text_builder& text);

void print_stack(const call_stack& stack, detail::text_builder& text, name_of name) {
    for (std::size_t i = 0; i < stack.size; ++i) {
        text << "    ";
        text.address(stack.frames[i]);
        name(stack.frames[i], text);
        text << "\n";
    }
}

void no_name(const void*, detail::text_builder&) {}

void function_name(const void* frame, detail::text_builder& text) {
    Dl_info found{};
    if (dladdr(frame, &found) == 0) return;
    if (found.dli_sname != nullptr) {
        int status = 0;
        const std::unique_ptr<char, void (*)(void*)> plain(
            abi::__cxa_demangle(found.dli_sname, nullptr, nullptr, &status), &std::free);
        text << "  " << (status == 0 ? plain.get() : found.dli_sname);
    } else if (found.dli_fname != nullptr) {
        const char* slash = std::strrchr(found.dli_fname, '/');
        text << "  in " << (slash != nullptr ? slash + 1 : found.dli_fname) << " + ";
        const auto base = reinterpret_cast<std::uintptr_t>(found.dli_fbase);
        text.address(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(frame) - base));
    }
}

const char* context_name(unsigned depth) noexcept {
    return depth == 0 ? "in the task" : "in an interrupt";
}

std::size_t write_report(const usage_report& report, char* buffer, std::size_t size, name_of name) {
    detail::text_builder text(buffer, size);
    const bool hung = report.fault == usage_fault::self_deadlock;
    text << "================================\n"
         << (hung ? "WARNING: an interrupt asked for a lock that its own thread holds\n"
                  : "WARNING: inconsistent lock state\n")
         << "--------------------------------\n"
         << (report.first_depth == 0 ? "inconsistent {INITIAL USE} -> {IN-INTERRUPT} usage.\n"
                                     : "inconsistent {IN-INTERRUPT} -> {TASK} usage.\n")
         << "thread ";
    text.number(static_cast<std::uint64_t>(report.thread_id))
        << ", " << context_name(report.depth) << " (depth ";
    text.number(report.depth) << "), takes:\n  lock \"" << report.lock_name << "\" at ";
    text.address(report.lock) << "\n\nwhich was first taken " << context_name(report.first_depth) << " at:\n";
    print_stack(report.first_use, text, name);
    text << "\nand is taken " << context_name(report.depth) << " at:\n";
    print_stack(report.use, text, name);
    text << "\npossible unsafe locking scenario:\n\n"
         << "        task\n        ----\n"
         << "   lock(" << report.lock_name << ");\n"
         << "   <Interrupt>\n"
         << "     lock(" << report.lock_name << ");\n\n"
         << "  *** DEADLOCK ***\n\n"
         << (hung ? "It has just happened; the operation was abandoned. " : "It has not happened yet. ")
         << "Remedy: use resile::spinlock and handle its refusal, or do not take this lock in interrupts.\n"
         << "================================\n";
    return text.length();
}

}  // namespace

namespace detail {

void usage_record::about_to_wait(const void* lock, bool mine) noexcept {
    const unsigned depth = interrupt_depth();
    const std::uint8_t here = depth == 0 ? used_in_task : used_in_interrupt;
    std::uint8_t seen = seen_.load(std::memory_order_relaxed);  // relaxed: each bit only ever goes up
    if ((seen & here) == 0) {
        // bits -> bits + here, relaxed: a set that grows
        seen = static_cast<std::uint8_t>(seen_.fetch_or(here, std::memory_order_relaxed) | here);
        std::uint8_t none = 0;
        // 0 -> 1, relaxed: who wins writes; published below
        if (recorded_.compare_exchange_strong(none, 1, std::memory_order_relaxed)) {
            first_depth_ = depth;
            capture(first_use_);
            recorded_.store(2, std::memory_order_release);  // release [first-use]: the stack is complete
        }
    }
    // n -> n + 1, relaxed: a statistic
    if (mine) self_deadlock_count.fetch_add(1, std::memory_order_relaxed);
    const bool both = (seen & (used_in_task | used_in_interrupt)) == (used_in_task | used_in_interrupt);
    if (!(both || mine) || (seen & reported) != 0) return;
    // bits -> bits + reported, relaxed: one context sees it clear, and reports
    if ((seen_.fetch_or(reported, std::memory_order_relaxed) & reported) == 0)
        report(mine ? usage_fault::self_deadlock : usage_fault::inconsistent, lock, depth);
}

void usage_record::report(usage_fault fault, const void* lock, unsigned depth) noexcept {
    usage_report report;
    report.fault = fault;
    std::strncpy(report.lock_name, name_, sizeof(report.lock_name) - 1);
    report.lock = lock;
    report.thread_id = platform::thread_id();
    report.depth = depth;
    if (recorded_.load(std::memory_order_acquire) == 2) {  // acquire [first-use]
        report.first_depth = first_depth_;
        report.first_use = first_use_;
    }
    capture(report.use);
    inconsistent_count.fetch_add(1, std::memory_order_relaxed);  // n -> n + 1, relaxed: a statistic
    std::uint8_t none = 0;
    // 0 -> 1, relaxed: who wins writes; published below
    if (first_state.compare_exchange_strong(none, 1, std::memory_order_relaxed)) {
        first_report = report;
        first_state.store(2, std::memory_order_release);  // release [first-report]
    }
    // acquire [usage-hook]: pairs with set_usage_handler
    if (const usage_handler handler = hook.load(std::memory_order_acquire)) handler(report);
}

bool owner_gate::try_enter() noexcept {
    const int slot = this_slot();
    int nobody = 0;
    // 0 -> slot + 1, acquire [gate]: what the owner before wrote is visible
    return slot >= 0 && owner_.compare_exchange_strong(nobody, slot + 1, std::memory_order_acquire,
                                                       std::memory_order_relaxed);
}

lock_result owner_gate::enter() noexcept {
    if (this_slot() < 0) return lock_result::no_slot;
    for (unsigned looks = 0; !try_enter(); ++looks) {
        if (is_mine()) return lock_result::deadlock;
        // The owner may need this core.
        if (looks % 64 == 63)
            platform::yield();
        else
            platform::pause();
    }
    return lock_result::acquired;
}

void owner_gate::leave() noexcept {
    owner_.store(0, std::memory_order_release);  // release [gate]
}

bool owner_gate::is_mine() const noexcept {
    // relaxed: equal only if this thread wrote it
    return owner_.load(std::memory_order_relaxed) == this_slot() + 1;
}

}  // namespace detail

usage_handler set_usage_handler(usage_handler handler) noexcept {
    // before -> handler, acq_rel [usage-hook]: what the installer prepared is visible to the hook
    return hook.exchange(handler, std::memory_order_acq_rel);
}

std::size_t format_usage_report(const usage_report& report, char* text, std::size_t size) noexcept {
    return write_report(report, text, size, no_name);
}

std::size_t describe_usage_report(const usage_report& report, char* text, std::size_t size) {
    return write_report(report, text, size, function_name);
}

void print_usage_report(const usage_report& report) noexcept {
    char text[3072];
    const std::size_t length = format_usage_report(report, text, sizeof(text));
    (void)!::write(STDERR_FILENO, text, length);
}

usage_counts usage_statistics() noexcept {
    return {inconsistent_count.load(std::memory_order_relaxed),    // relaxed: a statistic
            self_deadlock_count.load(std::memory_order_relaxed)};  // relaxed: a statistic
}

bool take_first_usage_report(usage_report& report) noexcept {
    if (first_state.load(std::memory_order_acquire) != 2) return false;  // acquire [first-report]
    report = first_report;
    first_state.store(0, std::memory_order_release);  // release [first-report]: it may be written again
    return true;
}

}  // namespace resile::inline RESILE_PLATFORM
