// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What the tests of linux_lru share: all its flavours in both generations, a map of 8-byte keys and values
// without ceremony, one CPU to stay on, and what must hold of every map at rest.

#include "lab/judge/cpus.hpp"

#include <resile/linux_lru.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace resile_test {

using resile_lab::on_one_cpu;

using resile::generation;
using resile::linux_lru;

struct map_shape {
    const char* name;
    bool no_common_lru;
    bool percpu_values;
    generation version;

    [[nodiscard]] resile::linux_lru_options options(std::uint32_t entries) const {
        resile::linux_lru_options made;
        made.max_entries = entries;
        made.no_common_lru = no_common_lru;
        made.percpu_values = percpu_values;
        made.version = version;
        made.cpus = 2;
        return made;
    }
};

inline constexpr map_shape every_shape[] = {
    {"common_plain_values_resilient", false, false, generation::resilient},
    {"common_percpu_values_resilient", false, true, generation::resilient},
    {"nocommon_plain_values_resilient", true, false, generation::resilient},
    {"nocommon_percpu_values_resilient", true, true, generation::resilient},
    {"common_plain_values_before_2026", false, false, generation::plain},
    {"common_percpu_values_before_2026", false, true, generation::plain},
    {"nocommon_plain_values_before_2026", true, false, generation::plain},
    {"nocommon_percpu_values_before_2026", true, true, generation::plain},
};

inline void PrintTo(const map_shape& shape, std::ostream* out) {
    *out << shape.name;
}

inline std::string shape_name(const testing::TestParamInfo<map_shape>& info) {
    return info.param.name;
}

// Keys and values are numbers; a per-CPU map is given the same value for each CPU.
class number_map {
  public:
    explicit number_map(const resile::linux_lru_options& options) : map(options) {}
    number_map(const map_shape& shape, std::uint32_t entries) : number_map(shape.options(entries)) {}

    int put(std::uint64_t key, std::uint64_t value, std::uint64_t flags = linux_lru::any) noexcept {
        std::uint64_t values[8];
        for (auto& each : values) each = value;
        return map.user_update(&key, values, flags);
    }
    int put_as_program(std::uint64_t key, std::uint64_t value,
                       std::uint64_t flags = linux_lru::any) noexcept {
        return map.update(&key, &value, flags);
    }
    // The value, of the first CPU if there is one each.
    [[nodiscard]] std::optional<std::uint64_t> get(std::uint64_t key) noexcept {
        std::uint64_t values[8];
        if (map.user_lookup(&key, values) != 0) return std::nullopt;
        return values[0];
    }
    [[nodiscard]] bool has(std::uint64_t key) noexcept { return get(key).has_value(); }
    int erase(std::uint64_t key) noexcept { return map.erase(&key); }
    int take(std::uint64_t key, std::uint64_t& value) noexcept {
        std::uint64_t values[8];
        const int error = map.user_lookup_and_erase(&key, values);
        if (error == 0) value = values[0];
        return error;
    }
    // All keys by next_key; gives up when there are more than fit.
    [[nodiscard]] std::vector<std::uint64_t> keys() {
        std::vector<std::uint64_t> found;
        std::uint64_t key = 0;
        for (const std::uint64_t* from = nullptr;
             map.next_key(from, &key) == 0 && found.size() <= map.max_entries(); from = &found.back())
            found.push_back(key);
        return found;
    }
    [[nodiscard]] std::uint32_t present(std::uint64_t first, std::uint64_t count) noexcept {
        std::uint32_t sum = 0;
        for (std::uint64_t i = 0; i < count; ++i) sum += has(first + i) ? 1U : 0U;
        return sum;
    }

    linux_lru map;
};

// What must hold of every map at rest: each node is in one place, and what is in the table can be walked.
inline void expect_every_node_somewhere(number_map& tested) {
    const auto census = tested.map.census();
    EXPECT_EQ(census.in_table + census.free + census.pending_free + census.unaccounted,
              tested.map.max_entries());
    const std::vector<std::uint64_t> keys = tested.keys();
    const std::set<std::uint64_t> distinct(keys.begin(), keys.end());
    EXPECT_EQ(keys.size(), distinct.size()) << "a key was met twice";
    EXPECT_EQ(keys.size(), census.in_table);
    for (const std::uint64_t key : keys) EXPECT_TRUE(tested.has(key)) << "key " << key << " is not found";
}

// After operations that nothing interrupted, nothing may be pending or lost.
inline void expect_nothing_stranded(number_map& tested) {
    expect_every_node_somewhere(tested);
    const auto census = tested.map.census();
    EXPECT_EQ(census.pending_free, 0U);
    EXPECT_EQ(census.unaccounted, 0U);
}

class every_linux_lru : public testing::TestWithParam<map_shape> {
  protected:
    on_one_cpu pinned_;
};

}  // namespace resile_test
