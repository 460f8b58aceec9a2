// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#ifdef RESILE_HAVE_TBB
#define TBB_PREVIEW_CONCURRENT_LRU_CACHE 1
#include "bench/map_peers/map_subject.hpp"

#include <tbb/concurrent_lru_cache.h>

#include <atomic>

namespace bench {

// It has one operation: a handle on the value of a key, made by a function if it is not there. It keeps as
// many unused ones as it was told. There is no lookup that can miss.
class tbb_lru_cache {
  public:
    static constexpr const char* name = "tbb::concurrent_lru_cache";
    explicit tbb_lru_cache(std::size_t entries) : cache_(made, entries) {}

    bool lookup(std::uint64_t key, std::uint64_t& value) {
        auto entry = cache_[key];
        value = entry.value();
        return (value & made_now) == 0;
    }
    void update(std::uint64_t key, std::uint64_t value) {
        auto entry = cache_[key];
        std::atomic_ref(entry.value()).store(value & ~made_now, std::memory_order_relaxed);
    }
    void insert(std::uint64_t key, std::uint64_t value) { update(key, value); }
    bool lookup_or_insert(std::uint64_t key, std::uint64_t value) {
        auto entry = cache_[key];
        const std::atomic_ref its(entry.value());
        if ((its.load(std::memory_order_relaxed) & made_now) == 0) return true;
        its.store(value & ~made_now, std::memory_order_relaxed);
        return false;
    }
    void count(std::uint64_t key) { count_or_insert(key); }
    void count_or_insert(std::uint64_t key) {
        auto entry = cache_[key];
        std::atomic_ref(entry.value()).fetch_add(1, std::memory_order_relaxed);
    }

  private:
    // By this bit a caller knows that its own lookup made the value.
    static constexpr std::uint64_t made_now = std::uint64_t{1} << 63;
    static std::uint64_t made(std::uint64_t) { return made_now; }
    tbb::concurrent_lru_cache<std::uint64_t, std::uint64_t> cache_;
};

}  // namespace bench
#endif
