// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What happened to a map, told apart by the depth of the context. The first slots have rows of their own,
// which only their thread writes, by one unlocked instruction; later ones have rows in common.

#include <resile/detail/lru/caller.hpp>

#include <array>

namespace resile::inline RESILE_PLATFORM::detail::lru {

using event_counts = std::array<std::array<word, events>, depths>;

// For contexts without a row of their own.
void count_in_common(const node_table&, event what, word times) noexcept;

// Forced, both: g++ would call them from where a map has many operations, 9 instructions more for each.
// `own`: the context's row.
[[gnu::always_inline]] inline void count(const node_table& table, event_row* own, event what,
                                         word times = 1) noexcept {
    if (own != nullptr) [[likely]]
        platform::add_private(own->counts[static_cast<std::size_t>(what)], times);
    else
        count_in_common(table, what, times);
}
[[gnu::always_inline]] inline void count(const node_table& table, event what, word times = 1) noexcept {
    // relaxed: this thread's own, both
    const slot_record* record = this_record.load(std::memory_order_relaxed);
    event_row* own = nullptr;
    if (record != nullptr) [[likely]]
        own = row_of(table, record->counting_row.load(std::memory_order_relaxed));
    count(table, own, what, times);
}

// A sum of snapshots.
[[nodiscard]] inline event_counts counts_of(const node_table& table) noexcept {
    event_counts sum{};
    for (std::size_t row = 0; row < table.own_rows() + depths; ++row)
        for (std::size_t what = 0; what < events; ++what)
            // relaxed: statistics
            sum[row % depths][what] += table.row(row).counts[what].load(std::memory_order_relaxed);
    return sum;
}

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
