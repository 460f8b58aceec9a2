// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Releasing in any order, nesting as deep as there is room, and the guard.

#include "tests/lock/observed.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace resile_test {
namespace {

using std::chrono::nanoseconds;

TEST(unlock_order, all_permutations_of_five_locks_leave_each_lock_owned_until_its_own_release) {
    std::array<spinlock, 5> locks;
    std::array<std::size_t, 5> order{};
    std::iota(order.begin(), order.end(), 0U);
    do {
        for (spinlock& lock : locks) ASSERT_EQ(lock.lock(), lock_result::acquired);
        for (std::size_t done = 0; done < order.size(); ++done) {
            locks[order[done]].unlock();
            for (std::size_t i = 0; i < order.size(); ++i) {
                const bool released = i <= done;
                ASSERT_EQ(locks[order[i]].held_by_this_thread(), !released);
                ASSERT_EQ(word_of(locks[order[i]]).owner().is_free(), released);
                if (!released) {
                    ASSERT_EQ(locks[order[i]].lock(), lock_result::deadlock);
                }
            }
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(unlock_order, a_waiter_for_each_of_five_locks_gets_it_in_whatever_order_they_are_released) {
    std::array<spinlock, 5> locks;
    std::array<actor, 5> waiters;
    std::array<std::size_t, 5> order{};
    std::iota(order.begin(), order.end(), 0U);
    random_numbers numbers(announce_seed("unlock_order"));
    for (unsigned round = 0; round < scaled(100); ++round) {
        std::array<lock_result, 5> results{};
        std::shuffle(order.begin(), order.end(), std::minstd_rand(static_cast<unsigned>(numbers.next())));
        for (spinlock& lock : locks) ASSERT_EQ(lock.lock(), lock_result::acquired);
        for (std::size_t i = 0; i < 5; ++i) start_waiting(waiters[i], locks[i], results[i]);
        for (const std::size_t i : order) {
            locks[i].unlock();
            waiters[i].finish("the lock just released is taken");
            ASSERT_EQ(results[i], lock_result::acquired);
            unlock_by(waiters[i], locks[i]);
        }
    }
}

TEST(unlock_order, the_lock_is_held_by_this_thread_in_its_task_and_handlers_and_by_no_other) {
    spinlock lock;
    actor s0;
    actor s1;
    ASSERT_EQ(lock_by(s0, lock), lock_result::acquired);
    s0.run([&] { EXPECT_TRUE(lock.held_by_this_thread()); });
    s0.interrupt([&] { EXPECT_TRUE(lock.held_by_this_thread()); });
    s1.run([&] { EXPECT_FALSE(lock.held_by_this_thread()); });
    EXPECT_FALSE(lock.held_by_this_thread());
    unlock_by(s0, lock);
    s0.run([&] { EXPECT_FALSE(lock.held_by_this_thread()); });
}

TEST(unlock_order, a_guard_releases_what_it_took_and_nothing_else) {
    spinlock lock;
    {
        const resile::spin_guard guard(lock);
        ASSERT_TRUE(guard);
        EXPECT_EQ(guard.result(), lock_result::acquired);
        {
            const resile::spin_guard again(lock);
            EXPECT_FALSE(again);
            EXPECT_EQ(again.result(), lock_result::deadlock);
        }
        EXPECT_TRUE(lock.held_by_this_thread()) << "the refused guard must not release";
    }
    EXPECT_TRUE(word_of(lock).owner().is_free());
    actor other;
    ASSERT_EQ(lock_by(other, lock), lock_result::acquired);
    {
        const resile::spin_guard late(lock, nanoseconds{0});
        EXPECT_FALSE(late);
        EXPECT_EQ(late.result(), lock_result::timed_out);
    }
    unlock_by(other, lock);
}

TEST(unlock_order, try_lock_never_waits_and_never_takes_what_is_owned) {
    spinlock lock;
    actor other;
    EXPECT_TRUE(lock.try_lock());
    EXPECT_FALSE(lock.try_lock());
    other.run([&] { EXPECT_FALSE(lock.try_lock()); });
    lock.unlock();
    other.run([&] { EXPECT_TRUE(lock.try_lock()); });
    EXPECT_FALSE(lock.try_lock());
    unlock_by(other, lock);
}

// Seven waits of one thread may be nested; the eighth is refused and, above all, not left unpublished.
TEST(nested_waits, the_eighth_is_refused_as_too_deep_and_the_seven_below_end_well) {
    if (under_tsan) GTEST_SKIP() << "TSan does not nest handlers";
    constexpr unsigned most = resile::detail::max_nested_waits;
    actor s0;
    std::array<actor, most + 1> owners;
    std::array<spinlock, most + 1> locks;
    std::array<lock_result, most + 1> results{};
    for (unsigned i = 0; i <= most; ++i) ASSERT_EQ(lock_by(owners[i], locks[i]), lock_result::acquired);
    for (unsigned i = 0; i < most; ++i) {
        start_waiting(s0, locks[i], results[i]);
        s0.enter();
    }
    EXPECT_EQ(lock_by(s0, locks[most]), lock_result::too_deep);
    s0.run([&] { EXPECT_EQ(locks[most].lock_for(nanoseconds{0}), lock_result::too_deep); });
    unlock_by(owners[most], locks[most]);
    EXPECT_EQ(lock_by(s0, locks[most]), lock_result::acquired) << "free: nothing to wait for";
    EXPECT_EQ(word_of(locks[most]).owner().depth(), most);
    EXPECT_EQ(lock_by(s0, locks[most]), lock_result::deadlock) << "AA comes before too_deep";
    unlock_by(s0, locks[most]);
    for (unsigned i = most; i-- > 0;) {
        s0.leave();
        EXPECT_FALSE(s0.is_idle(i));
        unlock_by(owners[i], locks[i]);
        s0.finish("an interrupted wait ends");
        EXPECT_EQ(results[i], lock_result::acquired);
        unlock_by(s0, locks[i]);
    }
}

}  // namespace
}  // namespace resile_test
