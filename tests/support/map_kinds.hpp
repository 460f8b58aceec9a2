// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Maps of numbered values whose entries stand where they rarely do: in chains.

#include "lab/judge/bucket_seats.hpp"

#include <resile/lru_map.hpp>

#include <cstdint>
#include <functional>

namespace resile_test {

// All keys in one bucket, with the same hash: eight in its seats, the others in its chain.
template <class Values>
struct in_one_bucket : Values {
    struct hash {
        std::uint64_t operator()(const std::uint64_t&) const noexcept { return 42; }
    };
};
// No open seats.
template <class Values>
struct in_chains : Values {};

template <class Values>
struct key_rules {
    using hash = resile::hash<std::uint64_t>;
    using equal = std::equal_to<std::uint64_t>;
};
template <class Values>
struct key_rules<in_one_bucket<Values>> : key_rules<Values> {
    using hash = typename in_one_bucket<Values>::hash;
};
template <class Values>
struct key_rules<in_chains<Values>> : key_rules<Values> {
    using equal = resile_lab::chained;
};

template <class Values>
using map_of = resile::lru_map<std::uint64_t, typename Values::type, typename key_rules<Values>::hash,
                               typename key_rules<Values>::equal>;

}  // namespace resile_test
