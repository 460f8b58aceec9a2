// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// One interrupt, in front of one chosen instruction of a call. (Ours.)
//
// To single-step from the beginning for each instruction costs the square of their number. So a call is
// stepped through once, which gives its points; for each point a fresh call then runs at full speed into a
// breakpoint (int3), planted in the code of this process. A point says how often the instruction has been
// passed before, so it means the same instant as the step it was found at, as long as calls go the same way.
//
// Breakpoints are the whole process's: one thread at a time is interrupted. Another one that runs into the
// breakpoint is held there until it is gone, and notices nothing. x86-64 only.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace resile_lab {

// A function and its argument.
struct call {
    void (*function)(void*) noexcept = nullptr;
    void* argument = nullptr;
    void operator()() const noexcept { function(argument); }
};

// The instant before an instruction is executed. It is found by a breakpoint on it, at the visit-th time that
// it is come to; or, where there can be none (in code that the kernel lends, and between the rounds of an
// instruction that repeats itself), by single steps from the last instruction before that may have one.
struct instruction_point {
    std::uintptr_t address = 0;
    std::uintptr_t breakpoint = 0;
    std::uint32_t visit = 1;
    std::uint32_t steps = 0;
};

// Runs the call. In front of each of its instructions, from its first one to its return; point 0 is the
// instant at which nothing has been done yet.
[[nodiscard]] std::vector<instruction_point> points_of(const call&);

// Runs the call, and asks at each of its points, until the answer is yes, whether this is it. None: never.
using question = bool (*)(void* argument) noexcept;
[[nodiscard]] std::optional<instruction_point> first_point_where(const call&, question, void* argument);

// Runs the call, and `strike` in a signal handler at the point. False: the call went another way.
[[nodiscard]] bool interrupt(const call&, const instruction_point&, const call& strike) noexcept;
// The same by single-stepping: the number-th point (from 0) of whatever way the call goes.
[[nodiscard]] bool interrupt_by_stepping(const call&, std::size_t number, const call& strike) noexcept;

}  // namespace resile_lab
