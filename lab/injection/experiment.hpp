// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What the explorer needs of whatever is put to the test: operations and prepared states by name, and fresh
// structures that judge themselves. To add one: docs/lab.md.

#include <memory>
#include <string>
#include <vector>

namespace resile_lab {

// What an experiment came to.
struct verdict {
    std::string broken;             // the promise, and how; empty: all were kept
    std::vector<std::string> seen;  // outcomes worth counting
};

// Which operations meet, where. operations[0] is interrupted by operations[1], that one by operations[2].
struct cell {
    std::vector<std::size_t> operations;
    std::size_t state = 0;
    bool kill = false;  // operations[0] is abandoned for good; the others are done by survivors, afterwards
};

// One fresh structure in a prepared state, and the operations of a cell, to be done once each.
class experiment {
  public:
    experiment() = default;
    experiment(const experiment&) = delete;
    experiment& operator=(const experiment&) = delete;
    virtual ~experiment() = default;

    // Whether other threads run meanwhile: breakpoints are the whole process's, single steps a thread's own.
    [[nodiscard]] virtual bool has_other_threads_running() const { return false; }
    // operations[context], in whatever context it is called from.
    virtual void perform(std::size_t context) noexcept = 0;
    // After all operations have ended; of a killed one, after it was abandoned, in the thread of which it was
    // a part. Called once. The structure is of no use afterwards.
    [[nodiscard]] virtual verdict judge() = 0;
    // Of a killed operation, besides: after its thread has ended, too. The promise that was broken, or empty.
    [[nodiscard]] virtual std::string judge_heirs() { return {}; }
};

class subject {
  public:
    subject() = default;
    subject(const subject&) = delete;
    subject& operator=(const subject&) = delete;
    virtual ~subject() = default;

    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual std::vector<std::string> operations() const = 0;
    [[nodiscard]] virtual std::vector<std::string> states() const = 0;
    // Whether these operations can meet in that state.
    [[nodiscard]] virtual bool can_be(const cell&) const { return true; }
    [[nodiscard]] virtual std::unique_ptr<experiment> prepare(const cell&) const = 0;
};

}  // namespace resile_lab
