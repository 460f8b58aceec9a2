// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "bench/peers/every_peer.hpp"

#ifdef RESILE_HAVE_ROCKSDB
#include "bench/looped_map.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/version.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <memory>
#include <utility>
#endif

namespace bench {
#ifdef RESILE_HAVE_ROCKSDB
namespace {

// Its values are pointers. Here the value's bits travel in the pointer, so that it need not allocate them;
// for counters, it points to one of 16 numbers. Keys have 16 bytes, as its HyperClockCache demands. 16
// shards.
class rocksdb_cache {
  public:
    explicit rocksdb_cache(std::shared_ptr<rocksdb::Cache> cache) : cache_(std::move(cache)) {}

    bool lookup(std::uint64_t key, std::uint64_t& value) {
        const wide_key wide(key);
        rocksdb::Cache::Handle* const entry = cache_->Lookup(wide.bytes());
        if (entry == nullptr) return false;
        value = std::bit_cast<std::uint64_t>(cache_->Value(entry));
        cache_->Release(entry);
        return true;
    }
    void insert(std::uint64_t key, std::uint64_t value) { put(key, std::bit_cast<void*>(value)); }
    bool lookup_or_insert(std::uint64_t key, std::uint64_t value) {
        std::uint64_t present = 0;
        if (lookup(key, present)) {
            keep(present);
            return true;
        }
        insert(key, value);
        return false;
    }
    void make_counter(std::uint64_t key) {
        cache_->Erase(wide_key(key).bytes());
        put(key, &counters_[next_counter_++ % counters_.size()].number);
    }
    void count(std::uint64_t key) {
        const wide_key wide(key);
        rocksdb::Cache::Handle* const entry = cache_->Lookup(wide.bytes());
        if (entry == nullptr) std::abort();  // hot keys are never the victim
        std::atomic_ref(*static_cast<std::uint64_t*>(cache_->Value(entry)))
            .fetch_add(1, std::memory_order_relaxed);
        cache_->Release(entry);
    }

  protected:
    static constexpr int shard_bits = 4;

  private:
    struct wide_key {
        explicit wide_key(std::uint64_t key) : words{key, key} {}
        [[nodiscard]] rocksdb::Slice bytes() const {
            return {reinterpret_cast<const char*>(words.data()), sizeof(words)};
        }
        std::array<std::uint64_t, 2> words;
    };
    struct alignas(64) counter {
        std::uint64_t number = 0;
    };

    void put(std::uint64_t key, void* value) {
        const wide_key wide(key);
        if (!cache_->Insert(wide.bytes(), value, 1, nullptr).ok()) std::abort();  // its limit is not strict
    }

    std::shared_ptr<rocksdb::Cache> cache_;
    std::array<counter, hot_keys> counters_;
    std::size_t next_counter_ = 0;
};

// A clock without locks. Inserting a key that it has leaves the old value there, so it cannot update.
struct rocksdb_clock : rocksdb_cache {
    explicit rocksdb_clock(std::size_t entries)
        : rocksdb_cache(rocksdb::HyperClockCacheOptions(entries, 1, shard_bits, false, nullptr,
                                                        rocksdb::kDontChargeCacheMetadata)
                            .MakeSharedCache()) {}
};

// A list in order of use under a mutex, per shard.
struct rocksdb_lru : rocksdb_cache {
    explicit rocksdb_lru(std::size_t entries)
        : rocksdb_cache(rocksdb::NewLRUCache(entries, shard_bits, false, 0, nullptr,
                                             rocksdb::kDefaultToAdaptiveMutex,
                                             rocksdb::kDontChargeCacheMetadata)) {}
    void update(std::uint64_t key, std::uint64_t value) { insert(key, value); }
};

std::string version() {
    return "RocksDB " + std::to_string(ROCKSDB_MAJOR) + "." + std::to_string(ROCKSDB_MINOR) + "." +
           std::to_string(ROCKSDB_PATCH);
}

}  // namespace
#endif

void add_peers_of_rocksdb(std::vector<peer>& all) {
    peer clock{
        .family = "map", .word = "rocksdb-clock", .name = "RocksDB HyperClockCache", .library = "RocksDB"};
    peer lru{.family = "map", .word = "rocksdb-lru", .name = "RocksDB LRUCache", .library = "RocksDB"};
#ifdef RESILE_HAVE_ROCKSDB
    clock.library = lru.library = version();
    clock.make = make_subject<looped_map<rocksdb_clock>>;
    lru.make = make_subject<looped_map<rocksdb_lru>>;
#else
    not_built_in(clock, "librocksdb-dev");
    not_built_in(lru, "librocksdb-dev");
#endif
    all.push_back(clock);
    all.push_back(lru);
}

}  // namespace bench
