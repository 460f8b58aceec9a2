// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The instrument itself: does a breakpoint strike where single-stepping says it should?

#include "lab/injection/instruction_points.hpp"
#include "lab/injection/side_stack.hpp"
#include "lab/injection/single_stepper.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <cstring>
#include <ctime>
#include <thread>

namespace {

using resile_lab::call;
using resile_lab::instruction_point;

// A call that counts, with a loop, a repeated instruction, and code that the kernel lends (vdso).
struct subject {
    volatile unsigned counted = 0;
    char from[40] = {}, to[40] = {};
    unsigned others_first = 0;  // times
    static void run(void* self) noexcept {
        auto& mine = *static_cast<subject*>(self);
        for (unsigned i = 0; i < mine.others_first; ++i) (void)::sched_yield();
        for (unsigned i = 0; i < 5; ++i) {
            __asm__ volatile("" : "+r"(i));  // stays a loop
            mine.counted = mine.counted + 1;
        }
#if defined(__x86_64__)
        void* to = mine.to;
        const void* from = mine.from;
        std::size_t bytes = sizeof(mine.from);
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
#endif
        (void)::time(nullptr);  // as many instructions each time, unlike finer clocks
        mine.counted = mine.counted + 1;
    }
    [[nodiscard]] call as_call() noexcept {
        return {&subject::run, this};
    }
};

// What had been done when the strike came.
struct sight {
    subject* of;
    unsigned counted = 0, copied = 0, strikes = 0;
    static void look(void* self) noexcept {
        auto& mine = *static_cast<sight*>(self);
        mine.counted = mine.of->counted;
        mine.copied = 0;
        for (const char byte : mine.of->to) mine.copied += byte == 'x' ? 1U : 0U;
        ++mine.strikes;
    }
    bool operator==(const sight& other) const {
        return counted == other.counted && copied == other.copied && strikes == other.strikes;
    }
};

class instruction_points : public testing::Test {
  protected:
    void SetUp() override {
        if (!resile_lab::can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
        subject warming_up;
        warming_up.as_call()();
    }
    template <class Strike>
    static sight seen_by(Strike&& strike) {
        subject fresh;
        std::memset(fresh.from, 'x', sizeof(fresh.from));
        sight seen{&fresh};
        EXPECT_TRUE(strike(fresh.as_call(), call{&sight::look, &seen}));
        EXPECT_EQ(fresh.counted, 6U) << "the call went on to its end";
        return seen;
    }
};

TEST_F(instruction_points, are_struck_at_the_same_instants_by_breakpoints_and_by_single_steps) {
    subject looked_at;
    const auto points = resile_lab::points_of(looked_at.as_call());
    ASSERT_GT(points.size(), 60U);
    unsigned visited_again = 0, stepped_to = 0;
    for (std::size_t k = 0; k < points.size(); ++k) {
        visited_again += points[k].visit > 1 ? 1U : 0U;
        stepped_to += points[k].steps != 0 ? 1U : 0U;
        const sight stepped = seen_by([&](const call& code, const call& strike) {
            return resile_lab::interrupt_by_stepping(code, k, strike);
        });
        const sight broken = seen_by([&](const call& code, const call& strike) {
            return resile_lab::interrupt(code, points[k], strike);
        });
        ASSERT_TRUE(stepped == broken) << "point " << k << " of " << points.size();
    }
    EXPECT_GT(visited_again, 4U) << "a loop comes to the same instruction more than once";
    EXPECT_GT(stepped_to, 30U) << "the rounds of rep movsb, and the vdso";
}

TEST_F(instruction_points, begin_before_anything_is_done_and_end_after_everything) {
    subject looked_at;
    const auto points = resile_lab::points_of(looked_at.as_call());
    const auto at = [&](const instruction_point& point) {
        return seen_by(
            [&](const call& code, const call& strike) { return resile_lab::interrupt(code, point, strike); });
    };
    EXPECT_EQ(at(points.front()).counted, 0U);
    EXPECT_EQ(at(points.back()).counted, 6U);
    EXPECT_EQ(at(points.back()).copied, 40U);
}

TEST_F(instruction_points, that_are_not_come_to_are_reported_and_leave_no_trace) {
    subject looked_at;
    instruction_point never = resile_lab::points_of(looked_at.as_call()).front();
    never.visit = 2;
    subject fresh;
    sight seen{&fresh};
    EXPECT_FALSE(resile_lab::interrupt(fresh.as_call(), never, call{&sight::look, &seen}));
    EXPECT_EQ(fresh.counted, 6U);
    fresh.as_call()();
    EXPECT_EQ(fresh.counted, 12U) << "no breakpoint is left behind";
    EXPECT_EQ(seen.strikes, 0U);
}

TEST_F(instruction_points, can_be_found_by_what_is_true_there) {
    subject looked_at;
    const auto third = resile_lab::first_point_where(
        looked_at.as_call(), [](void* of) noexcept { return static_cast<const subject*>(of)->counted == 3; },
        &looked_at);
    ASSERT_TRUE(third);
    EXPECT_EQ(seen_by([&](const call& code, const call& strike) {
                  return resile_lab::interrupt(code, *third, strike);
              }).counted,
              3U);
}

TEST_F(instruction_points, of_a_striking_call_can_be_struck_in_turn) {
    subject outer, inner_looked_at;
    const auto outer_points = resile_lab::points_of(outer.as_call());
    const auto inner_points = resile_lab::points_of(inner_looked_at.as_call());
    for (std::size_t k = 0; k < outer_points.size(); k += 17) {
        subject below, on_top;
        sight seen{&on_top};
        const call look{&sight::look, &seen};
        bool both = false;
        auto strike = [&] { both = resile_lab::interrupt(on_top.as_call(), inner_points[k], look); };
        const call handler{[](void* stored) noexcept { (*static_cast<decltype(strike)*>(stored))(); },
                           &strike};
        ASSERT_TRUE(resile_lab::interrupt(below.as_call(), outer_points[k], handler)) << k;
        ASSERT_TRUE(both) << k;
        ASSERT_EQ(below.counted + on_top.counted, 12U) << k;
    }
}

// It counts as `passing` does, all the time, on a thread of its own.
class passer_by {
  public:
    ~passer_by() {
        over_.store(true, std::memory_order_relaxed);  // relaxed: an end, no more
        thread_.join();
        EXPECT_EQ(wrong_, 0U) << "of " << passed_ << " calls";
        EXPECT_GT(passed_, 0U);
    }

