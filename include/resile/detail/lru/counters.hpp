// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What happened to a map, told apart by the depth of the context. The first 64 slots have shares of their
// own, which only their thread writes, by one unlocked instruction; later ones have one in common.

#include <resile/detail/lru/node_table.hpp>
#include <resile/detail/slot_record.hpp>

#include <array>

namespace resile::inline RESILE_PLATFORM::detail::lru {

using event_counts = std::array<std::array<word, events>, depths>;

// For contexts without a share of their own.
void count_in_common(const node_table&, event what, word times) noexcept;

inline void count(const node_table& table, event what, word times = 1) noexcept {
    // relaxed: this thread's own, all three
    const slot_record* record = this_record.load(std::memory_order_relaxed);
    if (record != nullptr) [[likely]] {
        const unsigned slot = owner_id(record->identity.load(std::memory_order_relaxed)).slot();
        const std::size_t depth = record->interrupt_depth.load(std::memory_order_relaxed);
        if (slot < own_slot_shares) [[likely]] {
            auto& counts = table.share_of_slot(slot).counts[depth < depths ? depth : depths - 1];
            platform::add_private(counts[static_cast<std::size_t>(what)], times);
            return;
        }
    }
    count_in_common(table, what, times);
}

// A sum of snapshots.
[[nodiscard]] inline event_counts counts_of(const node_table& table) noexcept {
    event_counts sum{};
    for (std::size_t slot = 0; slot <= own_slot_shares; ++slot)
        for (std::size_t depth = 0; depth < depths; ++depth)
            for (std::size_t what = 0; what < events; ++what)
                // relaxed: statistics
                sum[depth][what] +=
                    table.share_of_slot(slot).counts[depth][what].load(std::memory_order_relaxed);
    return sum;
}

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
