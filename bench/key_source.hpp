// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The keys that maps are measured on: numbers scrambled one to one, so that they look random to any hash.
// Not just multiplied: multiples of one number, taken modulo a number of buckets, spread evenly. A hash that
// returns its argument then finds a bucket of its own for each key, as no real keys do, and a mutex with such
// a hash table inserts in a fifth of the time.

#include "bench/mix.hpp"

#include <cstdint>

namespace bench {

inline constexpr std::uint64_t hot_keys = 16;
inline constexpr std::uint64_t key_spread = 0x9e3779b97f4a7c15;  // odd: no two keys become one

inline constexpr std::uint64_t key_scramble = 0xd6e8feb86659fd93;  // odd, too
inline constexpr int key_fold = 32;

constexpr std::uint64_t nth_key(std::uint64_t n) noexcept {
    const std::uint64_t spread = n * key_spread;
    const std::uint64_t scrambled = (spread ^ spread >> key_fold) * key_scramble;
    return scrambled ^ scrambled >> key_fold;
}
// How many different keys a mix draws from.
constexpr std::uint64_t key_range(mix what, std::uint64_t entries) noexcept {
    switch (what) {
        case mix::counter:
        case mix::upsert:
            return hot_keys;
        case mix::churn:
            return 2 * entries;
        default:
            return entries;
    }
}

// One thread's keys. `state` is the generator's, or the last number given out; programs in the kernel go on
// from it.
struct key_source {
    std::uint64_t state;
    std::uint64_t range;

    // The n-th source: no two draw the same keys, nor insert them.
    static constexpr key_source nth(std::uint64_t n, mix what, std::uint64_t entries) noexcept {
        return {what == mix::insert ? n << 33 : nth_key(n), key_range(what, entries)};
    }
    std::uint64_t random() noexcept {  // xorshift64, Marsaglia 2003
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return nth_key(((state >> 32) * range) >> 32);
    }
    std::uint64_t counted() noexcept { return nth_key(++state); }
};

}  // namespace bench
