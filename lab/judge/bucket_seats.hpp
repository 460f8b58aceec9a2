// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Maps whose buckets have no open seat, or one, instead of eight, so that small ones have chains, too. The
// product knows nothing of them: `open_seats` is specialised for rules that only the lab uses.

#include <resile/lru_map.hpp>

#include <cstdint>
#include <functional>

namespace resile_lab {

// Equality as always.
struct chained : std::equal_to<std::uint64_t> {};  // all entries stand in chains
struct crowded : std::equal_to<std::uint64_t> {};  // all but the first of a bucket

}  // namespace resile_lab

namespace resile::inline RESILE_PLATFORM::detail::lru {

template <class Value>
inline constexpr unsigned open_seats<typed_rules<std::uint64_t, Value, resile_lab::chained>> = 0;
template <class Value>
inline constexpr unsigned open_seats<typed_rules<std::uint64_t, Value, resile_lab::crowded>> = 1;

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
