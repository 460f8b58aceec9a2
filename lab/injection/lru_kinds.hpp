// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The maps that the explorer knows, behind one face: operations as data, contents as numbers.

#include "lab/injection/byte_map_face.hpp"
#include "lab/injection/sequential_map.hpp"

#include <resile/percpu_lru_map.hpp>

#include <cstddef>
#include <vector>

namespace resile_lab {

// resile::lru_map.
template <class Values, class Map = resile::lru_map<std::uint64_t, typename Values::type>>
struct plain_kind {
    static constexpr bool walks_anywhere = true;  // for_each, in any context
    static constexpr bool has_handles = true;
    using map_type = Map;
    static std::vector<map_call> operations() {
        std::vector<map_call> all;
        for (unsigned i = 0; i < map_calls; ++i) all.push_back(static_cast<map_call>(i));
        return all;
    }
    static map_reply perform(map_type& map, const asked_of_map& asked) {
        return resile_lab::perform<Values>(map, asked);
    }
    // A find whose handle stays.
    using handle = typename map_type::pinned;
    static map_reply keep(map_type& map, std::uint64_t key, handle& kept) {
        kept = map.find(key);
        return kept ? map_reply{map_answer::present, Values::number(kept.value())} : map_reply{};
    }
    static std::uint64_t number(const typename Values::type& value) { return Values::number(value); }
};

// resile::byte_lru_map.
template <class Values>
using byte_kind = plain_kind<Values, byte_map_face<Values>>;

// resile::percpu_lru_map: written on the CPU that runs, read as a sum.
template <class Values>
struct percpu_kind {
    static constexpr bool walks_anywhere = false;
    static constexpr bool has_handles = false;
    struct handle {};
    using map_type = resile::percpu_lru_map<std::uint64_t, typename Values::type>;
    static std::vector<map_call> operations() {
        return {map_call::get,    map_call::contains, map_call::put,  map_call::replace, map_call::update,
                map_call::upsert, map_call::erase,    map_call::take, map_call::clear,   map_call::size};
    }
    static map_reply perform(map_type& map, const asked_of_map& asked) {
        const auto value = Values::of(asked.value);
        const auto add = [&](auto& now) { now = Values::of(number_of_one(now) + asked.value); };
        const auto sum = [](std::uint64_t before, const auto& one) { return before + number_of_one(one); };
        const auto written = [](resile::put_result result) { return map_reply{answer_of(result), 0}; };
        const auto was_there = [](bool there) {
            return map_reply{there ? map_answer::present : map_answer::absent, 0};
        };
        const auto read = [](const auto& found) {
            return found ? map_reply{map_answer::present, *found} : map_reply{};
        };
        switch (asked.what) {
            case map_call::put:
                return written(map.put(asked.key, value));
            case map_call::replace:
                return written(map.replace(asked.key, value));
            case map_call::update:
                return written(map.update(asked.key, add));
            case map_call::upsert:
                return written(map.upsert(asked.key, value, add));
            case map_call::contains:
                return was_there(map.contains(asked.key));
            case map_call::erase:
                return was_there(map.erase(asked.key));
            case map_call::take:
                return read(map.take(asked.key, std::uint64_t{0}, sum));
            case map_call::size:
                return {map_answer::present, map.size()};
            case map_call::clear:
                map.clear();
                return {};
            default:
                return read(map.fold(asked.key, std::uint64_t{0}, sum));
        }
    }
    template <class AllCpus>
    static std::uint64_t number(const AllCpus& values) {
        std::uint64_t sum = 0;
        for (const auto& one : values) sum += number_of_one(one);
        return sum;
    }

  private:
    // All zero: a CPU that never wrote.
    static std::uint64_t number_of_one(const typename Values::type& value) {
        return value == typename Values::type{} ? 0 : Values::number(value);
    }
};

// The planted fault: a replacement in two steps, mark the old entry, then link the new one. In between the
// key is gone.
template <class Values>
struct two_step_kind : plain_kind<Values> {
    static map_reply perform(typename plain_kind<Values>::map_type& map, const asked_of_map& asked) {
        if (asked.what != map_call::put && asked.what != map_call::replace)
            return plain_kind<Values>::perform(map, asked);
        const bool was_there = map.erase(asked.key);
        if (!was_there && asked.what == map_call::replace) return {};
        (void)map.put(asked.key, Values::of(asked.value));
        return {was_there ? map_answer::replaced : map_answer::inserted, 0};
    }
};

template <class Kind>
[[nodiscard]] map_contents contents_of(const typename Kind::map_type& map) {
    map_contents found;
    map.for_each([&](const std::uint64_t& key, const auto& value) { found[key] = Kind::number(value); });
    return found;
}

}  // namespace resile_lab
