// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The losses that were measured in Linux 6.18 with two CPUs, reproduced in numbers. One thread on one CPU, no
// interrupt, nothing erased: what is missing at the end, the algorithm has thrown away. (Faults 3 to 5 need
// interrupts: linux_lru_interrupts_test.cpp.)

#include "tests/map/map_shapes.hpp"

#include <cerrno>

namespace resile_test {
namespace {

struct losses {
    std::uint32_t present = 0;  // after max_entries distinct keys were inserted
    std::uint32_t lost = 0;     // of these, after each was updated once with EXIST
    std::uint32_t absent = 0;   // updates that answered ENOENT for a key that was there
    bool operator==(const losses&) const = default;
};

void PrintTo(const losses& seen, std::ostream* out) {
    *out << seen.present << " present, " << seen.lost << " lost, " << seen.absent << " ENOENT";
}

// As measured: the keys that are present are listed first, then updated in the order of their insertion.
losses fill_and_update(number_map& map) {
    constexpr std::uint64_t first = 1000;
    const std::uint32_t entries = map.map.max_entries();
    losses seen;
    for (std::uint64_t i = 0; i < entries; ++i) EXPECT_EQ(map.put(first + i, i), 0);
    std::vector<std::uint64_t> there;
    for (std::uint64_t i = 0; i < entries; ++i)
        if (map.has(first + i)) there.push_back(first + i);
    seen.present = static_cast<std::uint32_t>(there.size());
    for (const std::uint64_t key : there) {
        const int error = map.put(key, 0, linux_lru::exist);
        EXPECT_TRUE(error == 0 || error == -ENOENT) << error;
        if (error == -ENOENT) ++seen.absent;
    }
    for (const std::uint64_t key : there) seen.lost += map.has(key) ? 0U : 1U;
    return seen;
}

class linux_lru_faults : public testing::TestWithParam<generation> {
  protected:
    // Where a key's bucket is plays no part: any seed gives the same.
    losses measure(bool no_common_lru, bool percpu_values, std::uint32_t entries) {
        losses first;
        for (const std::uint32_t seed : {0U, 1U, 0xdecafU}) {
            auto options = map_shape{"", no_common_lru, percpu_values, GetParam()}.options(entries);
            options.hash_seed = seed;
            number_map map(options);
            const losses seen = fill_and_update(map);
            if (seed == 0) first = seen;
            EXPECT_EQ(seen, first) << "hash seed " << seed;
            expect_nothing_stranded(map);
        }
        return first;
    }
    on_one_cpu pinned_;
};
INSTANTIATE_TEST_SUITE_P(generations, linux_lru_faults,
                         testing::Values(generation::resilient, generation::plain), [](const auto& tested) {
                             return tested.param == generation::plain ? "before_2026" : "resilient";
                         });

TEST_P(linux_lru_faults, updating_what_is_there_loses_two_of_eight) {
    EXPECT_EQ(measure(false, false, 8), (losses{8, 2, 2}));
}
TEST_P(linux_lru_faults, updating_what_is_there_loses_16_of_64) {
    EXPECT_EQ(measure(false, false, 64), (losses{64, 16, 16}));
}
TEST_P(linux_lru_faults, updating_what_is_there_loses_128_of_1024) {
    EXPECT_EQ(measure(false, false, 1024), (losses{1024, 128, 128}));
}
TEST_P(linux_lru_faults, updating_what_is_there_loses_all_four_that_a_no_common_map_of_eight_kept) {
    EXPECT_EQ(measure(true, false, 8), (losses{4, 4, 4}));
}
TEST_P(linux_lru_faults, a_map_of_1000_holds_976) {
    EXPECT_EQ(measure(false, false, 1000).present, 976U);
}
TEST_P(linux_lru_faults, a_map_of_10000_holds_9888) {
    EXPECT_EQ(measure(false, false, 10000).present, 9888U);
}
TEST_P(linux_lru_faults, a_no_common_map_filled_from_one_cpu_of_two_holds_half) {
    for (const std::uint32_t entries : {8U, 64U, 1000U, 4096U})
        EXPECT_EQ(measure(true, false, entries).present, entries / 2) << entries << " entries";
}
// Per-CPU values are written in place, and EXIST takes no node: the one flavour and flag that lose nothing.
TEST_P(linux_lru_faults, per_cpu_values_lose_nothing_to_updates_with_exist) {
    for (const std::uint32_t entries : {8U, 64U, 1024U}) {
        EXPECT_EQ(measure(false, true, entries).lost, 0U) << entries << " entries";
        EXPECT_EQ(measure(true, true, entries).lost, 0U) << entries << " entries";
    }
}
TEST_P(linux_lru_faults, per_cpu_values_do_lose_keys_to_updates_without_a_flag) {
    number_map map(map_shape{"", false, true, GetParam()}, 64);
    for (std::uint64_t key = 0; key < 64; ++key) ASSERT_EQ(map.put(key, key), 0);
    const std::vector<std::uint64_t> there = map.keys();
    ASSERT_EQ(there.size(), 64U);
    // Even one update of one key: its new node, not needed in the end, was paid for with other keys.
    EXPECT_EQ(map.put(there.front(), 0), 0);
    EXPECT_LT(map.keys().size(), 64U);
}

TEST_P(linux_lru_faults, a_pointer_from_a_lookup_comes_to_show_another_keys_value) {
    number_map map(map_shape{"", false, false, GetParam()}, 8);
    const std::uint64_t key = 1;
    ASSERT_EQ(map.put(key, 1001), 0);
    const auto* value = static_cast<const std::uint64_t*>(map.map.lookup(&key));
    ASSERT_NE(value, nullptr);
    EXPECT_EQ(*value, 1001U);
    // Gone, and its node used again, while the pointer is still in hand.
    ASSERT_EQ(map.erase(key), 0);
    std::uint64_t other = 100;
    while (*value == 1001 && other < 200) {
        ASSERT_EQ(map.put(other, 5000 + other), 0);
        ++other;
    }
    EXPECT_GE(*value, 5100U) << "the pointer still shows its own key's value";
}

}  // namespace
}  // namespace resile_test
