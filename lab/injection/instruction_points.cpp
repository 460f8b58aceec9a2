// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Claims:
// 1. The call's own instructions are those between the first time its function is entered and the first time
//    its return address is reached with the stack as it was: what the stepper itself executes is left out.
// 2. A breakpoint at an instruction fires before it is executed, as the trap flag does after the one before
//    it; so both mean the same instant.
// 3. Code that a point was found in stays writable in this process, and in its children.
// 4. The breakpoint is taken out before anything else is run in the handler: neither the striking call nor
//    the handler itself can run into it.
// 5. Only visits of the thread that planted it count. Another thread that runs into it, perhaps in code that
//    the call's own and its own have in common (an interceptor of ASan), executes the instruction when the
//    breakpoint is gone: until then it tries again. So the call must not wait for what such a thread does.

#include "lab/injection/instruction_points.hpp"

#include "lab/injection/single_stepper.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <unordered_map>
#include <utility>

namespace resile_lab {

#if RESILE_CAN_SINGLE_STEP

namespace {

constexpr long long trap_flag = 0x100;
constexpr unsigned char breakpoint = 0xcc;

[[nodiscard]] auto& register_of(ucontext_t& context, int which) noexcept {
    return context.uc_mcontext.gregs[which];
}
[[nodiscard]] std::uintptr_t register_of(const ucontext_t& context, int which) noexcept {
    return static_cast<std::uintptr_t>(context.uc_mcontext.gregs[which]);
}

// Tells the call's own steps from those around it (claim 1).
class own_steps {
  public:
    explicit own_steps(const call& whose) noexcept
        : entry_(reinterpret_cast<std::uintptr_t>(whose.function)) {}
    [[nodiscard]] bool has(const ucontext_t& context) noexcept {
        const std::uintptr_t at = register_of(context, REG_RIP), stack = register_of(context, REG_RSP);
        if (!entered_) {
            if (at != entry_) return false;
            entered_ = true;
            stack_ = stack;
            back_ = *reinterpret_cast<const std::uintptr_t*>(stack);
        }
        over_ = over_ || (at == back_ && stack == stack_ + sizeof(std::uintptr_t));
        return !over_;
    }
    [[nodiscard]] bool are_over() const noexcept { return over_; }

