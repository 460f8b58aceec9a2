// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/map_peers/kernel_lru_hash.hpp"
#include "bench/map_peers/loop_alone.hpp"
#include "bench/map_peers/mutex_lru.hpp"
#include "bench/map_peers/resile_lru.hpp"
#include "bench/map_peers/rocksdb_cache.hpp"
#include "bench/map_peers/tbb_lru_cache.hpp"

#include <memory>
#include <string>
#include <vector>

namespace bench {

struct map_maker {
    std::string name;
    std::unique_ptr<map_subject> (*make)(std::uint64_t entries);
};

template <class Subject>
std::unique_ptr<map_subject> make_subject(std::uint64_t entries) {
    return std::make_unique<Subject>(entries);
}

// What is built in and may be used here; the rest goes into `missing`, with the reason.
inline std::vector<map_maker> every_map(std::vector<std::string>& missing) {
    std::vector<map_maker> all;
    const auto looped = [&]<class Map>() { all.push_back({Map::name, make_subject<looped_map<Map>>}); };
    looped.template operator()<loop_alone>();
    looped.template operator()<resile_lru>();
#ifdef RESILE_HAVE_LIBBPF
    if (const std::string reason = kernel_lru_hash::why_not(); reason.empty()) {
        all.push_back({kernel_loop_alone::name, make_subject<kernel_loop_alone>});
        all.push_back({kernel_lru_hash::name, make_subject<kernel_lru_hash>});
    } else {
        missing.push_back("the kernel's LRU_HASH: " + reason);
    }
#else
    missing.emplace_back("the kernel's LRU_HASH: built without libbpf (apt-get install libbpf-dev)");
#endif
#ifdef RESILE_HAVE_ROCKSDB
    looped.template operator()<rocksdb_clock>();
    looped.template operator()<rocksdb_lru>();
#else
    missing.emplace_back("RocksDB's caches: built without RocksDB (apt-get install librocksdb-dev)");
#endif
#ifdef RESILE_HAVE_TBB
    looped.template operator()<tbb_lru_cache>();
#else
    missing.emplace_back("tbb::concurrent_lru_cache: built without oneTBB (apt-get install libtbb-dev)");
#endif
    looped.template operator()<mutex_lru>();
    looped.template operator()<sharded_mutex_lru>();
    return all;
}

}  // namespace bench
