// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// One cell of the table: an operation, interrupted (or abandoned) in front of each of its instructions.

#include "lab/injection/experiment.hpp"
#include "lab/injection/instruction_points.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>

namespace resile_lab {

// Where an operation is struck: in front of its step-th instruction, from 1; and in front of the inner-th one
// of the operation that interrupts it, if that is interrupted, too.
struct step_number {
    std::size_t step = 0;
    std::size_t inner = 0;
};

struct sampling {
    std::size_t stride = 1;           // every stride-th step
    std::size_t first = 1;            // from there on
    std::optional<step_number> only;  // just this one, with stacks
};

struct broken_promise {
    step_number at;
    std::string promise;      // which, and how
    std::string instruction;  // address, symbol
    std::string stacks;       // of both operations; if sampling.only
};

struct cell_outcome {
    std::uint64_t instructions = 0;  // of the interrupted operation
    std::uint64_t injections = 0;
    std::uint64_t failures = 0;
    std::vector<broken_promise> first_failures;  // some
    std::map<std::string, std::uint64_t> seen;   // outcomes worth counting
    std::string died;                            // the process that explored it: how, and where
};
inline constexpr std::size_t most_failures_kept = 3;

// What the explorer is at, in memory that survives it.
struct explorer_position {
    std::atomic<std::uint64_t> step{0}, inner{0};
};

// The points of an operation, in a state: the same whatever interrupts it there.
struct known_points {
    const subject* of = nullptr;
    std::size_t operation = 0, state = 0;
    std::vector<instruction_point> points;
};

// A single-threaded process may do this; the structure may crash it, or keep it for ever. An injection that
// takes longer than `patience` seconds ends it by SIGALRM. `known` is filled, and used by the next one.
[[nodiscard]] cell_outcome explore(const subject&, const cell&, const sampling&, known_points& known,
                                   explorer_position&, unsigned patience = 60);

}  // namespace resile_lab
