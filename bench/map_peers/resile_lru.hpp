// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <resile/lru_map.hpp>

#include "bench/map_peers/map_subject.hpp"

#include <atomic>
#include <cstdlib>

namespace bench {

struct resile_lru {
    static constexpr const char* name = "resile::lru_map";
    explicit resile_lru(std::size_t entries) : map_(entries) {}

    bool lookup(std::uint64_t key, std::uint64_t& value) noexcept {
        const auto found = map_.get(key);
        if (found) value = *found;
        return found.has_value();
    }
    void update(std::uint64_t key, std::uint64_t value) noexcept { must(map_.put(key, value)); }
    void insert(std::uint64_t key, std::uint64_t value) noexcept { must(map_.put(key, value)); }
    bool lookup_or_insert(std::uint64_t key, std::uint64_t value) noexcept {
        const auto now = map_.get_or_insert(key, value);
        if (!now) std::abort();  // nothing here is pinned
        keep(*now);
        return *now != value;
    }
    void count(std::uint64_t key) noexcept {
        const auto entry = map_.find(key);
        if (!entry) std::abort();  // hot keys are never the victim
        std::atomic_ref(entry.value()).fetch_add(1, std::memory_order_relaxed);
    }
    void count_or_insert(std::uint64_t key) noexcept {
        must(map_.upsert(key, 1, [](std::uint64_t& value) { ++value; }));
    }

  private:
    static void must(resile::put_result result) noexcept {
        if (result == resile::put_result::no_memory) std::abort();  // nothing here is pinned
    }
    resile::lru_map<std::uint64_t, std::uint64_t> map_;
};

}  // namespace bench
