// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What all others are compared with.

#include "bench/looped_lock.hpp"
#include "bench/looped_map.hpp"
#include "bench/peers/every_peer.hpp"

#include <resile/lru_map.hpp>
#include <resile/spinlock.hpp>
#include <resile/version.hpp>

#include <atomic>
#include <cstdlib>

namespace bench {
namespace {

struct resile_spinlock {
    static constexpr bool is_for_handlers = true;
    // False only in a handler that has interrupted the owner: there it would wait for itself.
    bool lock() noexcept { return lock_.lock() == resile::lock_result::acquired; }
    void unlock() noexcept { lock_.unlock(); }

  private:
    resile::spinlock lock_;
};

struct resile_lru {
    static constexpr bool is_for_handlers = true;
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

std::string this_version() {
    return "resile " + std::to_string(RESILE_VERSION / 10000) + "." +
           std::to_string(RESILE_VERSION / 100 % 100) + "." + std::to_string(RESILE_VERSION % 100);
}

}  // namespace

void add_peers_of_resile(std::vector<peer>& all) {
    all.push_back({.family = "lock",
                   .word = "resile",
                   .name = "resile::spinlock",
                   .library = this_version(),
                   .make = make_subject<looped_lock<resile_spinlock>>});
    all.push_back({.family = "map",
                   .word = "resile",
                   .name = "resile::lru_map",
                   .library = this_version(),
                   .make = make_subject<looped_map<resile_lru>>});
}

}  // namespace bench
