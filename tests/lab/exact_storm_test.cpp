// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Storm after storm on lru_map: every refill perfect at the first try, no operation failed, every node
// accounted for. 50 storms of each kind of map; RESILE_LONG=1: 1000.

#include "lab/torture/campaign.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace {

using resile_lab::exact_map;
using resile_lab::exact_percpu_map;
using resile_lab::large_value;
using resile_lab::map_under_test;
using resile_lab::small_value;

struct subject {
    const char* name;
    std::unique_ptr<map_under_test> (*make)(std::uint32_t entries);
};

template <class Map, resile::recency Order>
std::unique_ptr<map_under_test> make(std::uint32_t entries) {
    return std::make_unique<Map>(entries, resile::lru_options{.order = Order});
}

class exact_storm : public testing::TestWithParam<subject> {};

TEST_P(exact_storm, leaves_a_map_that_holds_everything_at_the_first_try_time_after_time) {
    if (resile_test::under_tsan)
        GTEST_SKIP() << "TSan holds signals back until the thread calls something that it knows";
    const std::uint64_t seed = resile_test::announce_seed("exact_storm");
    const unsigned storms = resile_test::long_campaign() ? 1000 : resile_test::scaled(50);
    unsigned held = 0;
    for (unsigned i = 0; i < storms; ++i) {
        resile_lab::campaign_plan plan;
        plan.threads = 2 + i % 3;
        plan.nest = 1 + i % 4;
        plan.rate = 10000;
        plan.seed = seed + i;
        plan.seconds = 0.02;
        plan.round_seconds = 0.02;
        // From maps of one entry to such that are never full.
        const std::uint32_t entries = i % 5 == 0 ? 1 : i % 5 == 1 ? 3 : 64;
        plan.keys = i % 7 == 0 ? entries / 2 + 1 : 2 * entries;
        const auto outcome = resile_lab::run_campaign(*GetParam().make(entries), plan);
        held += outcome.held_exactly() ? 1U : 0U;
        ASSERT_TRUE(outcome.held_exactly())
            << "storm " << i << ": " << outcome.worst_first_try << " of " << entries << " entries, "
            << outcome.storm.task.failed() + outcome.storm.handlers.failed() << " operations failed ("
            << outcome.storm.task.broken + outcome.storm.handlers.broken << " broken values), "
            << outcome.unaccounted << " nodes lost, " << outcome.duplicate_keys << " duplicate keys";
    }
    EXPECT_EQ(held, storms);
}

INSTANTIATE_TEST_SUITE_P(
    maps, exact_storm,
    testing::Values(subject{"shared_8", make<exact_map<small_value>, resile::recency::shared>},
                    subject{"shared_48", make<exact_map<large_value>, resile::recency::shared>},
                    subject{"per_cpu_8", make<exact_map<small_value>, resile::recency::per_cpu>},
                    subject{"per_cpu_48", make<exact_map<large_value>, resile::recency::per_cpu>},
                    subject{"per_cpu_values_8", make<exact_percpu_map<small_value>, resile::recency::shared>},
                    subject{"per_cpu_values_48",
                            make<exact_percpu_map<large_value>, resile::recency::shared>}),
    [](const auto& chosen) { return std::string(chosen.param.name); });

}  // namespace
