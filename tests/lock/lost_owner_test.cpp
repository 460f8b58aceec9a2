// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Owners that make no progress: stuck, gone, or only preempted (L4).

#include "tests/lock/observed.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

namespace resile_test {
namespace {

using namespace std::chrono_literals;

// Leaves `lock` owned by a thread that has exited.
void take_and_exit(spinlock& lock) {
    std::jthread([&lock] { ASSERT_EQ(lock.lock(), lock_result::acquired); }).join();
}

TEST(lost_owner, one_that_is_blocked_on_a_pipe_costs_a_waiter_its_timeout_and_no_more) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    spinlock lock;
    manual_schedule at;
    at.name(1, "the owner has the lock");
    std::jthread owner([&] {
        ASSERT_EQ(lock.lock(), lock_result::acquired);
        at.reach(1);
        char byte = 0;
        EXPECT_EQ(::read(ends[0], &byte, 1), 1);
        lock.unlock();
    });
    at.wait_for(1);
    const auto owner_before = word_of(lock).owner();
    EXPECT_EQ(lock.lock_for(5ms), lock_result::timed_out);
    EXPECT_EQ(lock.lock(), lock_result::timed_out) << "the default timeout";
    EXPECT_EQ(word_of(lock).owner(), owner_before);
    EXPECT_TRUE(word_of(lock).is_legal());
    EXPECT_FALSE(word_of(lock).is_hungry()) << "nobody waits any more";
    EXPECT_FALSE(lock.break_dead_owner()) << "the owner lives";
    EXPECT_FALSE(is_waiting_for(static_cast<unsigned>(resile::this_slot()), lock));
    ASSERT_EQ(::write(ends[1], "x", 1), 1);
    EXPECT_EQ(lock.lock_for(an_hour), lock_result::acquired) << "the lock is as good as new";
    lock.unlock();
    owner.join();
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST(lost_owner, one_whose_thread_has_exited_is_recognised_at_once_and_can_be_succeeded) {
    spinlock lock;
    take_and_exit(lock);
    const auto before = resile::slots_in_use();
    EXPECT_GE(before.kept_for_gone_owners, 1U);
    EXPECT_EQ(lock.lock_for(an_hour), lock_result::timed_out);  // in an hour, or at once
    EXPECT_FALSE(lock.try_lock());
    ASSERT_TRUE(lock.break_dead_owner());
    EXPECT_TRUE(lock.held_by_this_thread());
    EXPECT_FALSE(lock.break_dead_owner()) << "now the owner lives";
    EXPECT_EQ(resile::slots_in_use().kept_for_gone_owners, before.kept_for_gone_owners - 1);
    lock.unlock();
    EXPECT_EQ(lock.lock(), lock_result::acquired);
    lock.unlock();
    EXPECT_FALSE(lock.break_dead_owner()) << "a free lock has no owner to succeed";
}

TEST(lost_owner, several_locks_of_one_dead_owner_keep_its_slot_until_the_last_one_is_taken_over) {
    spinlock locks[3];
    std::jthread([&] {
        for (spinlock& lock : locks) ASSERT_EQ(lock.lock(), lock_result::acquired);
    }).join();
    const unsigned slot = word_of(locks[0]).owner().slot();
    for (spinlock& lock : locks) {
        actor newcomer;
        EXPECT_NE(newcomer.slot(), slot) << "a lock still names the dead owner";
        EXPECT_EQ(lock.lock_for(an_hour), lock_result::timed_out);
        ASSERT_TRUE(lock.break_dead_owner());
        lock.unlock();
    }
    EXPECT_EQ(resile::slots_in_use().kept_for_gone_owners, 0U);
}

TEST(lost_owner, one_that_dies_while_others_wait_and_sleep_is_noticed_by_all_of_them) {
    spinlock lock;
    lock_result results[4]{};
    actor waiters[4];
    {
        manual_schedule at;
        std::jthread owner([&] {
            ASSERT_EQ(lock.lock(), lock_result::acquired);
            at.reach(1);
            at.wait_for(2);
        });
        at.wait_for(1);
        for (unsigned i = 0; i < 4; ++i) start_waiting(waiters[i], lock, results[i]);
        at.reach(2);
    }
    for (unsigned i = 0; i < 4; ++i) {
        waiters[i].finish("a waiter notices that the owner has died");
        EXPECT_EQ(results[i], lock_result::timed_out);
    }
    ASSERT_TRUE(lock.break_dead_owner());
    lock.unlock();
}

TEST(lost_owner, of_many_who_want_to_succeed_a_dead_owner_exactly_one_does) {
    for (unsigned round = 0; round < scaled(500); ++round) {
        spinlock lock;
        take_and_exit(lock);
        std::atomic<unsigned> heirs{0};
        std::atomic<unsigned> ready{0};
        {
            std::vector<std::jthread> crowd;
            for (unsigned i = 0; i < 4; ++i)
                crowd.emplace_back([&] {
                    ++ready;
                    await("all are ready", [&] { return ready.load() == 4; });
                    if (!lock.break_dead_owner()) return;
                    ++heirs;
                    lock.unlock();
                });
        }
        ASSERT_EQ(heirs, 1U);
        ASSERT_EQ(lock.lock(), lock_result::acquired);
        lock.unlock();
    }
    EXPECT_EQ(resile::slots_in_use().kept_for_gone_owners, 0U);
}

TEST(lost_owner, one_that_is_merely_preempted_causes_no_refusal) {
    spinlock lock;
    unsigned long counter = 0;  // protected
    std::atomic<unsigned long> refused{0};
    constexpr unsigned threads = 8;
    const unsigned sections = scaled(40'000);
    {
        std::vector<std::jthread> crowd;
        for (unsigned i = 0; i < threads; ++i)
            crowd.emplace_back([&] {
                for (unsigned n = 0; n < sections; ++n) {
                    if (lock.lock() != lock_result::acquired) {
                        ++refused;
                        continue;
                    }
                    ++counter;
                    if (n % 64 == 0) ::sched_yield();  // preempted while it owns the lock
                    lock.unlock();
                }
            });
    }
    EXPECT_EQ(refused, 0U);
    EXPECT_EQ(counter, static_cast<unsigned long>(threads) * sections);
    EXPECT_TRUE(word_of(lock).owner().is_free());
}

}  // namespace
}  // namespace resile_test
