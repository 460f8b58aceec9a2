// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Interrupts code after every single instruction: the trap flag of x86-64.

#include "tests/support/seeds.hpp"

#include <signal.h>
#include <ucontext.h>

#include <cerrno>

#if defined(__x86_64__)
#define RESILE_CAN_SINGLE_STEP 1
#else
#define RESILE_CAN_SINGLE_STEP 0
#endif

namespace resile_test {

// TSan's run-time library does not survive handlers between its own instructions.
inline constexpr bool can_single_step = RESILE_CAN_SINGLE_STEP == 1 && !under_tsan;

namespace single_step_detail {

struct probe_call {
    void (*call)(void*, unsigned long) = nullptr;
    void* probe = nullptr;
    unsigned long steps = 0;
    bool stop = false;
};

inline probe_call& current() noexcept {
    static thread_local probe_call mine __attribute__((tls_model("initial-exec")));
    return mine;
}

inline bool install() noexcept {
    struct sigaction action {};
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = [](int, siginfo_t*, [[maybe_unused]] void* interrupted) {
        const int saved = errno;
        probe_call& probe = current();
        probe.call(probe.probe, ++probe.steps);
#if RESILE_CAN_SINGLE_STEP
        if (probe.stop) static_cast<ucontext_t*>(interrupted)->uc_mcontext.gregs[REG_EFL] &= ~0x100LL;
#endif
        errno = saved;
    };
    return ::sigaction(SIGTRAP, &action, nullptr) == 0;
}

#if RESILE_CAN_SINGLE_STEP
__attribute__((always_inline)) inline void set_trap_flag() noexcept {
    __asm__ volatile(
        "lea -128(%%rsp), %%rsp\n pushfq\n orq $0x100, (%%rsp)\n popfq\n lea 128(%%rsp), %%rsp" ::
            : "memory", "cc");
}
__attribute__((always_inline)) inline void clear_trap_flag() noexcept {
    __asm__ volatile(
        "lea -128(%%rsp), %%rsp\n pushfq\n andq $~0x100, (%%rsp)\n popfq\n lea 128(%%rsp), %%rsp" ::
            : "memory", "cc");
}
#else
inline void set_trap_flag() noexcept {}
inline void clear_trap_flag() noexcept {}
#endif

}  // namespace single_step_detail

// To be called by a probe: no more steps after this one.
inline void stop_stepping() noexcept {
    single_step_detail::current().stop = true;
}

// Runs `code` and calls probe(step) in a signal handler after each of its instructions, step = 1, 2, ...
// Returns how many there were.
template <class Code, class Probe>
unsigned long single_step(Code&& code, Probe&& probe) noexcept {
    using namespace single_step_detail;
    static const bool installed = install();
    (void)installed;
    current() = {[](void* stored, unsigned long step) { (*static_cast<Probe*>(stored))(step); }, &probe, 0,
                 false};
    set_trap_flag();
    code();
    clear_trap_flag();
    return current().steps;
}

}  // namespace resile_test
