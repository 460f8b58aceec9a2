// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The ownership of cache lines, the crowd that moves them, and what the forecast must say of maps whose cost
// is known without it.

#include "lab/forecast/crowd.hpp"
#include "lab/forecast/real_cpus.hpp"
#include "lab/schedule/platform_words.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

using resile_lab::crowd;
using resile_lab::forecast_answer;
using resile_lab::measured_map;
using resile_lab::ownership_model;
using resile_lab::traffic_mix;

TEST(line_ownership, a_line_that_nobody_had_comes_from_memory) {
    ownership_model lines;
    ownership_model::line one;
    EXPECT_FALSE(lines.access(0, one, true));
    EXPECT_FALSE(lines.access(0, one, false));
    EXPECT_EQ(lines.traffic().transfers, 0U);
    EXPECT_EQ(lines.traffic().accesses, 2U);
}

TEST(line_ownership, readers_share_a_line_and_fetch_it_once_each) {
    ownership_model lines;
    ownership_model::line one;
    EXPECT_FALSE(lines.access(0, one, true));
    EXPECT_TRUE(lines.access(1, one, false));
    EXPECT_TRUE(lines.access(2, one, false));
    for (unsigned cpu = 0; cpu < 3; ++cpu) EXPECT_FALSE(lines.access(cpu, one, false));
    EXPECT_EQ(lines.traffic().transfers, 2U);
    EXPECT_EQ(lines.traffic().invalidations, 0U);
}

TEST(line_ownership, a_writer_takes_the_line_from_all_others) {
    ownership_model lines;
    ownership_model::line one;
    for (unsigned cpu = 0; cpu < 4; ++cpu) lines.access(cpu, one, false);
    EXPECT_TRUE(lines.access(0, one, true)) << "it has the line, but not alone";
    EXPECT_EQ(lines.traffic().invalidations, 3U);
    EXPECT_FALSE(lines.access(0, one, true));
    EXPECT_TRUE(lines.access(3, one, false));
    EXPECT_EQ(one.transfers, lines.traffic().transfers) << "there is no other line";
}

TEST(line_ownership, neighbours_in_a_line_are_one) {
    ownership_model lines;
    alignas(64) const char memory[128] = {};
    EXPECT_EQ(&lines.line_of(memory), &lines.line_of(memory + 63));
    EXPECT_NE(&lines.line_of(memory), &lines.line_of(memory + 64));
}

TEST(line_ownership, counts_anew_without_forgetting_who_holds_what) {
    ownership_model lines;
    static const int word = 0;
    lines.access(0, lines.line_of(&word), true);
    lines.access(1, lines.line_of(&word), true);
    EXPECT_EQ(lines.busiest(), 1U);
    lines.count_anew();
    EXPECT_EQ(lines.busiest(), 0U);
    EXPECT_TRUE(lines.access(0, lines.line_of(&word), true));
    EXPECT_EQ(lines.traffic().transfers, 1U);
}

class forecasts : public testing::Test {
  protected:
    void SetUp() override {
        if (resile_test::under_tsan)
            GTEST_SKIP() << "one thread on many stacks: nothing that TSan could judge";
    }
    // Transfers of an operation, on a small map.
    static forecast_answer ask(const char* map, traffic_mix mix, unsigned cpus, std::uint64_t seed = 1) {
        return resile_lab::forecast({.map = map, .mix = mix, .cpus = cpus, .entries = 1024, .seed = seed});
    }
};

TEST_F(forecasts, interleave_the_accesses_of_all_cpus) {
    crowd cpus(4, 1);
    resile_lab::watched_word counter;
    std::uint64_t calls = 0;
    const std::uint64_t counted = cpus.together(250, [&](unsigned) {
        ++calls;
        counter.store(counter.load() + 1);
    });
    EXPECT_EQ(counted, 1000U);
    EXPECT_GE(calls, counted);
    EXPECT_LT(counter.load(), calls) << "additions in two steps, and none was lost";
    EXPECT_GT(cpus.lines().traffic().transfers, 1000U);
    EXPECT_EQ(cpus.lines().traffic().accesses, 2000U) << "of each CPU as many are counted";
}

TEST_F(forecasts, let_sleepers_go_on_when_they_are_woken) {
    crowd cpus(2, 1);
    resile_lab::watched_word turn;
    std::uint64_t woken_at = 0;
    (void)cpus.together(1, [&](unsigned cpu) {
        if (cpu == 1) {
            turn.sleep_while(0);
            woken_at = turn.load();
        } else {
            for (int i = 0; i < 100; ++i) resile_lab::watched_pause();
            turn.store(1);
            turn.wake_one();
        }
    });
    EXPECT_EQ(woken_at, 1U);
}

