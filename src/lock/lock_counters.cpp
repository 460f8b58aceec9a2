// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Sums what the slots have counted. Counters are written by their own thread without a lock prefix, and never
// reset: a slot's next life goes on counting.

#include "context/slot_table.hpp"

#include <resile/lock_statistics.hpp>

namespace resile::inline RESILE_PLATFORM {

lock_stats lock_statistics() noexcept {
    lock_stats sum;
    for (unsigned slot = 0; slot < detail::slots_ever_used(); ++slot) {
        const detail::slot_record& record = detail::record_of(slot);
        for (std::size_t depth = 0; depth < detail::counted_depths; ++depth) {
            lock_stats::counts& to = sum.depth[depth];
            const auto events = [&](detail::lock_event event) {
                // relaxed: a statistic
                return record.events[depth][static_cast<std::size_t>(event)].load(std::memory_order_relaxed);
            };
            to.acquired += record.acquired[depth].load(std::memory_order_relaxed);  // relaxed: a statistic
            to.contended += events(detail::lock_event::contended);
            to.deadlock += events(detail::lock_event::deadlock);
            to.timed_out += events(detail::lock_event::timed_out);
            to.too_deep += events(detail::lock_event::too_deep);
            to.parked += events(detail::lock_event::parked);
            to.late_wake += events(detail::lock_event::late_wake);
            to.yielded_to_long += events(detail::lock_event::yielded_to_long);
        }
    }
    sum.no_slot = detail::no_slot_count();
    return sum;
}

}  // namespace resile::inline RESILE_PLATFORM
