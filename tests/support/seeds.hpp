// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Seeds that are printed, and taken back from RESILE_SEED; and how much of a long test to run.

#include "lab/judge/random_numbers.hpp"

#include <resile/detail/platform.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace resile_test {

#if defined(RESILE_UNDER_TSAN)
inline constexpr bool under_tsan = true;
#else
inline constexpr bool under_tsan = false;
#endif

#if defined(RESILE_UNDER_TSAN) || defined(RESILE_UNDER_ASAN) || defined(__aarch64__)
inline constexpr unsigned shrink = 20;  // sanitizers; aarch64 is mostly an emulator
#else
inline constexpr unsigned shrink = 1;
#endif

[[nodiscard]] constexpr unsigned scaled(unsigned count) noexcept {
    return count / shrink > 0 ? count / shrink : 1;
}

// RESILE_LONG=1: campaigns of minutes or hours instead of what fits between two thoughts.
[[nodiscard]] inline bool long_campaign() noexcept {
    const char* wish = std::getenv("RESILE_LONG");
    return wish != nullptr && *wish != '\0' && *wish != '0';
}

// The seed of a test: RESILE_SEED if set, else `usual`; printed either way.
[[nodiscard]] inline std::uint64_t given_seed(const char* test, std::uint64_t usual) {
    const char* given = std::getenv("RESILE_SEED");
    const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : usual;
    std::printf("%s: seed 0x%llx (repeat with RESILE_SEED=0x%llx)\n", test,
                static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    return seed;
}
// A new one each time.
[[nodiscard]] inline std::uint64_t announce_seed(const char* test) {
    return given_seed(test, (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}());
}

using resile_lab::random_numbers;

}  // namespace resile_test