TEST_F(forecasts, wait_for_the_slow_but_not_for_ever) {
    crowd cpus(2, 1);
    std::uint64_t quick = 0, slow = 0;
    const std::uint64_t counted = cpus.together(100, [&](unsigned cpu) {
        ++(cpu == 0 ? quick : slow);
        for (int i = 0; i < (cpu == 0 ? 1 : 1000); ++i) resile_lab::watched_pause();
    });
    EXPECT_LT(slow, 100U);
    EXPECT_GT(quick, 700U);
    EXPECT_EQ(counted, 100 + slow);
}

TEST_F(forecasts, say_so_if_nobody_gets_anywhere) {
    crowd cpus(2, 1);
    EXPECT_THROW((void)cpus.together(1,
                                     [](unsigned) {
                                         for (;;) resile_lab::watched_pause();
                                     }),
                 std::runtime_error);
}

TEST_F(forecasts, are_made_for_1_to_128_cpus_and_one_at_a_time) {
    EXPECT_THROW(crowd(0, 1), std::length_error);
    EXPECT_THROW(crowd(129, 1), std::length_error);
    const crowd first(1, 1);
    EXPECT_THROW(crowd(1, 1), std::logic_error);
}

TEST_F(forecasts, a_lookup_of_lru_map_fetches_nothing_at_any_number_of_cpus) {
    for (const char* map : {"exact", "exact-per-cpu"})
        for (const unsigned cpus : {2U, 8U, 32U, 64U})
            EXPECT_LT(ask(map, traffic_mix::lookup, cpus).transfers, 0.01) << map << ", " << cpus;
}

TEST_F(forecasts, one_cpu_fetches_nothing) {
    for (const auto& kind : resile_lab::contestant_kinds())
        for (const auto& mix : resile_lab::traffic_mixes())
            EXPECT_EQ(ask(kind.name.c_str(), mix.what, 1).transfers, 0) << kind.name << ", " << mix.name;
}

TEST_F(forecasts, whatever_is_done_under_a_mutex_fetches_its_line_and_what_it_guards) {
    for (const auto& mix : resile_lab::traffic_mixes())
        for (const unsigned cpus : {2U, 8U, 32U}) {
            const forecast_answer answer = ask("mutex", mix.what, cpus);
            EXPECT_GE(answer.transfers, 2) << mix.name << ", " << cpus;
            EXPECT_GE(answer.busiest, 0.5) << mix.name << ", " << cpus;
        }
}

TEST_F(forecasts, an_update_of_linux_map_costs_a_multiple_of_one_of_lru_map) {
    for (const unsigned cpus : {2U, 8U, 32U})
        EXPECT_LT(3 * ask("exact", traffic_mix::update, cpus).transfers,
                  ask("linux", traffic_mix::update, cpus).transfers)
            << cpus << ": it takes a node, links it, and gives the old one back";
}

TEST_F(forecasts, are_the_same_for_the_same_seed) {
    for (const char* map : {"exact", "mutex"}) {
        const forecast_answer once = ask(map, traffic_mix::churn, 8, 7);
        const forecast_answer again = ask(map, traffic_mix::churn, 8, 7);
        const forecast_answer other = ask(map, traffic_mix::churn, 8, 8);
        EXPECT_EQ(once.transfers, again.transfers) << map;
        EXPECT_EQ(once.accesses, again.accesses) << map;
        EXPECT_NE(once.accesses, other.accesses) << map;
    }
}

TEST(forecast_check, compares_pairs_that_the_forecast_tells_apart) {
    const measured_map light{"light", 0.1, {10, 12}};
    const measured_map heavy{"heavy", 4.0, {20, 120}};
    const measured_map alike{"alike", 4.2, {20, 21}};
    const auto pairs = resile_lab::compare_orders({light, heavy, alike});
    ASSERT_EQ(pairs.size(), 2U);
    EXPECT_EQ(pairs[0].lighter, "light");
    EXPECT_EQ(pairs[0].heavier, "heavy");
    EXPECT_TRUE(pairs[0].agrees);
    EXPECT_EQ(pairs[1].heavier, "alike");
    EXPECT_FALSE(pairs[1].agrees) << "4 lines, and company costs 1 ns: not to be believed";
}

}  // namespace
