// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The cases of docs/lock.md in which something happens in the middle of an acquisition: it is made to happen
// after the k-th instruction, for many k. s0.1 = a handler on the task s0.0.

#include "lab/injection/single_stepper.hpp"
#include "tests/lock/observed.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace resile_test {
namespace {

using resile_lab::can_single_step;
using resile_lab::single_step;
using resile_lab::stop_stepping;

using std::chrono::nanoseconds;

class stepped_story : public testing::Test {
  protected:
    void SetUp() override {
        if (!can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    }

    // Starts lock() of a lock; after its instruction `k`, event() runs in a handler. Returns when the event
    // is over, or lock() answered before.
    template <class Event>
    void lock_with_event(actor& who, spinlock& lock, lock_result& result, unsigned long k, Event& event) {
        stage_.lock = &lock;
        stage_.result = &result;
        stage_.k = k;
        stage_.happened = false;
        stage_.call = [](void* stored) { (*static_cast<Event*>(stored))(); };
        stage_.event = &event;
        stage* now = &stage_;
        who.start([now] {
            single_step([now] { *now->result = now->lock->lock_for(an_hour); },
                        [now](unsigned long step) {
                            if (step != now->k) return;
                            now->call(now->event);
                            stop_stepping();
                            now->happened.store(true, std::memory_order_release);
                        });
        });
        await("the event in the middle of lock() is over", [&] { return happened() || who.is_idle(0); });
    }
    [[nodiscard]] bool happened() const { return stage_.happened.load(std::memory_order_acquire); }

    // Few instructions one by one, the rest at random: a slow path has some thousands before it first sleeps.
    template <class Story>
    void at_many_instructions(Story&& story) {
        random_numbers numbers(announce_seed("stepped_story"));
        for (unsigned i = 0; i < stories; ++i) {
            k_ = 1 + numbers.below(i % 2 == 0 ? 4'000 : 1'500);
            SCOPED_TRACE(testing::Message() << "event after instruction " << k_);
            story();
            if (HasFatalFailure() || HasNonfatalFailure()) return;
        }
    }

    struct stage {
        spinlock* lock = nullptr;
        lock_result* result = nullptr;
        unsigned long k = 0;
        std::atomic<bool> happened{false};
        void (*call)(void*) = nullptr;
        void* event = nullptr;
    } stage_;
    static constexpr unsigned stories = scaled(80);
    unsigned long k_ = 0;
    actor s0, s1, s2;
    spinlock A, B, C;
    lock_result r0{}, r1{}, r2{}, handler{};
};

TEST_F(stepped_story, c3_a_former_owner_that_starts_to_wait_during_the_walk_is_no_deadlock) {
    at_many_instructions([&] {
        ASSERT_EQ(lock_by(s1, A), lock_result::acquired);
        ASSERT_EQ(lock_by(s0, B), lock_result::acquired);
        auto event = [&] {
            s0.start([&] {
                B.unlock();
                r0 = A.lock_for(an_hour);
            });
            await("s0 waits for A", [&] { return is_waiting_for(s0.slot(), A); });
        };
        lock_with_event(s1, B, r1, k_, event);
        s1.finish("s1 gets B");
        ASSERT_EQ(r1, lock_result::acquired);
        unlock_by(s1, B);
        unlock_by(s1, A);
        s0.finish("s0 gets A");
        ASSERT_EQ(r0, lock_result::acquired);
        unlock_by(s0, A);
    });
}

TEST_F(stepped_story, c4_waits_that_end_and_begin_during_the_walk_close_no_cycle_that_never_was) {
    at_many_instructions([&] {
        ASSERT_EQ(lock_by(s1, A), lock_result::acquired);
        ASSERT_EQ(lock_by(s0, B), lock_result::acquired);
        ASSERT_EQ(lock_by(s2, C), lock_result::acquired);
        start_waiting(s0, A, r0);
        auto event = [&] {
            unlock_by(s1, A);
            s0.finish("s0 gets A");
            unlock_by(s0, A);  // keeps B and runs
            handler = lock_by(s1, A);
            start_waiting(s1, C, r1);
        };
        lock_with_event(s2, B, r2, k_, event);
        ASSERT_TRUE(happened());
        unlock_by(s0, B);
        s2.finish("s2 gets B");
        ASSERT_EQ(r2, lock_result::acquired);
        unlock_by(s2, B);
        unlock_by(s2, C);
        s1.finish("s1 gets C");
        ASSERT_EQ(r0, lock_result::acquired);
        ASSERT_EQ(handler, lock_result::acquired);
        ASSERT_EQ(r1, lock_result::acquired);
        unlock_by(s1, C);
        unlock_by(s1, A);
    });
}

TEST_F(stepped_story, c5_a_real_cycle_is_found_although_an_unrelated_wait_changes_during_the_walk) {
    unsigned changed = 0;
    at_many_instructions([&] {
        ASSERT_EQ(lock_by(s2, C), lock_result::acquired);
        ASSERT_EQ(lock_by(s0, A), lock_result::acquired);
        ASSERT_EQ(lock_by(s1, B), lock_result::acquired);
        start_waiting(s0, B, r0);
        s0.enter();
        auto event = [&] { s0.run([&] { handler = C.lock_for(nanoseconds{0}); }); };
        lock_with_event(s1, A, r1, k_, event);
        s1.finish("s1 is refused");
        changed += happened();
        ASSERT_EQ(r1, lock_result::deadlock);
        s0.leave();
        unlock_by(s1, B);
        s0.finish("s0 gets B");
        ASSERT_EQ(r0, lock_result::acquired);
        unlock_by(s0, B);
        unlock_by(s0, A);
        unlock_by(s2, C);
    });
    EXPECT_GT(changed, stories / 4) << "most events must happen before the verdict";
}

TEST_F(stepped_story, c6_a_handler_that_waits_at_any_point_of_an_acquisition_leaves_its_wait_visible) {
    at_many_instructions([&] {
        ASSERT_EQ(lock_by(s1, A), lock_result::acquired);
        ASSERT_EQ(lock_by(s0, B), lock_result::acquired);
        ASSERT_EQ(lock_by(s2, C), lock_result::acquired);
        auto event = [&] { handler = C.lock_for(nanoseconds{0}); };
        const std::uint64_t parked = times_parked(s0.slot());
        lock_with_event(s0, A, r0, k_, event);
        ASSERT_EQ(handler, lock_result::timed_out);
        await("s0.0 waits for A and has looked",
              [&] { return is_waiting_for(s0.slot(), A) && times_parked(s0.slot()) != parked; });
        ASSERT_EQ(lock_by(s1, B), lock_result::deadlock);
        unlock_by(s1, A);
        s0.finish("s0.0 gets A");
        ASSERT_EQ(r0, lock_result::acquired);
        ASSERT_FALSE(is_waiting_for(s0.slot(), A));
        unlock_by(s0, A);
        unlock_by(s0, B);
        unlock_by(s2, C);
    });
}

TEST_F(stepped_story, c8_nobody_hangs_when_the_lock_is_passed_on_while_one_is_between_look_and_line) {
    at_many_instructions([&] {
        ASSERT_EQ(lock_by(s2, A), lock_result::acquired);
        ASSERT_EQ(lock_by(s1, B), lock_result::acquired);
        start_waiting(s0, A, r0);
        s0.enter();
        auto event = [&] {
            unlock_by(s2, A);
            start_waiting(s0, B, handler);
        };
        lock_with_event(s1, A, r1, k_, event);
        s1.finish("s1 takes A");
        ASSERT_EQ(r1, lock_result::acquired);
        unlock_by(s1, A);
        unlock_by(s1, B);
        s0.finish("s0.1 gets B");
        ASSERT_EQ(handler, lock_result::acquired);
        unlock_by(s0, B);
        s0.leave();
        s0.finish("s0.0 gets A");
        ASSERT_EQ(r0, lock_result::acquired);
        unlock_by(s0, A);
    });
}

TEST_F(stepped_story, c9_nobody_waits_for_the_next_step_of_one_who_is_interrupted_in_an_acquisition) {
    at_many_instructions([&] {
        ASSERT_EQ(lock_by(s2, A), lock_result::acquired);
        auto event = [&] {
            unlock_by(s2, A);
            r1 = lock_by(s1, A);
            s1.start([&] { A.unlock(); });
            handler = A.lock_for(an_hour);
            if (handler == lock_result::acquired) A.unlock();
        };
        lock_with_event(s0, A, r0, k_, event);
        s0.finish("s0.0 gets A");
        s1.finish("s1 has released A");
        ASSERT_EQ(r1, lock_result::acquired);
        ASSERT_EQ(handler, lock_result::acquired);
        ASSERT_EQ(r0, lock_result::acquired);
        unlock_by(s0, A);
    });
}

}  // namespace
}  // namespace resile_test
