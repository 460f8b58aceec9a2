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

// For contexts without a block of their own.
void count_in_common(const node_table&, event what, word times) noexcept;

inline void count(const node_table& table, event what, word times = 1) noexcept {
    // relaxed: this thread's own, all three
    const slot_record* record = this_record.load(std::memory_order_relaxed);
    if (record != nullptr) [[likely]] {
        const unsigned slot = owner_id(record->identity.load(std::memory_order_relaxed)).slot();
        const std::size_t depth = record->interrupt_depth.load(std::memory_order_relaxed);
        if (slot < own_counter_blocks) [[likely]] {
            auto& counts = table.counters(slot).counts[depth < depths ? depth : depths - 1];
            platform::add_private(counts[static_cast<std::size_t>(what)], times);
            return;
        }
    }
    count_in_common(table, what, times);
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
