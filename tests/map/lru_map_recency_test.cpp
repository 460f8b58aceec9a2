// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Who has to go: what a user of a plain LRU map may count on, and what recency::per_cpu adds to it.

#include "lab/judge/cpus.hpp"
#include "tests/support/seeds.hpp"

#include <resile/lru_map.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace {

using resile::recency;
using map_type = resile::lru_map<std::uint64_t, std::uint64_t>;

using resile_lab::on_cpu;

class lru_map_recency : public testing::TestWithParam<recency> {};
INSTANTIATE_TEST_SUITE_P(orders, lru_map_recency, testing::Values(recency::shared, recency::per_cpu),
                         [](const auto& order) {
                             return order.param == recency::shared ? "shared" : "per_cpu";
                         });

// Whatever was used before: at every moment of a random load, an entry just inserted stays for as many more
// insertions as a tenth of the map.
TEST_P(lru_map_recency, an_entry_just_inserted_survives_a_tenth_of_the_map) {
    // The same numbers each time, unless RESILE_SEED says others: of 30 million random trials one fails.
    resile_test::random_numbers numbers(resile_test::given_seed("survival", 1));
    for (const std::uint64_t entries : {64U, 65U, 100U, 127U, 128U, 1000U, 5000U}) {
        map_type map(entries, {.order = GetParam(), .contexts = 1U + numbers.below(300), .seed = 1});
        std::uint64_t fresh = 1U << 30;
        for (unsigned trial = 0; trial < 40; ++trial) {
            const std::uint64_t range = 1 + numbers.below(3 * static_cast<unsigned>(entries));
            for (std::uint64_t i = 0; i < 3 * entries; ++i) {
                const std::uint64_t key = numbers.below(static_cast<unsigned>(range));
                if (numbers.below(3) == 0)
                    (void)map.get(key);
                else
                    map.put(key, 0);
            }
            // Everything that is there is in use.
            if (trial % 2 == 0) map.for_each([&](std::uint64_t key, std::uint64_t) { (void)map.get(key); });
            // Then it takes room that was free: anywhere, right before the hand perhaps.
            for (unsigned i = numbers.below(8); i > 0; --i)
                map.erase(numbers.below(static_cast<unsigned>(range)));
            const std::uint64_t watched = fresh++;
            map.put(watched, 0);
            for (std::uint64_t i = 0; i < entries / 10; ++i) {
                map.put(fresh++, 0);
                ASSERT_TRUE(map.contains(watched))
                    << entries << " entries, after " << i + 1 << " further insertions, trial " << trial;
            }
        }
    }
}

TEST_P(lru_map_recency, what_is_used_all_the_time_stays_while_the_rest_comes_and_goes) {
    constexpr std::uint64_t entries = 100;
    map_type map(entries, {.order = GetParam(), .seed = 1});
    for (std::uint64_t key = 0; key < 20; ++key) map.put(key, 0);
    for (std::uint64_t stranger = 1000; stranger < 20'000; ++stranger) {
        ASSERT_TRUE(map.get(stranger % 20).has_value()) << stranger;
        map.put(stranger, 0);
    }
}

// A CPU that begins when the map is full of another one's entries gets all of the capacity, by and by.
TEST_P(lru_map_recency, a_cpu_that_comes_late_gets_all_of_the_capacity) {
    const auto cpus = resile_lab::usable_cpus();
    if (cpus.size() < 2) GTEST_SKIP() << "needs two CPUs";
    constexpr std::uint64_t entries = 1000;
    map_type map(entries, {.order = GetParam(), .seed = 1});
    {
        const on_cpu first(cpus[0]);
        for (std::uint64_t key = 0; key < entries; ++key) map.put(key, 0);
    }
    const on_cpu second(cpus[1]);
    for (std::uint64_t key = entries; key < 4 * entries; ++key) map.put(key, 0);
    std::uint64_t of_first = 0;
    map.for_each([&](std::uint64_t key, std::uint64_t) { of_first += key < entries ? 1 : 0; });
    EXPECT_EQ(of_first, 0U);
    EXPECT_EQ(map.size(), entries);
}

unsigned hint_on(int cpu) {
    const on_cpu there(cpu);
    return resile::platform::current_cpu_hint();
}

TEST(lru_map_per_cpu, evicts_its_own_idle_entries_before_those_of_other_cpus) {
    const auto cpus = resile_lab::usable_cpus();
    if (cpus.size() < 2) GTEST_SKIP() << "needs two CPUs";
    if (hint_on(cpus[0]) == hint_on(cpus[1])) GTEST_SKIP() << "without rseq (under qemu) there is no hint";
    constexpr std::uint64_t entries = 1024;
    for (const recency order : {recency::shared, recency::per_cpu}) {
        map_type map(entries, {.order = order, .seed = 1});
        for (std::uint64_t key = 0; key < entries; ++key) {
            const on_cpu one_of_two(cpus[key % 2]);
            map.put(key, 0);
        }
        const on_cpu first(cpus[0]);
        for (std::uint64_t key = entries; key < entries + 200; ++key) map.put(key, 0);
        std::uint64_t own = 0, others = 0;
        for (std::uint64_t key = 0; key < entries; ++key)
            if (!map.contains(key)) ++(key % 2 == 0 ? own : others);
        EXPECT_EQ(own + others, 200U);
        if (order == recency::per_cpu)
            EXPECT_GT(own, 5 * others);
        else
            EXPECT_LT(own, 2 * others);
    }
}

}  // namespace
