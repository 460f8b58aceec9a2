// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The cases of docs/lock.md that need no instruction-level staging. s0.1 = a handler on the task s0.0.
// C3 to C6, C8 and C9 happen inside the acquisition: stepped_story_test.cpp.

#include "tests/lock/observed.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace resile_test {
namespace {

class story : public testing::Test {
  protected:
    actor s0, s1, s2;
    spinlock A, B, C;
    lock_result r0{}, r1{}, r2{}, handler{};
};

TEST_F(story, c1_a_lock_taken_by_a_handler_above_a_wait_does_not_depend_on_that_wait) {
    ASSERT_EQ(lock_by(s1, A), lock_result::acquired);
    start_waiting(s0, A, r0);
    s0.enter();
    ASSERT_EQ(lock_by(s0, B), lock_result::acquired);
    s1.enter();
    start_waiting(s1, B, handler);  // returns only if it was not refused

    unlock_by(s0, B);
    s1.finish("s1.1 gets B, since s0.1 runs on");
    EXPECT_EQ(handler, lock_result::acquired);
    unlock_by(s1, B);
    s1.leave();
    unlock_by(s1, A);
    s0.leave();
    s0.finish("s0.0 gets A");
    EXPECT_EQ(r0, lock_result::acquired);
    unlock_by(s0, A);
}

TEST_F(story, c2_a_wait_below_a_running_handler_still_counts) {
    ASSERT_EQ(lock_by(s1, A), lock_result::acquired);
    ASSERT_EQ(lock_by(s0, B), lock_result::acquired);
    start_waiting(s1, B, r1);
    s1.enter();  // does not wait
    s0.enter();
    EXPECT_EQ(lock_by(s0, A), lock_result::deadlock);
    s0.leave();
    unlock_by(s0, B);
    s1.leave();
    s1.finish("s1.0 gets B");
    EXPECT_EQ(r1, lock_result::acquired);
    unlock_by(s1, B);
    unlock_by(s1, A);
}

TEST_F(story, c3_staged_by_hand_a_former_owner_that_waits_now_is_no_deadlock) {
    ASSERT_EQ(lock_by(s1, A), lock_result::acquired);
    ASSERT_EQ(lock_by(s0, B), lock_result::acquired);
    s1.enter();
    start_waiting(s1, B, handler);
    unlock_by(s0, B);
    s1.finish("s1.1 gets B");
    EXPECT_EQ(handler, lock_result::acquired);
    s0.enter();
    start_waiting(s0, A, r0);
    unlock_by(s1, B);
    s1.leave();
    unlock_by(s1, A);
    s0.finish("s0.1 gets A");
    EXPECT_EQ(r0, lock_result::acquired);
    unlock_by(s0, A);
}

TEST_F(story, c4_staged_by_hand_a_wait_that_ended_closes_no_cycle) {
    ASSERT_EQ(lock_by(s1, A), lock_result::acquired);
    ASSERT_EQ(lock_by(s0, B), lock_result::acquired);
    ASSERT_EQ(lock_by(s2, C), lock_result::acquired);
    start_waiting(s0, A, r0);
    unlock_by(s1, A);
    s0.finish("s0 gets A");
    unlock_by(s0, A);  // keeps B and runs
    ASSERT_EQ(lock_by(s1, A), lock_result::acquired);
    start_waiting(s1, C, r1);
    start_waiting(s2, B, r2);  // no deadlock: s0 does not wait any more
    unlock_by(s0, B);
    s2.finish("s2 gets B");
    EXPECT_EQ(r2, lock_result::acquired);
    unlock_by(s2, B);
    unlock_by(s2, C);
    s1.finish("s1 gets C");
    EXPECT_EQ(r1, lock_result::acquired);
    unlock_by(s1, C);
    unlock_by(s1, A);
}

// C5: the wait that changes all the time is not part of the cycle, but the walk passes by it.
TEST_F(story, c5_a_real_cycle_is_found_while_unrelated_waits_change_all_the_time) {
    std::atomic<bool> stop{false};
    ASSERT_EQ(lock_by(s2, C), lock_result::acquired);
    std::jthread churn([&] {
        while (!stop) {
            const lock_result result = C.lock_for(std::chrono::nanoseconds{0});
            ASSERT_EQ(result, lock_result::timed_out);
        }
    });
    for (unsigned round = 0; round < scaled(400); ++round) {
        ASSERT_EQ(lock_by(s0, A), lock_result::acquired);
        ASSERT_EQ(lock_by(s1, B), lock_result::acquired);
        start_waiting(s0, B, r0);
        ASSERT_EQ(lock_by(s1, A), lock_result::deadlock);
        unlock_by(s1, B);
        s0.finish("s0 gets B");
        ASSERT_EQ(r0, lock_result::acquired);
        unlock_by(s0, B);
        unlock_by(s0, A);
    }
    stop = true;
    churn.join();
    unlock_by(s2, C);
}

// C5, sharper: the changing wait is that of a handler on top of a member of the cycle.
TEST_F(story, c5_a_real_cycle_is_found_while_a_handler_above_one_of_its_members_keeps_waiting_anew) {
    std::atomic<bool> stop{false};
    ASSERT_EQ(lock_by(s2, C), lock_result::acquired);
    ASSERT_EQ(lock_by(s1, B), lock_result::acquired);
    ASSERT_EQ(lock_by(s0, A), lock_result::acquired);
    start_waiting(s0, B, r0);
    s0.enter();
    s0.start([&] {
        while (!stop) handler = C.lock_for(std::chrono::nanoseconds{0});
    });
    for (unsigned round = 0; round < scaled(20'000); ++round)
        ASSERT_EQ(lock_by(s1, A), lock_result::deadlock) << "round " << round;
    stop = true;
    s0.finish("the handler stops");
    EXPECT_EQ(handler, lock_result::timed_out);
    s0.leave();
    unlock_by(s1, B);
    s0.finish("s0.0 gets B");
    EXPECT_EQ(r0, lock_result::acquired);
    unlock_by(s0, B);
    unlock_by(s0, A);
    unlock_by(s2, C);
}

TEST_F(story, c7_nobody_hangs_behind_an_interrupted_waiter_in_front) {
    ASSERT_EQ(lock_by(s2, A), lock_result::acquired);
    ASSERT_EQ(lock_by(s1, B), lock_result::acquired);
    start_waiting(s0, A, r0);
    start_waiting(s1, A, r1);  // behind s0.0
    s0.enter();
    unlock_by(s2, A);
    s1.finish("s1 takes A although s0.0 came first");
    EXPECT_EQ(r1, lock_result::acquired);
    start_waiting(s0, B, handler);
    unlock_by(s1, A);
    unlock_by(s1, B);
    s0.finish("s0.1 gets B");
    EXPECT_EQ(handler, lock_result::acquired);
    unlock_by(s0, B);
    s0.leave();
    s0.finish("s0.0 gets A");
    EXPECT_EQ(r0, lock_result::acquired);
    unlock_by(s0, A);
}

TEST_F(story, c7_nor_if_the_handler_asks_before_the_lock_is_released) {
    ASSERT_EQ(lock_by(s2, A), lock_result::acquired);
    ASSERT_EQ(lock_by(s1, B), lock_result::acquired);
    start_waiting(s0, A, r0);
    start_waiting(s1, A, r1);
    s0.enter();
    start_waiting(s0, B, handler);
    unlock_by(s2, A);
    s1.finish("s1 takes A");
    EXPECT_EQ(r1, lock_result::acquired);
    unlock_by(s1, A);
    unlock_by(s1, B);
    s0.finish("s0.1 gets B");
    unlock_by(s0, B);
    s0.leave();
    s0.finish("s0.0 gets A");
    EXPECT_EQ(r0, lock_result::acquired);
    unlock_by(s0, A);
}

TEST_F(story, c9_a_handler_above_a_waiter_takes_the_lock_after_somebody_else_did_without_waiting_for_it) {
    ASSERT_EQ(lock_by(s2, A), lock_result::acquired);
    start_waiting(s0, A, r0);
    s0.enter();
    unlock_by(s2, A);
    ASSERT_EQ(lock_by(s1, A), lock_result::acquired);
    start_waiting(s0, A, handler);
    unlock_by(s1, A);
    s0.finish("s0.1 gets A");
    EXPECT_EQ(handler, lock_result::acquired);
    unlock_by(s0, A);
    s0.leave();
    s0.finish("s0.0 gets A");
    EXPECT_EQ(r0, lock_result::acquired);
    unlock_by(s0, A);
}

// C10: also in cycle_test.cpp, for longer rings.
TEST_F(story, c10_of_two_who_close_abba_in_the_same_instant_at_least_one_sees_it) {
    manual_schedule at;
    for (unsigned round = 1; round <= scaled(4'000); ++round) {
        ASSERT_EQ(lock_by(s0, A), lock_result::acquired);
        ASSERT_EQ(lock_by(s1, B), lock_result::acquired);
        const auto close = [&at, round](spinlock& own, spinlock& other, lock_result& result) {
            at.reach(1);
            at.wait_for(1, 2 * round);
            result = other.lock_for(an_hour);
            own.unlock();
            if (result == lock_result::acquired) other.unlock();
        };
        s0.start([&] { close(A, B, r0); });
        s1.start([&] { close(B, A, r1); });
        s0.finish("s0 is refused or gets B");
        s1.finish("s1 is refused or gets A");
        ASSERT_TRUE(r0 == lock_result::deadlock || r1 == lock_result::deadlock) << "round " << round;
        ASSERT_TRUE(r0 == lock_result::deadlock || r0 == lock_result::acquired);
        ASSERT_TRUE(r1 == lock_result::deadlock || r1 == lock_result::acquired);
    }
}

// A walk guesses its way by the owners that waiters saw. In these three, A has changed hands since s1.0,
// which is interrupted, began to wait for it. C11: the guess ends there, C12: it leads astray, C13: it finds
// a cycle that was one.
TEST_F(story, c11_a_cycle_is_found_although_a_lock_on_it_changed_hands_under_its_waiter) {
    actor s3;
    ASSERT_EQ(lock_by(s3, A), lock_result::acquired);
    ASSERT_EQ(lock_by(s1, B), lock_result::acquired);
    ASSERT_EQ(lock_by(s0, C), lock_result::acquired);
    start_waiting(s1, A, r1);
    s1.enter();
    unlock_by(s3, A);
    ASSERT_EQ(lock_by(s2, A), lock_result::acquired);
    start_waiting(s2, C, r2);
    EXPECT_EQ(lock_by(s0, B), lock_result::deadlock);
    unlock_by(s0, C);
    s2.finish("s2 gets C");
    EXPECT_EQ(r2, lock_result::acquired);
    unlock_by(s2, C);
    unlock_by(s2, A);
    s1.leave();
    s1.finish("s1.0 gets A");
    EXPECT_EQ(r1, lock_result::acquired);
    unlock_by(s1, A);
    unlock_by(s1, B);
}

TEST_F(story, c12_a_cycle_is_found_beside_the_one_that_would_be_if_the_lock_had_not_changed_hands) {
    actor s3;
    lock_result r3{};
    ASSERT_EQ(lock_by(s3, A), lock_result::acquired);
    ASSERT_EQ(lock_by(s1, B), lock_result::acquired);
    ASSERT_EQ(lock_by(s0, C), lock_result::acquired);
    start_waiting(s1, A, r1);
    s1.enter();
    unlock_by(s3, A);
    ASSERT_EQ(lock_by(s2, A), lock_result::acquired);
    start_waiting(s3, C, r3);
    start_waiting(s2, C, r2);
    EXPECT_EQ(lock_by(s0, B), lock_result::deadlock);
    unlock_by(s0, C);
    await("one of two gets C", [&] { return s2.is_idle(0) || s3.is_idle(0); });
    actor& first = s2.is_idle(0) ? s2 : s3;
    actor& second = &first == &s2 ? s3 : s2;
    unlock_by(first, C);
    second.finish("the other gets C");
    unlock_by(second, C);
    EXPECT_EQ(r2, lock_result::acquired);
    EXPECT_EQ(r3, lock_result::acquired);
    unlock_by(s2, A);
    s1.leave();
    s1.finish("s1.0 gets A");
    EXPECT_EQ(r1, lock_result::acquired);
    unlock_by(s1, A);
    unlock_by(s1, B);
}

TEST_F(story, c13_a_cycle_through_the_former_owner_of_a_lock_is_none) {
    actor s3;
    lock_result r3{};
    ASSERT_EQ(lock_by(s3, A), lock_result::acquired);
    ASSERT_EQ(lock_by(s1, B), lock_result::acquired);
    ASSERT_EQ(lock_by(s0, C), lock_result::acquired);
    start_waiting(s1, A, r1);
    s1.enter();
    unlock_by(s3, A);
    ASSERT_EQ(lock_by(s2, A), lock_result::acquired);
    start_waiting(s3, C, r3);
    start_waiting(s0, B, r0);  // returns only if it was not refused
    unlock_by(s2, A);
    s1.leave();
    s1.finish("s1.0 gets A");
    EXPECT_EQ(r1, lock_result::acquired);
    unlock_by(s1, A);
    unlock_by(s1, B);
    s0.finish("s0 gets B");
    EXPECT_EQ(r0, lock_result::acquired);
    unlock_by(s0, B);
    unlock_by(s0, C);
    s3.finish("s3 gets C");
    EXPECT_EQ(r3, lock_result::acquired);
    unlock_by(s3, C);
}

}  // namespace
}  // namespace resile_test
