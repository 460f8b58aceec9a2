// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The product's cases hold under all schedules within the bounds; what was planted is found, told and
// replayed.

#include "lab/schedule/explorer.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

namespace resile_lab {

// (For GoogleTest, which would print bytes.)
void PrintTo(const schedule_case& one, std::ostream* out) {
    *out << one.name;
}

}  // namespace resile_lab

namespace {

using resile_lab::exploration;
using resile_lab::exploration_plan;
using resile_lab::schedule_case;
using resile_lab::search_kind;

// All schedules with two preemptions and an interrupt; under a sanitizer, with one preemption.
exploration_plan exhaustive(const schedule_case& which) {
    exploration_plan plan;
    plan.threads = which.least_threads;
    const bool slow = resile_test::shrink != 1;
    // The ring of three locks has four million schedules with two: minutes of a test; the tool does them.
    plan.limits.preemptions = slow || which.least_threads > 2 ? 1 : 2;
    plan.limits.interrupts = std::min(1U, which.most_interrupts);
    return plan;
}

std::string told(const exploration& result) {
    return result.broken ? result.name + ": " + result.broken->what + "\n" + result.broken->story
                         : result.name;
}

std::vector<schedule_case> cases_that(bool must_break) {
    std::vector<schedule_case> wanted;
    for (const schedule_case& one : resile_lab::schedule_cases())
        if (one.must_break == must_break) wanted.push_back(one);
    return wanted;
}

std::string name_of_case(const testing::TestParamInfo<schedule_case>& info) {
    std::string name = info.param.name;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

class scheduled : public testing::TestWithParam<schedule_case> {
  protected:
    void SetUp() override {
        if (resile_test::under_tsan)
            GTEST_SKIP() << "one thread on many stacks: nothing that TSan could judge";
    }
};

class scheduled_product : public scheduled {};
class scheduled_fault : public scheduled {};

TEST_P(scheduled_product, holds_under_every_schedule) {
    const exploration result = resile_lab::explore(GetParam(), exhaustive(GetParam()));
    EXPECT_FALSE(result.broken.has_value()) << told(result);
    EXPECT_TRUE(result.complete);
    EXPECT_GT(result.schedules, 100U);
    EXPECT_GT(result.contended_words, 0U);
}

TEST_P(scheduled_product, holds_with_more_threads_and_nested_interrupts_at_random) {
    for (const search_kind how : {search_kind::random, search_kind::pct}) {
        exploration_plan plan;
        plan.how = how;
        plan.threads = 3;
        plan.limits = {resile_lab::no_limit, 2};
        plan.most_schedules = resile_test::scaled(4000);
        plan.seed = resile_test::announce_seed("scheduled_product");
        const exploration result = resile_lab::explore(GetParam(), plan);
        EXPECT_FALSE(result.broken.has_value()) << told(result);
        EXPECT_EQ(result.schedules, plan.most_schedules);
    }
}

TEST_P(scheduled_fault, is_found_minimised_told_and_replayed) {
    exploration_plan plan = exhaustive(GetParam());
    plan.limits.preemptions = 2;
    if (GetParam().least_threads > 2) {  // too many schedules for a test
        plan.how = search_kind::pct;
        plan.limits = {resile_lab::no_limit, 2};
        plan.most_schedules = 200'000;
    }
    const exploration result = resile_lab::explore(GetParam(), plan);
    ASSERT_TRUE(result.broken.has_value()) << "a lab that does not find what was planted is broken";
    const resile_lab::counterexample& broken = *result.broken;
    EXPECT_FALSE(broken.what.empty());
    EXPECT_NE(broken.story.find("thread 1"), std::string::npos);
    ASSERT_FALSE(broken.how.empty());
    EXPECT_LE(broken.how.size(), broken.deviations_found);

    const resile_lab::counterexample again = resile_lab::replay(GetParam(), plan.threads, broken.how);
    EXPECT_EQ(again.what, broken.what);
    EXPECT_EQ(again.story, broken.story);
    EXPECT_EQ(again.how, broken.how);

    for (std::size_t i = 0; i < broken.how.size(); ++i) {
        resile_lab::schedule without = broken.how;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
        const auto outcome = resile_lab::replay(GetParam(), plan.threads, without);
        EXPECT_TRUE(outcome.what.empty() || outcome.how.size() >= broken.how.size())
            << "deviation " << i << " is not needed";
    }
    EXPECT_TRUE(resile_lab::replay(GetParam(), plan.threads, {}).what.empty())
        << "without interference nothing is wrong";
}

TEST_P(scheduled_fault, is_found_at_random_and_by_priorities_too) {
    for (const search_kind how : {search_kind::random, search_kind::pct}) {
        exploration_plan plan;
        plan.how = how;
        plan.threads = GetParam().least_threads;
        plan.limits = {resile_lab::no_limit, plan.threads - 1};
        plan.most_schedules = 200'000;
        plan.seed = resile_test::announce_seed("scheduled_fault");
        EXPECT_TRUE(resile_lab::explore(GetParam(), plan).broken.has_value());
    }
}

INSTANTIATE_TEST_SUITE_P(all, scheduled_product, testing::ValuesIn(cases_that(false)), name_of_case);
INSTANTIATE_TEST_SUITE_P(all, scheduled_fault, testing::ValuesIn(cases_that(true)), name_of_case);

TEST(schedule_catalogue, has_the_faults_that_the_lab_must_find) {
    for (const char* name :
         {"planted-untagged-stack", "planted-unchecked-search", "planted-two-step-replace",
          "linux-lost-update", "linux-early-eviction", "linux-plain-nmi-deadlock", "linux-stranded-nodes"}) {
        const schedule_case* found = resile_lab::find_schedule_case(name);
        ASSERT_NE(found, nullptr) << name;
        EXPECT_TRUE(found->must_break);
    }
    EXPECT_EQ(resile_lab::find_schedule_case("no such case"), nullptr);
}

TEST(schedule_catalogue, asks_lru_map_whatever_linux_map_fails_at) {
    for (const schedule_case& one : resile_lab::schedule_cases()) {
        if (one.name.rfind("linux-", 0) != 0) continue;
        const schedule_case* twin = resile_lab::find_schedule_case(one.name.substr(6));
        ASSERT_NE(twin, nullptr) << one.name;
        EXPECT_FALSE(twin->must_break) << twin->name;
    }
}

}  // namespace
