// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What is measured. The tool and the program of the peers share these words.

#include <array>
#include <cstdint>
#include <string_view>

namespace bench {

enum class mix : unsigned { section, lookup, update, insert, churn, counter, upsert };

struct mix_text {
    mix what;
    const char* family;  // whose: lock or map
    const char* word;    // as on the command line
    const char* meaning;
};

inline constexpr std::array all_mixes{
    mix_text{mix::section, "lock", "section", "lock, add 1 to a number, unlock; one lock for all threads"},
    mix_text{mix::lookup, "map", "lookup", "random keys of a full map, all there"},
    mix_text{mix::update, "map", "update", "a new value for random keys of a full map"},
    mix_text{mix::insert, "map", "insert", "keys never seen before into a full map: each evicts another"},
    mix_text{mix::churn, "map", "churn", "random keys, twice as many as fit; looked up, inserted on a miss"},
    mix_text{mix::counter, "map", "counter", "find the entry, add 1 to its value where it is; 16 hot keys"},
    mix_text{mix::upsert, "map", "upsert", "add 1 to the value, or insert it, in one step; 16 hot keys"}};

constexpr const mix_text& text_of(mix what) noexcept {
    return all_mixes[static_cast<unsigned>(what)];
}
constexpr const mix_text* find_mix(std::string_view word) noexcept {
    for (const mix_text& one : all_mixes)
        if (one.word == word) return &one;
    return nullptr;
}

}  // namespace bench
