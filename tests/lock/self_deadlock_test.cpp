// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// AA: a handler wants the lock that it interrupted. Refused at once if the interrupted context owns it, and
// only then, at every instruction of the acquisition, of the section and of the release (L2, L3).

#include "lab/injection/single_stepper.hpp"
#include "lab/torture/thread_timer.hpp"
#include "tests/lock/observed.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <thread>

namespace resile_test {
namespace {

using resile_lab::can_single_step;
using resile_lab::single_step;
using resile_lab::stop_stepping;

using std::chrono::nanoseconds;

// What handlers met. Plain numbers: only one thread's handlers write them.
struct answers {
    unsigned long refused = 0;
    unsigned long taken = 0;
    unsigned long timed_out = 0;
    unsigned long wrong = 0;
    [[nodiscard]] unsigned long all() const noexcept { return refused + taken + timed_out + wrong; }
};

// In a handler: asks for `lock`, and compares the answer with who owns it according to its word.
void ask_from_handler(spinlock& lock, bool inside, answers& seen) noexcept {
    const auto owner = word_of(lock).owner();
    const bool mine = !owner.is_free() && static_cast<int>(owner.slot()) == resile::this_slot();
    const bool theirs = !owner.is_free() && !mine;
    if (inside && !mine) ++seen.wrong;
    if (lock.held_by_this_thread() != mine) ++seen.wrong;
    // Somebody else's lock could be held for long: one try.
    const lock_result result = theirs ? lock.lock_for(nanoseconds{0}) : lock.lock_for(an_hour);
    if (result == lock_result::acquired) {
        if (mine) ++seen.wrong;
        lock.unlock();
        ++seen.taken;
    } else if (result == lock_result::deadlock) {
        if (!mine) ++seen.wrong;
        ++seen.refused;
    } else if (result == lock_result::timed_out && theirs) {
        ++seen.timed_out;
    } else {
        ++seen.wrong;
    }
}

TEST(self_deadlock, a_handler_inside_the_section_is_refused_by_every_way_of_locking) {
    actor thread;
    spinlock lock;
    ASSERT_EQ(lock_by(thread, lock), lock_result::acquired);
    thread.interrupt([&] {
        EXPECT_EQ(lock.lock(), lock_result::deadlock);
        EXPECT_EQ(lock.lock_for(an_hour), lock_result::deadlock);
        EXPECT_EQ(lock.lock_for(nanoseconds{0}), lock_result::deadlock);
        EXPECT_FALSE(lock.try_lock());
        EXPECT_TRUE(lock.held_by_this_thread());
        const resile::spin_guard guard(lock);
        EXPECT_FALSE(guard);
        EXPECT_EQ(guard.result(), lock_result::deadlock);
    });
    EXPECT_EQ(lock_by(thread, lock), lock_result::deadlock) << "nor may the task itself take it twice";
    unlock_by(thread, lock);
    EXPECT_EQ(word_of(lock).bits(), 0U);
}

TEST(self_deadlock, a_handler_is_refused_at_every_depth_above_the_owner) {
    actor thread;
    spinlock lock;
    ASSERT_EQ(lock_by(thread, lock), lock_result::acquired);
    constexpr unsigned deepest = under_tsan ? 1 : 5;
    for (unsigned depth = 1; depth <= deepest; ++depth) {
        thread.enter();
        EXPECT_EQ(lock_by(thread, lock), lock_result::deadlock) << depth;
    }
    while (thread.level() > 0) thread.leave();
    unlock_by(thread, lock);
}

TEST(self_deadlock, a_handler_at_every_instruction_of_lock_section_and_unlock_gets_the_right_answer) {
    if (!can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    spinlock lock;
    answers seen;
    volatile bool inside = false;
    volatile unsigned long protected_count = 0;
    const auto section = [&] {
        if (lock.lock() != lock_result::acquired) ++seen.wrong;
        inside = true;
        protected_count = protected_count + 1;
        inside = false;
        lock.unlock();
    };
    const unsigned long steps =
        single_step(section, [&](unsigned long) { ask_from_handler(lock, inside, seen); });
    EXPECT_GT(steps, 20U);
    EXPECT_EQ(seen.refused + seen.taken, steps);
    EXPECT_GT(seen.refused, 5U);
    EXPECT_GT(seen.taken, 5U);
    EXPECT_EQ(seen.wrong, 0U);
    EXPECT_EQ(word_of(lock).bits(), 0U);

    // And alone: one handler per pass, so that no handler profits from one before it.
    for (unsigned long k = 1; k <= steps; k += 1 + steps / 150) {
        answers once;
        single_step(section, [&](unsigned long step) {
            if (step != k) return;
            ask_from_handler(lock, inside, once);
            stop_stepping();
        });
        ASSERT_EQ(once.wrong, 0U) << "at instruction " << k;
        ASSERT_EQ(word_of(lock).bits(), 0U) << "at instruction " << k;
    }
}

TEST(self_deadlock, a_handler_at_every_instruction_of_try_lock_gets_the_right_answer) {
    if (!can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    spinlock lock;
    answers seen;
    unsigned long failed = 0;
    single_step(
        [&] {
            if (lock.try_lock())
                lock.unlock();
            else
                ++failed;
        },
        [&](unsigned long) { ask_from_handler(lock, false, seen); });
    EXPECT_EQ(failed, 0U) << "handlers that have released the lock are no reason to fail";
    EXPECT_EQ(seen.wrong, 0U);
    EXPECT_GT(seen.refused, 0U);
    EXPECT_GT(seen.taken, 0U);
}

// The holder releases at many different points of the waiter's way.
TEST(self_deadlock, a_handler_at_every_instruction_of_the_slow_path_gets_the_right_answer) {
    if (!can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    actor holder;
    random_numbers numbers(announce_seed("self_deadlock"));
    answers seen;
    const int slot = resile::this_slot();
    for (unsigned pass = 0; pass < scaled(24); ++pass) {
        spinlock lock;
        ASSERT_EQ(lock_by(holder, lock), lock_result::acquired);
        const unsigned long release_at = 1 + numbers.below(pass % 2 == 0 ? 2'000 : 6'000);
        volatile bool inside = false;
        lock_result result{};
        const unsigned long steps = single_step(
            [&] {
                result = lock.lock_for(an_hour);
                inside = true;
                inside = false;
                lock.unlock();
            },
            [&](unsigned long step) {
                if (step == release_at) holder.start([&lock] { lock.unlock(); });
                ask_from_handler(lock, inside, seen);
            });
        ASSERT_EQ(result, lock_result::acquired);
        ASSERT_EQ(seen.wrong, 0U) << "released at instruction " << release_at << " of " << steps;
        ASSERT_FALSE(is_waiting_for(static_cast<unsigned>(slot), lock));
        holder.finish("the holder releases");
    }
    EXPECT_GT(seen.timed_out, 500U / shrink) << "handlers while somebody else owned it";
    EXPECT_GT(seen.refused, 100U / shrink);
    EXPECT_GT(seen.taken, 100U / shrink);
}

// The same on every machine, at the points where signals happen to arrive.
TEST(self_deadlock, handlers_at_random_points_of_contended_sections_get_the_right_answer) {
    static spinlock lock;
    struct worker_state {
        answers seen;
        volatile bool inside = false;
    };
    static std::array<worker_state, 2> states;
    static thread_local worker_state* mine __attribute__((tls_model("initial-exec"))) = nullptr;
    states = {};
    struct sigaction action {};
    action.sa_handler = [](int) {
        const int saved = errno;
        ask_from_handler(lock, mine->inside, mine->seen);
        errno = saved;
    };
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGUSR2, &action, nullptr);
    static unsigned long counter;  // protected by the lock
    counter = 0;
    std::atomic<unsigned long> not_acquired{0};
    std::atomic<unsigned long> sections{0};
    std::atomic<unsigned> without_timer{0};
    const auto work = [&](unsigned number) {
        mine = &states[number];
        const resile_lab::thread_timer timer(SIGUSR2, std::chrono::microseconds{23 + number});
        if (!timer.armed()) ++without_timer;
        unsigned long entered = 0;
        timespec now{};
        while (timer.armed() && mine->seen.all() < scaled(20'000)) {
            if (lock.lock() != lock_result::acquired) {
                ++not_acquired;
                continue;
            }
            mine->inside = true;
            ++counter;
            mine->inside = false;
            lock.unlock();
            ++entered;
            ::clock_gettime(CLOCK_MONOTONIC, &now);  // lets TSan deliver
        }
        sections += entered;
    };
    {
        std::jthread first(work, 0U);
        std::jthread second(work, 1U);
    }
    EXPECT_EQ(without_timer, 0U) << "no timer left? see `ulimit -i`";
    EXPECT_EQ(not_acquired, 0U);
    EXPECT_EQ(counter, sections);
    for (const worker_state& state : states) EXPECT_EQ(state.seen.wrong, 0U);
}

}  // namespace
}  // namespace resile_test
