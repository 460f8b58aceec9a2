// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Maps whose buckets have no open seat, or one, instead of eight, so that small ones have chains, too. The
// product knows nothing of them: explicit specialisations of one member function, for rules that only the lab
// uses.

#include "lab/history/numbered_values.hpp"

#include <resile/lru_map.hpp>

#include <cstdint>
#include <functional>

namespace resile_lab {

// Equality as always.
struct chained : std::equal_to<std::uint64_t> {};  // all entries stand in chains
struct crowded : std::equal_to<std::uint64_t> {};  // all but the first of a bucket

template <class Values, class Equal>
using rules_with = resile::detail::lru::typed_rules<std::uint64_t, typename Values::type, Equal>;

}  // namespace resile_lab

namespace resile::inline RESILE_PLATFORM::detail::lru {

template <>
constexpr unsigned
buckets<resile_lab::rules_with<resile_lab::one_word, resile_lab::chained>>::open_seats() noexcept {
    return 0;
}
template <>
constexpr unsigned
buckets<resile_lab::rules_with<resile_lab::two_words, resile_lab::chained>>::open_seats() noexcept {
    return 0;
}
template <>
constexpr unsigned
buckets<resile_lab::rules_with<resile_lab::five_words, resile_lab::chained>>::open_seats() noexcept {
    return 0;
}
template <>
constexpr unsigned
buckets<resile_lab::rules_with<resile_lab::two_words, resile_lab::crowded>>::open_seats() noexcept {
    return 1;
}
template <>
constexpr unsigned
buckets<resile_lab::rules_with<resile_lab::five_words, resile_lab::crowded>>::open_seats() noexcept {
    return 1;
}

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
