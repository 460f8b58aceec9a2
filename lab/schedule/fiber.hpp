// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A stack to run on, and the switch between two of them: a dozen instructions, no system call.

#include <cstddef>

namespace resile_lab {

class fiber {
  public:
    using entry = void (*)(void* argument);

    // The stack that the caller runs on. It is only switched away from, and back to.
    fiber() noexcept = default;
    // A stack of its own. Throws std::bad_alloc.
    explicit fiber(std::size_t stack_bytes);
    ~fiber();
    fiber(const fiber&) = delete;
    fiber& operator=(const fiber&) = delete;

    // The next switch to it begins with run(argument), which must not return. What it did before is
    // forgotten: nothing on its stack is destroyed.
    void begin_with(entry run, void* argument) noexcept;
    // Goes on in `to`, until somebody switches back.
    static void switch_between(fiber& from, fiber& to) noexcept;

  private:
    static void first(void* self) noexcept;

    entry run_ = nullptr;
    void* argument_ = nullptr;
    void* stack_ = nullptr;  // its lowest address
    std::size_t bytes_ = 0;
    void* saved_ = nullptr;  // stack pointer while it does not run
    // AddressSanitizer's view
    void* fake_stack_ = nullptr;
    const void* bottom_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace resile_lab
