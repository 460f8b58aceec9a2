// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "bench/peers/every_peer.hpp"

#ifdef RESILE_HAVE_TBB
#define TBB_PREVIEW_CONCURRENT_LRU_CACHE 1
#include "bench/looped_lock.hpp"
#include "bench/looped_map.hpp"

#include <tbb/concurrent_lru_cache.h>
#include <tbb/queuing_mutex.h>
#include <tbb/spin_mutex.h>
#include <tbb/version.h>

#include <atomic>
#endif

namespace bench {
#ifdef RESILE_HAVE_TBB
namespace {

// A strict queue (MCS). Its place in line is a thread's own; one per thread is enough here.
struct queuing_mutex {
    void lock() { place().acquire(lock_); }
    void unlock() { place().release(); }

  private:
    static tbb::queuing_mutex::scoped_lock& place() {
        thread_local tbb::queuing_mutex::scoped_lock mine;
        return mine;
    }
    tbb::queuing_mutex lock_;
};

// It has one operation: a handle on the value of a key, made by a function if it is not there. It keeps as
// many unused ones as it was told. There is no lookup that can miss.
class tbb_lru_cache {
  public:
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

}  // namespace
#endif

void add_peers_of_tbb(std::vector<peer>& all) {
    peer spin{.family = "lock", .word = "tbb-spin", .name = "tbb::spin_mutex", .library = "oneTBB"};
    peer queuing{.family = "lock", .word = "tbb-queuing", .name = "tbb::queuing_mutex", .library = "oneTBB"};
    peer cache{.family = "map", .word = "tbb", .name = "tbb::concurrent_lru_cache", .library = "oneTBB"};
    for (peer* one : {&spin, &queuing, &cache}) {
#ifdef RESILE_HAVE_TBB
        one->library = std::string("oneTBB ") + TBB_VERSION_STRING;
#else
        not_built_in(*one, "libtbb-dev");
#endif
    }
#ifdef RESILE_HAVE_TBB
    spin.make = make_subject<looped_lock<tbb::spin_mutex>>;
    queuing.make = make_subject<looped_lock<queuing_mutex>>;
    cache.make = make_subject<looped_map<tbb_lru_cache>>;
#endif
    all.insert(all.end(), {spin, queuing, cache});
}

}  // namespace bench
