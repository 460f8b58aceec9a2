// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What all LRU maps of resile have in common: how they are made, and what they tell about themselves.

#include <resile/detail/lru/whole_table.hpp>
#include <resile/hash.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace resile::inline RESILE_PLATFORM {

// Called with each entry that had to go for want of room, in the context whose insertion needed it, after the
// entry has left the map; so it must be async-signal-safe. It may use the map. Of per-CPU maps, `value` is
// null.
using eviction_hook = void (*)(void* context, const void* key, const void* value) noexcept;

struct lru_options {
    recency order = recency::shared;
    // Contexts (threads, and handlers on top of them) that may be inside writing operations of the map at a
    // time, those that were interrupted or preempted there included. Costs one node each. Beyond it the map
    // still works, but a replacement may have to evict.
    std::size_t contexts = 256;
    // 0: random. Otherwise the map behaves the same in each run; whoever chooses keys should not know it.
    std::uint64_t seed = 0;
    bool huge_pages = true;  // a wish
    eviction_hook on_eviction = nullptr;
    void* eviction_context = nullptr;
};

// What happened at one depth of contexts (interrupt_scope), or at all.
struct lru_counts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t insertions = 0;
    std::uint64_t replacements = 0;  // values written over
    std::uint64_t evictions = 0;     // for want of room
    std::uint64_t erasures = 0;      // erase, take, clear
    std::uint64_t retries = 0;       // searches made again because another context came between
    std::uint64_t no_memory = 0;

    lru_counts& operator+=(const lru_counts& other) noexcept;
};

struct map_stats {
    std::array<lru_counts, detail::lru::depths> by_depth;  // 0: the task, 1, 2, 3 and more: handlers
    [[nodiscard]] lru_counts total() const noexcept;
};

namespace detail::lru {

// Checks what a map is asked for. Throws std::invalid_argument (0 entries, a key of no bytes) or
// std::length_error (more than fits), naming the culprit and the limit.
[[nodiscard]] dimensions plan_map(std::size_t max_entries, const node_shape& shape, const lru_options&);
[[nodiscard]] hash_seed seed_for(const lru_options&) noexcept;
[[nodiscard]] map_stats statistics_of(const node_table&) noexcept;

}  // namespace detail::lru

}  // namespace resile::inline RESILE_PLATFORM
