// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Values that tell whether they are whole, and whose.

#include <resile/hash.hpp>

#include <array>
#include <atomic>
#include <cstdint>

namespace resile_lab {

// A number that no other write of this process has.
[[nodiscard]] inline std::uint64_t next_write() noexcept {
    static constinit std::atomic<std::uint64_t> writes{1};
    return writes.fetch_add(1, std::memory_order_relaxed);
}

[[nodiscard]] inline std::uint64_t checksum(std::uint64_t key, std::uint64_t write) noexcept {
    return resile::hash_number(key * 0x9e3779b97f4a7c15U + write, {17, 4});
}

// One word: who wrote it, and a checksum of that and the key. All zero: a CPU's value that nobody wrote.
struct small_value {
    std::uint64_t bits = 0;

    [[nodiscard]] static small_value written_for(std::uint64_t key) noexcept {
        const std::uint64_t write = next_write() & 0xffffffffU;
        return {write << 32 | (checksum(key, write) & 0xffffffffU)};
    }
    [[nodiscard]] bool is_whole(std::uint64_t key) const noexcept {
        return bits == 0 || (bits & 0xffffffffU) == (checksum(key, bits >> 32) & 0xffffffffU);
    }
};

// Six words, each of which says the same.
struct large_value {
    std::uint64_t key = 0, write = 0;
    std::array<std::uint64_t, 4> sums{};

    [[nodiscard]] static large_value written_for(std::uint64_t key) noexcept {
        large_value value{key, next_write(), {}};
        for (std::size_t i = 0; i < value.sums.size(); ++i) value.sums[i] = checksum(key, value.write + i);
        return value;
    }
    [[nodiscard]] bool is_whole(std::uint64_t wanted) const noexcept {
        if (write == 0) return key == 0 && sums == std::array<std::uint64_t, 4>{};
        bool whole = key == wanted;
        for (std::size_t i = 0; i < sums.size(); ++i) whole = whole && sums[i] == checksum(key, write + i);
        return whole;
    }
};

}  // namespace resile_lab
