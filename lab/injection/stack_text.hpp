// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Addresses and stacks for eyes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace resile_lab {

// "0x55d0c0de1234  resile + 0x1234  in function + 0x34"
[[nodiscard]] std::string described(std::uintptr_t address);

// Return addresses, innermost first. Taken in any context, without allocation.
struct stack_trace {
    std::array<std::uintptr_t, 48> frames{};
    std::size_t size = 0;
    void take() noexcept;
    // One line per frame. The frame at `interrupted` begins what was interrupted, and says so.
    [[nodiscard]] std::string text(std::uintptr_t interrupted) const;
};

}  // namespace resile_lab