  private:
    std::uintptr_t entry_, back_ = 0, stack_ = 0;
    bool entered_ = false, over_ = false;
};

// False: not where the kernel lends its own code (vdso).
[[nodiscard]] bool make_writable(std::uintptr_t address) noexcept {
    static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    return ::mprotect(reinterpret_cast<void*>(address & ~(page - 1)), page,
                      PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
}

// Finds a breakpoint for each. An instruction that follows itself repeats itself (rep movs).
[[nodiscard]] std::vector<instruction_point> with_breakpoints(const std::vector<std::uintptr_t>& addresses) {
    std::vector<instruction_point> points;
    points.reserve(addresses.size());
    std::unordered_map<std::uintptr_t, std::uint32_t> visits;
    for (const std::uintptr_t address : addresses) {
        const bool repeats = !points.empty() && points.back().address == address;
        if (!repeats && make_writable(address)) {
            points.push_back({address, address, ++visits[address], 0});
        } else if (!points.empty()) {
            instruction_point after = points.back();
            after.address = address;
            ++after.steps;
            points.push_back(after);
        }
    }
    return points;
}

// More than any call has; reserved before it, because a handler must not allocate.
constexpr std::size_t most_points = 1U << 18;

enum class phase : std::uint8_t { waiting, stepping_over, stepping_on };

// A breakpoint, and what to do there.
struct trap {
    instruction_point at;
    const call& strike;
    unsigned char original;
    phase now = phase::waiting;
    std::uint32_t visits = 0, steps = 0;
    bool struck = false;
};
constinit thread_local trap* armed __attribute__((tls_model("initial-exec"))) = nullptr;

[[nodiscard]] volatile unsigned char& code_at(std::uintptr_t address) noexcept {
    return *reinterpret_cast<volatile unsigned char*>(address);
}

// Claim 5. sched_yield(2) not by its function, in which there may be a breakpoint.
void try_again(ucontext_t& context) noexcept {
    register_of(context, REG_RIP) -= 1;
    long result = SYS_sched_yield;
    __asm__ volatile("syscall" : "+a"(result) : : "rcx", "r11", "memory");
}

void strike_at(trap& mine) noexcept {
    armed = nullptr;
    const int saved = errno;
    mine.struck = true;
    mine.strike();
    errno = saved;
}

bool on_trap(const siginfo_t& info, ucontext_t& context) noexcept {
    trap* const mine = armed;
    const bool at_breakpoint = info.si_code == SI_KERNEL;
    if (at_breakpoint &&
        (mine == nullptr || register_of(std::as_const(context), REG_RIP) != mine->at.breakpoint + 1)) {
        try_again(context);
        return true;
    }
    if (mine == nullptr) return false;
    auto& flags = register_of(context, REG_EFL);
    if (at_breakpoint) {
        code_at(mine->at.breakpoint) = mine->original;
        register_of(context, REG_RIP) -= 1;
        if (++mine->visits == mine->at.visit && mine->at.steps == 0) {
            strike_at(*mine);
        } else {
            mine->now = mine->visits == mine->at.visit ? phase::stepping_on : phase::stepping_over;
            flags |= trap_flag;
        }
        return true;
    }
    if (mine->now == phase::stepping_over) {
        code_at(mine->at.breakpoint) = breakpoint;
        flags &= ~trap_flag;
        mine->now = phase::waiting;
        return true;
    }
    if (mine->now == phase::stepping_on) {
        if (++mine->steps < mine->at.steps) return true;
        flags &= ~trap_flag;
        strike_at(*mine);
        return true;
    }
    return false;
}

void install_traps() noexcept {
    single_step_detail::other_owner = on_trap;
    static const bool installed = single_step_detail::install();
    (void)installed;
}

}  // namespace

std::vector<instruction_point> points_of(const call& looked_at) {
    std::vector<std::uintptr_t> addresses;
    addresses.reserve(most_points);
    own_steps own(looked_at);
    single_step([&] { looked_at(); },
                [&](unsigned long) {
                    if (own.has(stepped_context()) && addresses.size() < most_points)
                        addresses.push_back(register_of(stepped_context(), REG_RIP));
                    if (own.are_over()) stop_stepping();
                });
    return with_breakpoints(addresses);
}

std::optional<instruction_point> first_point_where(const call& looked_at, question here, void* argument) {
    std::vector<std::uintptr_t> addresses;
    addresses.reserve(most_points);
    own_steps own(looked_at);
    bool found = false;
    single_step([&] { looked_at(); },
                [&](unsigned long) {
                    if (!own.has(stepped_context()) || addresses.size() == most_points) return;
                    addresses.push_back(register_of(stepped_context(), REG_RIP));
                    found = here(argument);
                    if (found) stop_stepping();
                });
    if (!found) return std::nullopt;
    return with_breakpoints(addresses).back();
}

bool interrupt(const call& looked_at, const instruction_point& point, const call& strike) noexcept {
    install_traps();
    trap mine{point, strike, code_at(point.breakpoint)};
    armed = &mine;
    code_at(point.breakpoint) = breakpoint;
    looked_at();
    if (!mine.struck) {
        armed = nullptr;
        code_at(point.breakpoint) = mine.original;
    }
    return mine.struck;
}

bool interrupt_by_stepping(const call& looked_at, std::size_t number, const call& strike) noexcept {
    own_steps own(looked_at);
    std::size_t seen = 0;
    bool struck = false;
    single_step([&] { looked_at(); },
                [&](unsigned long) {
                    if (struck || !own.has(stepped_context()) || seen++ != number) return;
                    struck = true;
                    stop_stepping();
                    strike();
                });
    return struck;
}

#else

std::vector<instruction_point> points_of(const call&) {
    return {};
}
std::optional<instruction_point> first_point_where(const call&, question, void*) {
    return std::nullopt;
}
bool interrupt(const call&, const instruction_point&, const call&) noexcept {
    return false;
}
bool interrupt_by_stepping(const call&, std::size_t, const call&) noexcept {
    return false;
}

#endif

}  // namespace resile_lab
