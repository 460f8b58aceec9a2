// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/map_peers/map_subject.hpp"

namespace bench {

// No map: what loop and keys cost, which is in every other number.
struct loop_alone {
    static constexpr const char* name = "loop alone";
    explicit loop_alone(std::size_t) {}

    bool lookup(std::uint64_t key, std::uint64_t&) noexcept { return keep(key), false; }
    void update(std::uint64_t key, std::uint64_t) noexcept { keep(key); }
    void insert(std::uint64_t key, std::uint64_t) noexcept { keep(key); }
    bool lookup_or_insert(std::uint64_t key, std::uint64_t) noexcept { return keep(key), false; }
    void count(std::uint64_t key) noexcept { keep(key); }
    void count_or_insert(std::uint64_t key) noexcept { keep(key); }
};

}  // namespace bench
