// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The maps that the explorer knows, behind one face: operations as data, contents as numbers.

#include "lab/injection/sequential_map.hpp"

#include <resile/percpu_lru_map.hpp>

#include <cstddef>
#include <vector>

namespace resile_lab {

// resile::lru_map.
template <class Values>
struct plain_kind {
    static constexpr bool walks_anywhere = true;  // for_each, in any context
    using map_type = resile::lru_map<std::uint64_t, typename Values::type>;
    static std::vector<op> operations() {
        std::vector<op> all;
        for (unsigned i = 0; i < ops; ++i) all.push_back(static_cast<op>(i));
        return all;
    }
    static answer perform(map_type& map, const request& wanted) {
        return resile_lab::perform<Values>(map, wanted);
    }
    static std::uint64_t number(const typename Values::type& value) { return Values::number(value); }
};

// resile::percpu_lru_map: written on the CPU that runs, read as a sum.
template <class Values>
struct percpu_kind {
    static constexpr bool walks_anywhere = false;
    using map_type = resile::percpu_lru_map<std::uint64_t, typename Values::type>;
    static std::vector<op> operations() {
        return {op::get, op::put, op::replace, op::update, op::upsert, op::erase, op::take, op::clear};
    }
    static answer perform(map_type& map, const request& wanted) {
        const auto value = Values::of(wanted.number);
        const auto add = [&](auto& now) { now = Values::of(number_of_one(now) + wanted.number); };
        const auto sum = [](std::uint64_t before, const auto& one) { return before + number_of_one(one); };
        const auto code = [](resile::put_result result) { return answer{static_cast<int>(result), 0}; };
        const auto read = [](const auto& found) { return found ? answer{1, *found} : answer{0, 0}; };
        switch (wanted.what) {
            case op::put:
                return code(map.put(wanted.key, value));
            case op::replace:
                return code(map.replace(wanted.key, value));
            case op::update:
                return code(map.update(wanted.key, add));
            case op::upsert:
                return code(map.upsert(wanted.key, value, add));
            case op::erase:
                return {map.erase(wanted.key) ? 1 : 0, 0};
            case op::take:
                return read(map.take(wanted.key, std::uint64_t{0}, sum));
            case op::clear:
                map.clear();
                return {};
            default:
                return read(map.fold(wanted.key, std::uint64_t{0}, sum));
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
    static answer perform(typename plain_kind<Values>::map_type& map, const request& wanted) {
        if (wanted.what != op::put && wanted.what != op::replace)
            return plain_kind<Values>::perform(map, wanted);
        const bool was_there = map.erase(wanted.key);
        if (!was_there && wanted.what == op::replace)
            return {static_cast<int>(resile::put_result::absent), 0};
        (void)map.put(wanted.key, Values::of(wanted.number));
        return {static_cast<int>(was_there ? resile::put_result::replaced : resile::put_result::inserted), 0};
    }
};

template <class Kind>
[[nodiscard]] map_contents contents_of(const typename Kind::map_type& map) {
    map_contents found;
    map.for_each([&](const std::uint64_t& key, const auto& value) { found[key] = Kind::number(value); });
    return found;
}

}  // namespace resile_lab
