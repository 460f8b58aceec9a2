// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What happened to a map, told apart by the depth of the context. The first 64 slots have blocks of their
// own, which only their thread writes, by one unlocked instruction; later ones share a block.

#include <resile/detail/lru/node_table.hpp>
#include <resile/detail/slot_record.hpp>

#include <array>

namespace resile::inline RESILE_PLATFORM::detail::lru {

using event_counts = std::array<std::array<word, events>, depths>;

inline void count(const node_table& table, event what, word times = 1) noexcept {
    const slot_record* record = own_record();
    std::size_t block = own_counter_blocks, depth = 0;
    if (record != nullptr) {
        // relaxed: this thread's own
        const owner_id me(record->identity.load(std::memory_order_relaxed));
        if (me.slot() < own_counter_blocks) block = me.slot();
        depth = record->interrupt_depth.load(std::memory_order_relaxed);  // relaxed: same
        if (depth >= depths) depth = depths - 1;
    }
    atomic_word& counter = table.counters(block).counts[depth][static_cast<std::size_t>(what)];
    if (block < own_counter_blocks)
        platform::add_private(counter, times);
    else
        counter.fetch_add(times, std::memory_order_relaxed);  // n -> n + times, relaxed: a statistic
}

// A sum of snapshots.
[[nodiscard]] inline event_counts counts_of(const node_table& table) noexcept {
    event_counts sum{};
    for (std::size_t block = 0; block <= own_counter_blocks; ++block)
        for (std::size_t depth = 0; depth < depths; ++depth)
            for (std::size_t what = 0; what < events; ++what)
                // relaxed: statistics
                sum[depth][what] += table.counters(block).counts[depth][what].load(std::memory_order_relaxed);
    return sum;
}

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
