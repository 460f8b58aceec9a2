// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Promise L3 against the naive graph: no deadlock is missed, none is invented, whatever waits for whatever.

#include "lab/judge/cpus.hpp"
#include "tests/lock/random_scenario.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace resile_test {
namespace {

TEST(random_graph, a_hundred_thousand_scenarios_get_the_answers_that_the_naive_graph_predicts) {
    random_numbers seeds(announce_seed("random_graph"));
    // Actors pass the turn a million times. On one CPU that takes as long, and beside other tests not much
    // longer.
    const resile_lab::on_one_cpu pinned;
    random_scenario::cast actors;
    scenario_counts counts;
    for (unsigned i = 0; i < scaled(100'000); ++i) random_scenario(actors, seeds.next(), counts).play();
    std::printf("%lu steps: %lu acquired, %lu waited, %lu deadlocks, %lu of them through other threads\n",
                counts.steps, counts.acquired, counts.waited, counts.deadlocks, counts.longer_cycles);
    EXPECT_GT(counts.deadlocks, counts.steps / 100) << "the scenarios must close cycles";
    EXPECT_GT(counts.longer_cycles, counts.steps / 1000) << "the scenarios must close long cycles";
}

}  // namespace
}  // namespace resile_test
