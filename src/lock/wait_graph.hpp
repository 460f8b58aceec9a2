// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Who waits for whom: is the wait that a context has just published one that can never end?

#include <resile/detail/slot_record.hpp>
#include <resile/lock_verdict.hpp>

#include <cstddef>
#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail {

enum class walk_result : std::uint8_t {
    no_cycle,  // nobody in the graph waits for a lock of this slot
    cycle,     // the wait cannot end, and the cycle existed while the caller waited
    unknown,   // the walk could not be finished: look again later
};

// A cycle, as many edges of it as there is room for, starting with the caller's.
struct found_cycle {
    static constexpr std::size_t room = 16;
    wait_edge edges[room];
    std::size_t shown = 0;
    std::size_t length = 0;
};

// Walks from `lock`, for which `me` has published a wait. Any context. Reads only; never faults, even if
// locks that others wait for are unmapped meanwhile.
[[nodiscard]] walk_result find_cycle(owner_id me, const platform::atomic<std::uint32_t>& lock,
                                     found_cycle& cycle) noexcept;

// What a report says of a context.
[[nodiscard]] context_id describe(owner_id owner) noexcept;

}  // namespace resile::inline RESILE_PLATFORM::detail
