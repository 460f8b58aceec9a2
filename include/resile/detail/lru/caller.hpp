// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Who calls: what an operation wants to know of its context, asked once. A handler that comes between asks
// for itself.

#include <resile/detail/lru/node_table.hpp>
#include <resile/detail/slot_record.hpp>

namespace resile::inline RESILE_PLATFORM::detail::lru {

struct caller {
    unsigned cpu;  // a hint: the thread may move, and is then in another CPU's way
    cpu_share* share;
    event_row* row;                       // where it counts; null: together with others
    platform::atomic<node_index>* spare;  // where its thread keeps a free node; null: nowhere
};

// null: together with others.
[[nodiscard, gnu::always_inline]] inline event_row* row_of(const node_table& table,
                                                           std::size_t number) noexcept {
    return number < table.own_rows() ? &table.row(number) : nullptr;
}

// A thread whose slot somebody had before finds the node that he left.
[[nodiscard, gnu::always_inline]] inline caller caller_of(const node_table& table) noexcept {
    const unsigned cpu = platform::current_cpu_hint();
    const slot_record* record = own_record();
    if (record == nullptr) [[unlikely]]
        return {cpu, &table.share_of_cpu(cpu), nullptr, nullptr};
    // relaxed: this thread's own
    const std::size_t number = record->counting_row.load(std::memory_order_relaxed);
    const std::size_t slot = number / depths;
    return {cpu, &table.share_of_cpu(cpu), row_of(table, number),
            slot < table.size().spares ? &table.spare_of_slot(slot) : nullptr};
}

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
