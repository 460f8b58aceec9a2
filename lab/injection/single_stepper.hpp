// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Interrupts code after every single instruction: the trap flag of x86-64. A header only, so that tests of
// every room can use it without linking the lab.

#include <resile/detail/platform.hpp>

#include <signal.h>
#include <ucontext.h>

#include <cerrno>
#include <cstdint>

#if defined(__x86_64__)
#define RESILE_CAN_SINGLE_STEP 1
#else
#define RESILE_CAN_SINGLE_STEP 0
#endif

namespace resile_lab {

// TSan's run-time library does not survive handlers between its own instructions.
#if defined(RESILE_UNDER_TSAN)
inline constexpr bool can_single_step = false;
#else
inline constexpr bool can_single_step = RESILE_CAN_SINGLE_STEP == 1;
#endif

namespace single_step_detail {

struct probe_call {
    void (*call)(void*, unsigned long) = nullptr;
    void* probe = nullptr;
    unsigned long steps = 0;
    bool stop = false;
    const ucontext_t* interrupted = nullptr;
};

inline probe_call& current() noexcept {
    static thread_local probe_call mine __attribute__((tls_model("initial-exec")));
    return mine;
}

// Who else stops threads by SIGTRAP (instruction_points.cpp). True: this trap was his. He is asked first, and
// before anything is called: his breakpoint may be in any code, that of errno included.
using trap_owner = bool (*)(const siginfo_t&, ucontext_t&) noexcept;
inline constinit trap_owner other_owner = nullptr;

inline void on_trap(int, siginfo_t* info, void* context) noexcept {
    auto& interrupted = *static_cast<ucontext_t*>(context);
    if (other_owner != nullptr && other_owner(*info, interrupted)) return;
    probe_call& probe = current();
    if (probe.call == nullptr) return;
    const int saved = errno;
    probe.interrupted = &interrupted;
    probe.call(probe.probe, ++probe.steps);
#if RESILE_CAN_SINGLE_STEP
    if (probe.stop) interrupted.uc_mcontext.gregs[REG_EFL] &= ~0x100LL;
#endif
    errno = saved;
}

// Handlers may be single-stepped, too: SA_NODEFER.
inline bool install() noexcept {
    struct sigaction action {};
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    action.sa_sigaction = on_trap;
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

// To be called by a probe: the registers between the two instructions.
[[nodiscard]] inline const ucontext_t& stepped_context() noexcept {
    return *single_step_detail::current().interrupted;
}

// Runs `code` and calls probe(step) in a signal handler after each of its instructions, step = 1, 2, ...
// Returns how many there were. A probe may single-step code of its own.
template <class Code, class Probe>
unsigned long single_step(Code&& code, Probe&& probe) noexcept {
    using namespace single_step_detail;
    static const bool installed = install();
    (void)installed;
    const probe_call outer = current();
    current() = {[](void* stored, unsigned long step) { (*static_cast<Probe*>(stored))(step); }, &probe, 0,
                 false, nullptr};
    set_trap_flag();
    code();
    clear_trap_flag();
    const unsigned long steps = current().steps;
    current() = outer;
    return steps;
}

}  // namespace resile_lab
