// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Histories of a storm, judged as they come: what is ours can be put in order, what is planted is found.

#include "lab/torture/history_check.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

namespace {

using resile::recency;
using resile_lab::check_histories;
using resile_lab::check_outcome;
using resile_lab::checked_map_of;
using resile_lab::five_words;
using resile_lab::map_call;
using resile_lab::map_reply;
using resile_lab::one_word;
using resile_lab::plain_kind;

// An update in two steps: what it reads may be old when it writes.
struct two_step_update : plain_kind<one_word> {
    static map_reply perform(map_type& map, const resile_lab::asked_of_map& asked) {
        if (asked.what != map_call::update) return plain_kind<one_word>::perform(map, asked);
        const auto now = map.peek(asked.key);
        return now ? plain_kind<one_word>::perform(map, {map_call::replace, asked.key, *now + asked.value})
                   : map_reply{};
    }
};

// An insertion that makes room first: its victim goes, whether it inserts or not.
struct room_first : plain_kind<one_word> {
    static map_reply perform(map_type& map, const resile_lab::asked_of_map& asked) {
        if (asked.what == map_call::insert && map.size() == map.max_size() && !map.contains(asked.key))
            (void)map.erase(asked.key % 2 + 1);
        return plain_kind<one_word>::perform(map, asked);
    }
};

class history_check : public testing::Test {
  protected:
    void SetUp() override {
        if (resile_test::under_tsan)
            GTEST_SKIP() << "TSan holds signals back until the thread calls something that it knows";
    }
    static resile_lab::check_plan plan(double seconds) {
        resile_lab::check_plan made;
        made.rate = 20'000;
        made.seed = resile_test::announce_seed("history_check");
        made.seconds = seconds;
        return made;
    }
    static std::string told(const check_outcome& sum) {
        return sum.first ? to_text(sum.first->history) : "no history";
    }
};

template <class Kind>
check_outcome checked(recency order, const resile_lab::check_plan& plan) {
    return check_histories(checked_map_of<Kind>::maker(order), plan);
}

TEST_F(history_check, of_lru_map_finds_an_order_for_every_history) {
    const auto expect_orders = [](const check_outcome& sum) {
        EXPECT_TRUE(sum.held()) << sum.unordered << " without an order, " << sum.refused << " refused, "
                                << sum.stranded << " maps without all their nodes:\n"
                                << told(sum);
        EXPECT_GE(sum.histories, 20U);
        EXPECT_GT(sum.calls, 2 * sum.histories);
        EXPECT_GT(sum.overlapping, 0U);
        EXPECT_GT(sum.in_handlers, 0U);
    };
    expect_orders(checked<plain_kind<one_word>>(recency::shared, plan(0.5)));
    expect_orders(checked<plain_kind<five_words>>(recency::shared, plan(0.5)));
    expect_orders(checked<plain_kind<one_word>>(recency::per_cpu, plan(0.5)));
    auto three = plan(0.5);
    three.threads = 3;
    expect_orders(checked<plain_kind<five_words>>(recency::per_cpu, three));
}

// Until it finds something, or half a minute has passed: a machine may be slow, or busy.
template <class Kind>
check_outcome checked_until_found(resile_lab::check_plan plan) {
    check_outcome sum;
    for (double seconds = 0; sum.unordered == 0 && seconds < 30; seconds += plan.seconds) {
        sum = checked<Kind>(recency::shared, plan);
        plan.seed += 1'000'000;
    }
    return sum;
}

TEST_F(history_check, finds_a_replacement_in_two_steps) {
    const auto sum = checked_until_found<resile_lab::two_step_kind<five_words>>(plan(0.3));
    ASSERT_TRUE(sum.first) << "of " << sum.histories;
    EXPECT_FALSE(sum.held());
    const auto again = judge_history(sum.first->history);
    EXPECT_FALSE(again.linearizable) << "what was kept is what was judged";
    EXPECT_EQ(again.order, sum.first->how_far.order);
}

TEST_F(history_check, finds_lost_updates_and_victims_for_nothing) {
    EXPECT_GT(checked_until_found<two_step_update>(plan(0.3)).unordered, 0U);
    EXPECT_GT(checked_until_found<room_first>(plan(0.3)).unordered, 0U);
}

}  // namespace
