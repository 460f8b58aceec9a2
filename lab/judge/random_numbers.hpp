// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace resile_lab {

// splitmix64: small, and the same everywhere.
class random_numbers {
  public:
    explicit random_numbers(std::uint64_t seed) noexcept : state_(seed) {}
    std::uint64_t next() noexcept {
        std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15U);
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
        return mixed ^ (mixed >> 31);
    }
    // 0 .. bound-1
    unsigned below(unsigned bound) noexcept { return static_cast<unsigned>(next() % bound); }

  private:
    std::uint64_t state_;
};

}  // namespace resile_lab
