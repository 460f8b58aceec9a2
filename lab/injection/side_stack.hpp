// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include "lab/injection/instruction_points.hpp"

#include <ucontext.h>

#include <cstddef>

namespace resile_lab {

// A stack on which a call can be left in the middle, by a handler on top of it, and be resumed or left there
// for ever. One call per stack.
class side_stack {
  public:
    side_stack();   // throws std::bad_alloc
    ~side_stack();  // what was left there never goes on
    side_stack(const side_stack&) = delete;
    side_stack& operator=(const side_stack&) = delete;

    // Runs the call until it ends or leaves. True: it has ended.
    bool run(const call&);
    // Goes on where the call left. True: it has ended.
    bool resume();
    // In the call, or in a handler on top of it: run() or resume() returns.
    void leave() noexcept;

  private:
    static void main(unsigned high, unsigned low);

    static constexpr std::size_t bytes = 256 * 1024;
    void* memory_;
    call running_{};
    bool ended_ = false;
    ucontext_t outside_{}, inside_{};
};

}  // namespace resile_lab