  private:
    void pass() {
        do {
            subject passing;
            passing.as_call()();
            ++passed_;
            wrong_ += passing.counted != 6 ? 1U : 0U;
        } while (!over_.load(std::memory_order_relaxed));
    }
    std::atomic<bool> over_{false};
    unsigned passed_ = 0, wrong_ = 0;
    std::thread thread_{[this] { pass(); }};
};

TEST_F(instruction_points, are_struck_on_the_thread_that_asked_while_another_passes_the_same_code) {
    struct strike_counter {
        std::thread::id where = std::this_thread::get_id();
        unsigned here = 0, elsewhere = 0;
        static void count(void* self) noexcept {
            auto& mine = *static_cast<strike_counter*>(self);
            ++(std::this_thread::get_id() == mine.where ? mine.here : mine.elsewhere);
        }
    } strikes;
    subject looked_at;
    const auto points = resile_lab::points_of(looked_at.as_call());
    const passer_by other;
    for (const instruction_point& point : points) {
        subject fresh;
        fresh.others_first = 2;
        ASSERT_TRUE(resile_lab::interrupt(fresh.as_call(), point, {&strike_counter::count, &strikes}));
        ASSERT_EQ(fresh.counted, 6U);
    }
    EXPECT_EQ(strikes.here, points.size());
    EXPECT_EQ(strikes.elsewhere, 0U);
}

TEST_F(instruction_points, can_be_left_for_ever_or_gone_on_from_later) {
    subject looked_at;
    const auto points = resile_lab::points_of(looked_at.as_call());
    for (std::size_t k = 0; k < points.size(); k += 7) {
        resile_lab::side_stack stack;
        subject left;
        const call leave{[](void* on) noexcept { static_cast<resile_lab::side_stack*>(on)->leave(); },
                         &stack};
        auto run = [&] { (void)resile_lab::interrupt(left.as_call(), points[k], leave); };
        const call begin{[](void* stored) noexcept { (*static_cast<decltype(run)*>(stored))(); }, &run};
        ASSERT_FALSE(stack.run(begin)) << k;
        ASSERT_LE(left.counted, 6U);
        if (k % 2 == 0) continue;
        ASSERT_TRUE(stack.resume()) << k;
        ASSERT_EQ(left.counted, 6U) << k;
    }
}

}  // namespace
