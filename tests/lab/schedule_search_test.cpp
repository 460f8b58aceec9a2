// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The scheduler itself, on scenarios of a few words: what it must see, and how many schedules that takes.

#include "lab/schedule/explorer.hpp"
#include "lab/schedule/platform_words.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace {

using resile_lab::exploration;
using resile_lab::exploration_plan;
using resile_lab::scenario;
using resile_lab::schedule_case;
using resile_lab::scheduler;
using resile_lab::search_kind;
using resile_lab::watched_word;

class schedule_search : public testing::Test {
  protected:
    void SetUp() override {
        if (resile_test::under_tsan)
            GTEST_SKIP() << "one thread on many stacks: nothing that TSan could judge";
    }
};

// Threads add 1 to a word, each in two steps.
class lost_update : public scenario {
  public:
    lost_update(unsigned threads, std::set<std::uint64_t>& sums) : threads_(threads), sums_(sums) {}
    [[nodiscard]] unsigned threads() const override { return threads_; }
    void begin() override {}
    void run_thread(scheduler&, unsigned) override { sum_.store(sum_.load() + 1); }
    void run_handler(scheduler& how, unsigned thread, unsigned) override { run_thread(how, thread); }
    [[nodiscard]] std::string judge(scheduler&) override {
        sums_.insert(sum_.load());
        return {};
    }

  private:
    unsigned threads_;
    std::set<std::uint64_t>& sums_;
    watched_word sum_;
};

exploration explore(const std::function<std::unique_ptr<scenario>(unsigned)>& make, exploration_plan plan) {
    schedule_case made{.name = "made here", .meaning = ""};
    made.make = make;
    return resile_lab::explore(made, plan);
}

exploration_plan bounded(unsigned preemptions, unsigned interrupts, unsigned threads = 2) {
    exploration_plan plan;
    plan.threads = threads;
    plan.limits.preemptions = preemptions;
    plan.limits.interrupts = interrupts;
    return plan;
}

std::set<std::uint64_t> sums_seen(const exploration_plan& plan) {
    std::set<std::uint64_t> sums;
    const exploration all =
        explore([&](unsigned threads) { return std::make_unique<lost_update>(threads, sums); }, plan);
    EXPECT_FALSE(all.broken.has_value());
    return sums;
}

TEST_F(schedule_search, without_preemptions_runs_threads_one_after_the_other) {
    std::set<std::uint64_t> sums;
    const exploration all = explore(
        [&](unsigned threads) { return std::make_unique<lost_update>(threads, sums); }, bounded(0, 0, 3));
    EXPECT_TRUE(all.complete);
    EXPECT_EQ(sums, (std::set<std::uint64_t>{3}));
    EXPECT_EQ(all.schedules, 6U) << "three threads have six orders";
}

TEST_F(schedule_search, with_one_preemption_sees_a_lost_update) {
    EXPECT_EQ(sums_seen(bounded(1, 0)), (std::set<std::uint64_t>{1, 2}));
}

// One writes 1, then 2; the other looks twice. Seen: ten times the first look, and the second.
class two_looks : public scenario {
  public:
    explicit two_looks(std::set<std::uint64_t>& seen) : seen_(seen) {}
    [[nodiscard]] unsigned threads() const override { return 2; }
    void begin() override {}
    void run_thread(scheduler&, unsigned me) override {
        if (me == 0) {
            word_.store(1);
            word_.store(2);
        } else {
            const std::uint64_t first = word_.load();
            looks_ = 10 * first + word_.load();
        }
    }
    void run_handler(scheduler&, unsigned, unsigned) override {}
    [[nodiscard]] unsigned handlers_of(unsigned) const override { return 0; }
    [[nodiscard]] std::string judge(scheduler&) override {
        seen_.insert(looks_);
        return {};
    }

  private:
    std::set<std::uint64_t>& seen_;
    std::uint64_t looks_ = 0;
    watched_word word_;
};

TEST_F(schedule_search, needs_as_many_preemptions_as_an_outcome_has) {
    const auto seen_with = [](unsigned preemptions) {
        std::set<std::uint64_t> seen;
        EXPECT_TRUE(
            explore([&](unsigned) { return std::make_unique<two_looks>(seen); }, bounded(preemptions, 0))
                .complete);
        return seen;
    };
    EXPECT_EQ(seen_with(0), (std::set<std::uint64_t>{0, 22}));
    EXPECT_EQ(seen_with(1), (std::set<std::uint64_t>{0, 2, 11, 22}));
    EXPECT_EQ(seen_with(2), (std::set<std::uint64_t>{0, 1, 2, 11, 12, 22}));
}

