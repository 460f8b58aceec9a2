// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The judge finds what was planted, and the storm really interrupts.

#include "lab/judge/drain_refill.hpp"
#include "lab/torture/campaign.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <set>
#include <system_error>

namespace {

using resile_lab::drain_and_refill;
using resile_lab::verification;

// A map that keeps everything, but for the inserts that it is told to lose in each of its first refills.
class planted_map final : public resile_lab::map_under_test {
  public:
    planted_map(std::uint32_t entries, int lost_per_refill, int bad_refills)
        : entries_(entries), lost_(lost_per_refill), bad_refills_(bad_refills) {}

    int update(std::uint64_t key) noexcept override {
        if (inserted_++ % entries_ == 0) to_lose_ = bad_refills_-- > 0 ? lost_ : 0;
        if (to_lose_ > 0) {
            --to_lose_;
            return 0;
        }
        keys_.insert(key);
        return 0;
    }
    int erase(std::uint64_t key) noexcept override { return keys_.erase(key) != 0 ? 0 : -ENOENT; }
    bool contains(std::uint64_t key) noexcept override { return keys_.count(key) != 0; }
    bool any_key(std::uint64_t& key) noexcept override {
        if (keys_.empty()) return false;
        key = *keys_.begin();
        return true;
    }
    std::uint32_t max_entries() const noexcept override { return entries_; }
    resile::linux_lru::node_census census() const override { return {.free = entries_}; }
    resile::linux_lru::refusals refused() const noexcept override { return {}; }
    std::unique_ptr<map_under_test> another() const override {
        return std::make_unique<planted_map>(entries_, lost_, bad_refills_);
    }

  private:
    std::uint32_t entries_;
    int lost_;
    int bad_refills_;
    int to_lose_ = 0;
    std::uint64_t inserted_ = 0;
    std::set<std::uint64_t> keys_;
};

TEST(drain_refill, finds_a_perfect_map_perfect) {
    planted_map map(64, 0, 0);
    const auto outcome = drain_and_refill(map, verification::strict, 1000);
    EXPECT_TRUE(outcome.perfect());
    EXPECT_EQ(outcome.present, 64U);
    EXPECT_EQ(outcome.tries, 1U);
}

TEST(drain_refill, finds_a_single_stranded_node_at_the_first_try) {
    planted_map map(64, 1, 100);
    const auto outcome = drain_and_refill(map, verification::strict, 1000);
    EXPECT_FALSE(outcome.perfect());
    EXPECT_EQ(outcome.present_first_try, 63U);
}

TEST(drain_refill, lets_a_map_settle_within_three_tries_and_no_more) {
    planted_map recovers(64, 5, 2);
    const auto third = drain_and_refill(recovers, verification::settle, 1000);
    EXPECT_TRUE(third.perfect());
    EXPECT_EQ(third.tries, 3U);
    EXPECT_EQ(third.present_first_try, 59U);
    planted_map never(64, 5, 100);
    EXPECT_FALSE(drain_and_refill(never, verification::settle, 1000).perfect());
}

TEST(drain_refill, removes_keys_that_were_there_before) {
    planted_map map(8, 0, 0);
    for (std::uint64_t key = 5000; key < 5008; ++key) map.update(key);
    EXPECT_TRUE(drain_and_refill(map, verification::strict, 1000).perfect());
    EXPECT_FALSE(map.contains(5000));
}

resile::linux_lru_options options_of(resile::generation version) {
    resile::linux_lru_options options;
    options.max_entries = 64;
    options.version = version;
    return options;
}

// Storms until something was seen, for a minute at most.
template <class Seen>
resile_lab::flavour_outcome storm_until(resile_lab::interrupt_source source, resile::generation version,
                                        Seen seen) {
    const resile_lab::linux_map_under_test pattern(options_of(version));
    std::atomic<bool> stop{false};
    resile_lab::campaign_plan plan;
    plan.interrupts = source;
    plan.nest = 3;
    plan.rate = 10000;
    plan.seconds = 60;
    plan.stop = &stop;
    plan.progress = [&](const resile_lab::flavour_outcome& now, double) {
        if (seen(now)) stop = true;
    };
    return resile_lab::run_campaign(pattern, plan);
}

class storm : public testing::Test {
  protected:
    void SetUp() override {
        if (resile_test::under_tsan)
            GTEST_SKIP() << "TSan holds signals back until the thread calls something that it knows";
    }
};

TEST_F(storm, of_timers_interrupts_operations_and_handlers_and_ends_when_asked_to) {
    const auto outcome = storm_until(
        resile_lab::interrupt_source::timer, resile::generation::resilient,
        [](const auto& now) { return now.storm.inside_operation >= 100 && now.storm.deepest >= 2; });
    EXPECT_GE(outcome.storm.inside_operation, 100U);
    EXPECT_GE(outcome.storm.deepest, 2U);
    EXPECT_TRUE(outcome.storm.interrupted_by_user);
    EXPECT_GE(outcome.rounds, 1U) << "what was stormed is judged, also when asked to stop";
    EXPECT_EQ(outcome.unaccounted, 0U) << "the resilient generation strands nothing for good";
}

TEST_F(storm, of_the_plain_generation_meets_deadlocks_and_survives) {
    const auto outcome = storm_until(resile_lab::interrupt_source::timer, resile::generation::plain,
                                     [](const auto& now) { return now.storm.inside_operation >= 5000; });
    EXPECT_GT(outcome.would_have_hung, 0U);
}

TEST_F(storm, of_perf_events_interrupts_operations_where_it_is_permitted) {
    try {
        const auto outcome = storm_until(resile_lab::interrupt_source::perf, resile::generation::resilient,
                                         [](const auto& now) { return now.storm.inside_operation >= 100; });
        EXPECT_GE(outcome.storm.inside_operation, 100U);
    } catch (const std::system_error& error) {
        GTEST_SKIP() << error.what();
    }
}

}  // namespace
