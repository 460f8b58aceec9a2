// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The storm really interrupts, inside operations and handlers, says how often, and ends.

#include "lab/torture/campaign.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <system_error>
#include <thread>

namespace {

using resile_lab::flavour_outcome;
using resile_lab::interrupt_source;
using resile_lab::interrupt_storm;
using steady = std::chrono::steady_clock;

class storm : public testing::Test {
  protected:
    void SetUp() override {
        if (resile_test::under_tsan)
            GTEST_SKIP() << "TSan holds signals back until the thread calls something that it knows";
    }
};

// --- the source alone ---

constexpr auto patience =
    std::chrono::seconds(60);  // of loops that end when they have seen what they wait for

std::atomic<std::uint64_t> strikes;
std::atomic<unsigned> depth, deepest;
std::atomic<pid_t> elsewhere;
thread_local std::atomic<bool> may_be_struck{false};

void count_strike() noexcept {
    const unsigned now = depth.fetch_add(1) + 1;
    if (now > deepest.load()) deepest.store(now);
    if (!may_be_struck.load()) elsewhere.store(1);
    errno = EDOM;  // what a handler does to errno must not show
    // Long enough that others come meanwhile: 20 us at the least.
    for (const auto end = steady::now() + std::chrono::microseconds(20); steady::now() < end;) {
    }
    strikes.fetch_add(1);
    depth.fetch_sub(1);
}

// Works under a storm until `enough` holds; false: it never did.
bool work_under(const interrupt_storm& weather, const std::function<bool()>& enough) {
    strikes = 0;
    depth = deepest = 0;
    elsewhere = 0;
    bool seen = false;
    std::thread([&] {
        may_be_struck = true;
        const auto source = weather.strike_this_thread();
        const auto end = steady::now() + patience;
        errno = 0;
        while (!(seen = enough()) && steady::now() < end) {
        }
        EXPECT_EQ(errno, 0);
    }).join();
    return seen;
}

TEST_F(storm, of_timers_strikes_the_thread_that_asked_for_it_and_no_other) {
    const interrupt_storm weather(interrupt_source::timer, 1, 1000, count_strike);
    EXPECT_TRUE(work_under(weather, [] { return strikes >= 100; })) << strikes << " interrupts";
    EXPECT_EQ(elsewhere, 0);
    EXPECT_EQ(deepest, 1U) << "a signal does not interrupt its own handler";
    EXPECT_EQ(weather.description(), "POSIX timers");
}

TEST_F(storm, of_several_signals_interrupts_its_own_handlers) {
    const interrupt_storm weather(interrupt_source::timer, 4, 5000, count_strike);
    EXPECT_TRUE(work_under(weather, [] { return deepest >= 2; }));
    EXPECT_GE(deepest, 2U);
    EXPECT_LE(deepest, 4U) << "each signal once";
}

TEST_F(storm, is_over_when_its_source_is_gone) {
    const interrupt_storm weather(interrupt_source::timer, 2, 10000, count_strike);
    std::thread([&] {
        strikes = 0;
        may_be_struck = true;
        {
            const auto source = weather.strike_this_thread();
            for (const auto end = steady::now() + patience; strikes < 10 && steady::now() < end;) {
            }
        }
        const std::uint64_t until_now = strikes;
        EXPECT_GE(until_now, 10U);
        // As long as 100 more would have taken.
        for (const auto end = steady::now() + std::chrono::milliseconds(10); steady::now() < end;) {
        }
        EXPECT_LE(strikes, until_now + 2) << "but for those that were pending";
    }).join();
}

TEST_F(storm, of_perf_events_strikes_where_it_is_permitted) {
    const interrupt_storm weather(interrupt_source::perf, 2, 1000, count_strike);
    std::string refusal;
    std::thread([&] {  // a first try, to learn whether it is
        try {
            const auto source = weather.strike_this_thread();
        } catch (const std::system_error& error) {
            refusal = error.what();
        }
    })
        .join();
    if (!refusal.empty()) GTEST_SKIP() << refusal;
    EXPECT_TRUE(weather.description().starts_with("perf: ")) << weather.description();
    EXPECT_TRUE(work_under(weather, [] { return strikes >= 100; })) << strikes << " interrupts";
}

// --- against a map ---

resile_lab::campaign_plan plan_of(interrupt_source source, const std::atomic<bool>& stop) {
    resile_lab::campaign_plan plan;
    plan.interrupts = source;
    plan.nest = 3;
    plan.rate = 10000;
    plan.seconds = 60;
    plan.stop = &stop;
    return plan;
}

resile_lab::linux_map_under_test map_of_64(resile::generation version) {
    resile::linux_lru_options options;
    options.max_entries = 64;
    options.version = version;
    return resile_lab::linux_map_under_test(options);
}

// Storms until something was seen, for a minute at most.
flavour_outcome storm_until(interrupt_source source, resile::generation version,
                            const std::function<bool(const flavour_outcome&)>& seen) {
    const auto pattern = map_of_64(version);
    std::atomic<bool> stop{false};
    auto plan = plan_of(source, stop);
    plan.progress = [&](const flavour_outcome& now, double) {
        if (seen(now)) stop = true;
    };
    return resile_lab::run_campaign(pattern, plan);
}

TEST_F(storm, of_timers_interrupts_operations_and_handlers_and_ends_when_asked_to) {
    const auto outcome = storm_until(
        interrupt_source::timer, resile::generation::resilient,
        [](const auto& now) { return now.storm.inside_operation >= 100 && now.storm.deepest >= 2; });
    EXPECT_GE(outcome.storm.inside_operation, 100U);
    EXPECT_GE(outcome.storm.interrupts, outcome.storm.inside_operation);
    EXPECT_EQ(outcome.storm.interrupts, outcome.storm.handlers.done) << "one operation per interrupt";
    EXPECT_GE(outcome.storm.deepest, 2U);
    EXPECT_LE(outcome.storm.deepest, 3U);
    EXPECT_TRUE(outcome.storm.interrupted_by_user);
    EXPECT_GE(outcome.rounds, 1U) << "what was stormed is judged, also when asked to stop";
    EXPECT_EQ(outcome.unaccounted, 0U) << "the resilient generation strands nothing for good";
    EXPECT_EQ(outcome.fresh_present, 64U);
}

TEST_F(storm, of_the_plain_generation_meets_deadlocks_and_survives) {
    const auto outcome = storm_until(interrupt_source::timer, resile::generation::plain,
                                     [](const auto& now) { return now.storm.inside_operation >= 5000; });
    EXPECT_GT(outcome.would_have_hung, 0U);
}

TEST_F(storm, of_perf_events_interrupts_operations_where_it_is_permitted) {
    try {
        const auto outcome = storm_until(interrupt_source::perf, resile::generation::resilient,
                                         [](const auto& now) { return now.storm.inside_operation >= 100; });
        EXPECT_GE(outcome.storm.inside_operation, 100U);
    } catch (const std::system_error& error) {
        GTEST_SKIP() << error.what();
    }
}

TEST_F(storm, does_not_begin_when_asked_to_stop_before) {
    const std::atomic<bool> stop{true};
    const auto outcome = resile_lab::run_campaign(map_of_64(resile::generation::resilient),
                                                  plan_of(interrupt_source::timer, stop));
    EXPECT_EQ(outcome.rounds, 0U);
    EXPECT_EQ(outcome.storm.interrupts, 0U);
    EXPECT_TRUE(outcome.storm.interrupted_by_user);
    EXPECT_FALSE(outcome.held()) << "nothing was judged";
    EXPECT_EQ(outcome.fresh_present, 64U) << "an untouched map refills perfectly";
}

TEST_F(storm, lasts_as_long_as_planned_and_is_judged_after_every_round) {
    const std::atomic<bool> stop{false};
    auto plan = plan_of(interrupt_source::timer, stop);
    plan.rate = 2000;
    plan.seconds = 0.2;
    plan.round_seconds = 0.05;
    double done = 0;
    plan.progress = [&](const flavour_outcome&, double now) {
        EXPECT_GE(now, done) << "progress goes forward";
        done = now;
    };
    const auto outcome = resile_lab::run_campaign(map_of_64(resile::generation::resilient), plan);
    EXPECT_GE(outcome.storm.seconds, 0.2);
    EXPECT_GE(outcome.rounds, 1U);
    EXPECT_LE(outcome.rounds, 4U) << "the length of late rounds counts";
    EXPECT_LE(outcome.perfect_rounds, outcome.rounds);
    EXPECT_FALSE(outcome.storm.interrupted_by_user);
}

}  // namespace