TEST_F(schedule_search, lets_a_handler_come_between_two_steps_of_its_own_thread) {
    EXPECT_EQ(sums_seen(bounded(0, 1)), (std::set<std::uint64_t>{2, 3}));
    EXPECT_EQ(sums_seen(bounded(0, 0)), (std::set<std::uint64_t>{2}));
}

TEST_F(schedule_search, at_random_and_by_priorities_finds_the_same) {
    for (const search_kind how : {search_kind::random, search_kind::pct}) {
        exploration_plan plan = bounded(resile_lab::no_limit, 1, 3);
        plan.how = how;
        plan.most_schedules = 5000;
        plan.seed = resile_test::announce_seed("schedule_search");
        EXPECT_EQ(sums_seen(plan), (std::set<std::uint64_t>{1, 2, 3, 4}));
    }
}

// Peterson's algorithm, with a flag raised too late if `wrong`.
class peterson : public scenario {
  public:
    explicit peterson(bool wrong) : wrong_(wrong) {}
    [[nodiscard]] unsigned threads() const override { return 2; }
    void begin() override { inside_ = 0; }
    void run_thread(scheduler& how, unsigned me) override {
        if (!wrong_) wants_[me].store(1);
        turn_.store(1 - me);
        if (wrong_) wants_[me].store(1);
        while (wants_[1 - me].load() == 1 && turn_.load() == 1 - me) resile_lab::watched_pause();
        if (inside_++ != 0) how.fail("both are inside");
        shared_.store(shared_.load() + 1);
        --inside_;
        wants_[me].store(0);
    }
    void run_handler(scheduler&, unsigned, unsigned) override {}
    [[nodiscard]] unsigned handlers_of(unsigned) const override { return 0; }
    [[nodiscard]] std::string judge(scheduler&) override {
        return shared_.load() == 2 ? "" : "an update was lost";
    }

  private:
    bool wrong_;
    watched_word wants_[2], turn_, shared_;
    unsigned inside_ = 0;
};

TEST_F(schedule_search, proves_a_mutual_exclusion_and_refutes_its_wrong_form) {
    const auto search = [](bool wrong) {
        return explore([=](unsigned) { return std::make_unique<peterson>(wrong); }, bounded(3, 0));
    };
    const exploration right = search(false);
    EXPECT_TRUE(right.complete && !right.broken) << (right.broken ? right.broken->story : "");
    EXPECT_GT(right.schedules, 50U);
    const exploration wrong = search(true);
    ASSERT_TRUE(wrong.broken.has_value());
    EXPECT_EQ(wrong.broken->what, "both are inside");
}

// Waits for what never comes.
class waits_for_ever : public scenario {
  public:
    explicit waits_for_ever(bool asleep) : asleep_(asleep) {}
    [[nodiscard]] unsigned threads() const override { return 2; }
    void begin() override {}
    void run_thread(scheduler&, unsigned) override {
        while (word_.load() == 0) {
            if (asleep_)
                word_.sleep_while(0);
            else
                resile_lab::watched_pause();
        }
    }
    void run_handler(scheduler&, unsigned, unsigned) override {}
    [[nodiscard]] unsigned handlers_of(unsigned) const override { return 0; }
    [[nodiscard]] std::string judge(scheduler&) override { return {}; }

  private:
    bool asleep_;
    watched_word word_;
};

TEST_F(schedule_search, tells_a_deadlock_from_a_livelock) {
    const auto verdict = [](bool asleep) {
        const exploration all =
            explore([=](unsigned) { return std::make_unique<waits_for_ever>(asleep); }, bounded(0, 0));
        return all.broken ? all.broken->what : "";
    };
    EXPECT_EQ(verdict(true).substr(0, 8), "deadlock");
    EXPECT_EQ(verdict(false).substr(0, 8), "livelock");
}

// One sleeps until the other wakes it, or forgets to.
class sleeper : public scenario {
  public:
    explicit sleeper(bool wakes) : wakes_(wakes) {}
    [[nodiscard]] unsigned threads() const override { return 2; }
    void begin() override {}
    void run_thread(scheduler&, unsigned me) override {
        if (me == 0) {
            while (word_.load() == 0) word_.sleep_while(0);
        } else {
            word_.store(1);
            if (wakes_) word_.wake_one();
        }
    }
    void run_handler(scheduler&, unsigned, unsigned) override {}
    [[nodiscard]] unsigned handlers_of(unsigned) const override { return 0; }
    [[nodiscard]] std::string judge(scheduler&) override { return {}; }

  private:
    bool wakes_;
    watched_word word_;
};

TEST_F(schedule_search, finds_a_wake_up_that_is_missing) {
    const auto broken = [](bool wakes) {
        return explore([=](unsigned) { return std::make_unique<sleeper>(wakes); }, bounded(1, 0))
            .broken.has_value();
    };
    EXPECT_FALSE(broken(true));
    EXPECT_TRUE(broken(false));
}

}  // namespace
