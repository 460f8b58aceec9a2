// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The prepared states of a small LRU map: how full it is, and which keys the operations use. Named
// FILL/KEYS, "full/bucket".

#include <resile/lru_options.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace resile_lab {

enum class special : std::uint8_t {
    none,
    dying,      // an insertion below has ended its victim's life, and nothing else yet
    elsewhere,  // all free nodes are in another CPU's pool
    handled,    // there was a handle once; where there was none, the first may come in the middle of a call
};

struct fill {
    const char* name;
    std::size_t capacity, entries;
    bool all_used = false;
    special what = special::none;
};
inline constexpr fill fills[] = {
    {"empty", 4, 0},
    {"one", 4, 1},
    {"room", 4, 3},
    {"single", 1, 1},
    {"full", 3, 3},
    {"used", 3, 3, true},
    {"dying", 3, 3, false, special::dying},
    {"elsewhere", 4, 2, false, special::elsewhere},
    {"handled", 1, 1, false, special::handled},
};

// What the interrupted operation's key has to do with the interrupting one's. Those of one bucket share it
// with a third entry where there are that many.
struct key_relation {
    const char* name;
    bool same_key, same_bucket, first_present, second_present;
};
inline constexpr key_relation key_relations[] = {
    {"same", true, true, true, true},            // one key, present
    {"absent", true, true, false, false},        // one key, absent
    {"bucket", false, true, true, true},         // two present keys of one bucket
    {"bucket-new", false, true, true, false},    // the second is absent
    {"new-bucket", false, true, false, true},    // the first is absent
    {"bucket-news", false, true, false, false},  // both are absent
    {"apart", false, false, true, true},         // two present keys of two buckets
    {"news-apart", false, false, false, false},  // two absent ones
};

// A state, with keys chosen for it.
struct scene {
    const fill* full;
    const key_relation* related;
    std::uint64_t first_key, second_key;
    std::vector<std::uint64_t> present;  // keys, in the order of insertion
    std::uint64_t outer_key;             // of what is under way below
    std::uint64_t spare_key;             // first of many that are used for nothing else
};

[[nodiscard]] inline bool is_possible(const fill& full, const key_relation& related) {
    const std::size_t wanted =
        (related.first_present ? 1U : 0U) + (related.second_present && !related.same_key ? 1U : 0U);
    // The victim below must be a third one.
    return wanted + (full.what == special::dying ? 1U : 0U) <= full.entries;
}

// Every scene of a map that is made with these options; `elsewhere` only where there is another CPU.
[[nodiscard]] std::vector<scene> scenes_of(const resile::lru_options&);
// The CPUs that this process might use when it first asked; later it may have bound itself to one of them.
[[nodiscard]] const std::vector<int>& machine_cpus();
[[nodiscard]] inline std::string name_of(const scene& one) {
    return std::string(one.full->name) + "/" + one.related->name;
}

}  // namespace resile_lab
