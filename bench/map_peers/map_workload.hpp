// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What is measured, and the keys it is measured on. The n-th key is n times an odd constant: spread over 64
// bits, so that a hash that returns its argument finds nothing that fits.

#include <array>
#include <cstdint>

namespace bench {

enum class workload : unsigned { lookup, update, count, count_or_insert, lookup_or_insert, insert };

// In the order in which they run: the first four leave the map's keys as they are.
inline constexpr std::array all_workloads{
    workload::lookup,          workload::update,           workload::count,
    workload::count_or_insert, workload::lookup_or_insert, workload::insert};

constexpr const char* name_of(workload what) noexcept {
    constexpr std::array names{"lookup hit",          "update",           "count in place, 16",
                               "count by upsert, 16", "lookup or insert", "insert and evict"};
    return names[static_cast<unsigned>(what)];
}
constexpr const char* meaning_of(workload what) noexcept {
    constexpr std::array meanings{"random keys of a full map",
                                  "a new value for random keys of a full map",
                                  "find the entry and add 1 to the value where it is, 16 hot keys",
                                  "add 1 to the value, or insert it, 16 hot keys",
                                  "random keys, twice as many as fit",
                                  "keys never seen before, counting up; each evicts another"};
    return meanings[static_cast<unsigned>(what)];
}
// Whether the share of keys that were found says something.
constexpr bool finds_keys(workload what) noexcept {
    return what == workload::lookup || what == workload::lookup_or_insert;
}

inline constexpr std::uint64_t hot_keys = 16;
inline constexpr std::uint64_t key_spread = 0x9e3779b97f4a7c15;  // odd: no two keys become one

constexpr std::uint64_t nth_key(std::uint64_t n) noexcept {
    return n * key_spread;
}
// How many different keys a workload draws from.
constexpr std::uint64_t key_range(workload what, std::uint64_t entries) noexcept {
    switch (what) {
        case workload::count:
        case workload::count_or_insert:
            return hot_keys;
        case workload::lookup_or_insert:
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

    std::uint64_t random() noexcept {  // xorshift64, Marsaglia 2003
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return nth_key(((state >> 32) * range) >> 32);
    }
    std::uint64_t counted() noexcept { return nth_key(++state); }
};

}  // namespace bench
