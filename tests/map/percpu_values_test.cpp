// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// One value per CPU: which ones an update writes, which ones a lookup reads, and CPUs that do not exist.

#include "tests/map/map_shapes.hpp"

#include <array>
#include <cerrno>

namespace resile_test {
namespace {

constexpr std::uint32_t cpus = 4;
using values = std::array<std::uint64_t, cpus>;

constexpr std::uint64_t on_cpu(std::uint64_t cpu) {
    return linux_lru::flag_cpu | cpu << 32;
}

class percpu_values : public testing::TestWithParam<map_shape> {
  protected:
    percpu_values()
        : map_([] {
              auto options = GetParam().options(64);
              options.cpus = cpus;
              options.percpu_values = true;
              return options;
          }()) {}
    int put(std::uint64_t key, const values& given, std::uint64_t flags) {
        return map_.user_update(&key, given.data(), flags);
    }
    values get(std::uint64_t key) {
        values found{};
        EXPECT_EQ(map_.user_lookup(&key, found.data()), 0);
        return found;
    }
    // What the nodes of the map held before must not shine through.
    void soil() {
        for (std::uint64_t key = 1000; key < 1200; ++key)
            ASSERT_EQ(put(key, {91, 92, 93, 94}, linux_lru::any), 0);
    }

    on_one_cpu pinned_;
    linux_lru map_;
};
INSTANTIATE_TEST_SUITE_P(shapes, percpu_values,
                         testing::Values(every_shape[1], every_shape[3], every_shape[5], every_shape[7]),
                         shape_name);

TEST_P(percpu_values, without_a_flag_each_cpu_gets_its_own) {
    EXPECT_EQ(map_.user_value_size(), sizeof(values));
    EXPECT_EQ(put(1, {10, 11, 12, 13}, linux_lru::any), 0);
    EXPECT_EQ(get(1), (values{10, 11, 12, 13}));
}

TEST_P(percpu_values, one_named_cpu_is_written_and_a_new_keys_others_are_zero) {
    soil();
    EXPECT_EQ(put(1, {7}, on_cpu(2)), 0);
    EXPECT_EQ(get(1), (values{0, 0, 7, 0}));
    EXPECT_EQ(put(1, {8}, on_cpu(0)), 0);
    EXPECT_EQ(get(1), (values{8, 0, 7, 0}));
    EXPECT_EQ(put(1, {9}, on_cpu(3) | linux_lru::exist), 0);
    EXPECT_EQ(get(1), (values{8, 0, 7, 9}));
    EXPECT_EQ(put(1, {5}, on_cpu(3) | linux_lru::noexist), -EEXIST);
    EXPECT_EQ(put(2, {5}, on_cpu(3) | linux_lru::exist), -ENOENT);
}

TEST_P(percpu_values, all_cpus_get_one_value) {
    soil();
    EXPECT_EQ(put(1, {7, 99, 99, 99}, linux_lru::flag_all_cpus), 0);
    EXPECT_EQ(get(1), (values{7, 7, 7, 7}));
    EXPECT_EQ(put(1, {8, 99, 99, 99}, linux_lru::flag_all_cpus | linux_lru::exist), 0);
    EXPECT_EQ(get(1), (values{8, 8, 8, 8}));
}

TEST_P(percpu_values, a_lookup_may_name_one_cpu) {
    ASSERT_EQ(put(1, {10, 11, 12, 13}, linux_lru::any), 0);
    const std::uint64_t key = 1;
    std::uint64_t value[2] = {0, 0xeeee};
    for (std::uint64_t cpu = 0; cpu < cpus; ++cpu) {
        EXPECT_EQ(map_.user_lookup(&key, value, on_cpu(cpu)), 0);
        EXPECT_EQ(value[0], 10 + cpu);
    }
    EXPECT_EQ(value[1], 0xeeeeU) << "wrote more than one CPU's value";
}

TEST_P(percpu_values, impossible_cpus_are_out_of_range) {
    const std::uint64_t key = 1;
    values read{};
    for (const std::uint64_t cpu : {std::uint64_t{cpus}, std::uint64_t{99}, std::uint64_t{0xffffffffU}}) {
        EXPECT_EQ(put(1, {7}, on_cpu(cpu)), -ERANGE) << "CPU " << cpu;
        EXPECT_EQ(map_.user_lookup(&key, read.data(), on_cpu(cpu)), -ERANGE) << "CPU " << cpu;
    }
    EXPECT_EQ(map_.census().in_table, 0U);
}

TEST_P(percpu_values, contradictory_flags_are_invalid) {
    const std::uint64_t key = 1;
    values read{};
    EXPECT_EQ(put(1, {7}, on_cpu(0) | linux_lru::flag_all_cpus), -EINVAL);
    EXPECT_EQ(put(1, {7}, std::uint64_t{1} << 32), -EINVAL);
    EXPECT_EQ(put(1, {7}, linux_lru::flag_all_cpus | std::uint64_t{1} << 32), -EINVAL);
    EXPECT_EQ(put(1, {7}, on_cpu(0) | 3), -EINVAL);
    EXPECT_EQ(map_.user_lookup(&key, read.data(), std::uint64_t{1} << 32), -EINVAL);
    EXPECT_EQ(map_.user_lookup(&key, read.data(), linux_lru::flag_all_cpus), -EINVAL);
    EXPECT_EQ(map_.census().in_table, 0U);
}

TEST_P(percpu_values, a_program_writes_the_value_of_the_cpu_that_runs) {
    soil();
    const std::uint64_t key = 1;
    std::uint64_t value = 7;
    EXPECT_EQ(map_.update(&key, &value, linux_lru::any), 0);
    values found = get(1);
    unsigned sevens = 0;
    for (const std::uint64_t each : found) {
        EXPECT_TRUE(each == 0 || each == 7) << each;
        sevens += each == 7 ? 1U : 0U;
    }
    EXPECT_EQ(sevens, 1U);
    // An update in place leaves the values of the others alone.
    ASSERT_EQ(put(2, {1, 2, 3, 4}, linux_lru::any), 0);
    const std::uint64_t second = 2;
    value = 70;
    EXPECT_EQ(map_.update(&second, &value, linux_lru::exist), 0);
    found = get(2);
    unsigned kept = 0;
    for (std::uint64_t cpu = 0; cpu < cpus; ++cpu) kept += found[cpu] == cpu + 1 ? 1U : 0U;
    EXPECT_EQ(kept, cpus - 1);
    auto* mine = static_cast<std::uint64_t*>(map_.lookup(&second));
    ASSERT_NE(mine, nullptr);
    EXPECT_EQ(*mine, 70U);
}

TEST_P(percpu_values, lookup_and_erase_hands_out_all_values) {
    ASSERT_EQ(put(1, {10, 11, 12, 13}, linux_lru::any), 0);
    const std::uint64_t key = 1;
    values taken{};
    EXPECT_EQ(map_.user_lookup_and_erase(&key, taken.data()), 0);
    EXPECT_EQ(taken, (values{10, 11, 12, 13}));
    EXPECT_EQ(map_.user_lookup(&key, taken.data()), -ENOENT);
}

TEST_P(percpu_values, batches_carry_all_values_or_one_for_all) {
    const std::uint64_t keys[3] = {1, 2, 3};
    const std::uint64_t all[3][cpus] = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}};
    std::uint32_t count = 3;
    EXPECT_EQ(map_.update_batch(keys, all, count, linux_lru::any), 0);
    EXPECT_EQ(count, 3U);
    EXPECT_EQ(get(2), (values{5, 6, 7, 8}));
    const std::uint64_t one_each[3] = {21, 22, 23};
    EXPECT_EQ(map_.update_batch(keys, one_each, count, linux_lru::flag_all_cpus), 0);
    EXPECT_EQ(get(3), (values{23, 23, 23, 23}));
    EXPECT_EQ(map_.update_batch(keys, all, count, on_cpu(1)), 0);
    EXPECT_EQ(get(2), (values{22, 2, 22, 22}));
    EXPECT_EQ(map_.update_batch(keys, all, count, on_cpu(cpus)), -ERANGE);
    EXPECT_EQ(count, 3U);
    EXPECT_EQ(map_.update_batch(keys, all, count, linux_lru::exist), -EINVAL);
}

TEST(percpu_values_elsewhere, maps_with_one_value_refuse_cpu_flags) {
    for (const map_shape& shape : every_shape) {
        if (shape.percpu_values) continue;
        number_map map(shape, 8);
        EXPECT_EQ(map.put(1, 1, linux_lru::flag_cpu), -EINVAL);
        EXPECT_EQ(map.put(1, 1, linux_lru::flag_all_cpus), -EINVAL);
        EXPECT_EQ(map.put(1, 1, on_cpu(99)), -EINVAL) << "not ERANGE: there is nothing per CPU here";
        const std::uint64_t key = 1;
        std::uint64_t value = 0;
        EXPECT_EQ(map.map.user_lookup(&key, &value, linux_lru::flag_cpu), -EINVAL);
    }
}

}  // namespace
}  // namespace resile_test
