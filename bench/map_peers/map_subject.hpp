// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// One map under measurement. Most are a type with some of these operations, on 64-bit keys and values; what
// it lacks, it cannot do:
//
//   bool lookup(key, value&)   update(key, value)   insert(key, value)   bool lookup_or_insert(key, value)
//   count(key)   count_or_insert(key)   make_counter(key)
//
// insert fills the map, too. make_counter: only where a counter is not just a value.

#include "bench/map_peers/map_workload.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bench {

struct tally {
    std::uint64_t operations = 0;
    std::uint64_t hits = 0;
    std::uint64_t ns = 0;
};

class map_subject {
  public:
    map_subject() = default;
    map_subject(const map_subject&) = delete;
    map_subject& operator=(const map_subject&) = delete;
    virtual ~map_subject() = default;

    [[nodiscard]] virtual bool can(workload what) const noexcept = 0;
    // The keys 0 .. entries-1.
    virtual void fill(std::uint64_t entries) = 0;
    // The hot keys are there, with a number to count in.
    virtual void make_counters() = 0;
    // Some thousand operations, by any number of threads at a time.
    virtual void run(workload what, key_source& keys, tally& done) = 0;
};

template <class T>
inline void keep(const T& what) noexcept {
    asm volatile("" : : "r"(what) : "memory");  // for all the compiler knows, somebody reads it
}

template <class Map>
class looped_map final : public map_subject {
  public:
    explicit looped_map(std::uint64_t entries) : map_(static_cast<std::size_t>(entries)) {}

    [[nodiscard]] bool can(workload what) const noexcept override {
        switch (what) {
            case workload::lookup:
                return has_lookup;
            case workload::update:
                return has_update;
            case workload::count:
                return has_count;
            case workload::count_or_insert:
                return has_count_or_insert;
            case workload::lookup_or_insert:
                return has_lookup_or_insert;
            case workload::insert:
                return true;
        }
        return false;
    }

    void fill(std::uint64_t entries) override {
        for (std::uint64_t n = 0; n < entries; ++n) map_.insert(nth_key(n), n);
    }

    void make_counters() override {
        for (std::uint64_t n = 0; n < hot_keys; ++n) {
            if constexpr (requires(Map & map) { map.make_counter(n); })
                map_.make_counter(nth_key(n));
            else
                map_.insert(nth_key(n), 0);
        }
    }

    void run(workload what, key_source& source, tally& done) override {
        key_source keys = source;  // in registers
        switch (what) {
            case workload::lookup:
                if constexpr (has_lookup)
                    repeat(done, [&] {
                        std::uint64_t value = 0;
                        const bool found = map_.lookup(keys.random(), value);
                        keep(value);
                        return found;
                    });
                break;
            case workload::update:
                if constexpr (has_update)
                    repeat(done, [&] { return map_.update(keys.random(), keys.state), true; });
                break;
            case workload::count:
                if constexpr (has_count) repeat(done, [&] { return map_.count(keys.random()), true; });
                break;
            case workload::count_or_insert:
                if constexpr (has_count_or_insert)
                    repeat(done, [&] { return map_.count_or_insert(keys.random()), true; });
                break;
            case workload::lookup_or_insert:
                if constexpr (has_lookup_or_insert)
                    repeat(done, [&] { return map_.lookup_or_insert(keys.random(), keys.state); });
                break;
            case workload::insert:
                repeat(done, [&] { return map_.insert(keys.counted(), keys.state), true; });
                break;
        }
        source = keys;
    }

  private:
    using number = std::uint64_t;
    static constexpr bool has_lookup = requires(Map & map, number k, number& v) { map.lookup(k, v); };
    static constexpr bool has_update = requires(Map & map, number k) { map.update(k, k); };
    static constexpr bool has_count = requires(Map & map, number k) { map.count(k); };
    static constexpr bool has_count_or_insert = requires(Map & map, number k) { map.count_or_insert(k); };
    static constexpr bool has_lookup_or_insert = requires(Map & map, number k) {
        map.lookup_or_insert(k, k);
    };

    template <class Operation>
    static void repeat(tally& done, Operation&& once) {
        constexpr std::uint64_t operations = 4096;  // beside which a look at the clock is nothing
        std::uint64_t hits = 0;
        const auto start = std::chrono::steady_clock::now();
        for (std::uint64_t i = 0; i < operations; ++i) hits += once() ? 1U : 0U;
        const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - start;
        done.ns += static_cast<std::uint64_t>(took.count());
        done.hits += hits;
        done.operations += operations;
    }

    Map map_;
};

}  // namespace bench
