// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A subject of any type with some of these operations, on 64-bit keys and values; what it lacks, it cannot
// do:
//
//   bool lookup(key, value&)   update(key, value)   insert(key, value)   bool lookup_or_insert(key, value)
//   count(key)   count_or_insert(key)   make_counter(key)
//
// insert fills the map, too. make_counter: only where a counter is not just a value.

#include "bench/subject.hpp"

#include <cstddef>

namespace bench {

template <class Map>
class looped_map final : public subject {
  public:
    explicit looped_map(std::uint64_t entries) : map_(static_cast<std::size_t>(entries)) {}

    [[nodiscard]] std::string why_not(mix what) const override {
        const bool can = [&] {
            switch (what) {
                case mix::lookup:
                    return has_lookup;
                case mix::update:
                    return has_update;
                case mix::counter:
                    return has_count;
                case mix::upsert:
                    return has_count_or_insert;
                case mix::churn:
                    return has_lookup_or_insert;
                default:
                    return what == mix::insert;
            }
        }();
        return can ? "" : "it has no such operation";
    }
    [[nodiscard]] bool is_for_handlers() const noexcept override {
        return requires {
            Map::is_for_handlers;
        };
    }

    void prepare(mix what, std::uint64_t entries) override {
        for (std::uint64_t n = 0; n < entries; ++n) map_.insert(nth_key(n), n);
        if (what != mix::counter && what != mix::upsert) return;
        for (std::uint64_t n = 0; n < hot_keys; ++n) {
            if constexpr (requires(Map & map) { map.make_counter(n); })
                map_.make_counter(nth_key(n));
            else
                map_.insert(nth_key(n), 0);
        }
    }

    void run(mix what, key_source& source, batch& done) override {
        key_source keys = source;  // in registers
        switch (what) {
            case mix::lookup:
                if constexpr (has_lookup)
                    repeat(done, [&] {
                        std::uint64_t value = 0;
                        const bool found = map_.lookup(keys.random(), value);
                        keep(value);
                        return found;
                    });
                break;
            case mix::update:
                if constexpr (has_update)
                    repeat(done, [&] { return map_.update(keys.random(), keys.state), true; });
                break;
            case mix::counter:
                if constexpr (has_count) repeat(done, [&] { return map_.count(keys.random()), true; });
                break;
            case mix::upsert:
                if constexpr (has_count_or_insert)
                    repeat(done, [&] { return map_.count_or_insert(keys.random()), true; });
                break;
            case mix::churn:
                if constexpr (has_lookup_or_insert)
                    repeat(done, [&] { return map_.lookup_or_insert(keys.random(), keys.state); });
                break;
            default:
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

    Map map_;
};

}  // namespace bench
