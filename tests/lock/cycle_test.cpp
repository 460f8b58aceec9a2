// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Cycles between threads: refused when they close, whoever closes them, however long they are (L3).

#include "tests/lock/observed.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace resile_test {
namespace {

// Thread i owns lock i and waits for lock i+1; the last one closes the ring. The refusal concerns it alone:
// after it has released its lock, the others get theirs, one after the other.
template <std::size_t Size>
void ring_is_refused_when_it_closes() {
    std::array<actor, Size> threads;
    std::array<spinlock, Size> locks;
    std::array<lock_result, Size> results{};
    for (std::size_t i = 0; i < Size; ++i) ASSERT_EQ(lock_by(threads[i], locks[i]), lock_result::acquired);
    for (std::size_t i = 0; i + 1 < Size; ++i) start_waiting(threads[i], locks[i + 1], results[i]);

    EXPECT_EQ(lock_by(threads[Size - 1], locks[0]), lock_result::deadlock);
    for (std::size_t i = 0; i + 1 < Size; ++i)
        EXPECT_FALSE(threads[i].is_idle(0)) << "thread " << i << " suffers from a verdict of somebody else";

    unlock_by(threads[Size - 1], locks[Size - 1]);
    for (std::size_t i = Size - 1; i-- > 0;) {
        threads[i].finish("the ring unwinds");
        EXPECT_EQ(results[i], lock_result::acquired);
        unlock_by(threads[i], locks[i + 1]);
        unlock_by(threads[i], locks[i]);
    }
    for (const spinlock& lock : locks) EXPECT_TRUE(word_of(lock).owner().is_free());
}

TEST(cycle, abba_is_refused_to_the_one_who_closes_it_and_the_other_gets_the_lock) {
    ring_is_refused_when_it_closes<2>();
}
TEST(cycle, abbcca_is_refused_to_the_one_who_closes_it_and_the_others_get_their_locks) {
    ring_is_refused_when_it_closes<3>();
}
TEST(cycle, a_ring_of_sixteen_threads_is_refused_to_the_one_who_closes_it) {
    ring_is_refused_when_it_closes<16>();
}
TEST(cycle, a_ring_longer_than_the_room_on_a_handlers_stack_is_refused_too) {
    ring_is_refused_when_it_closes<45>();
}

TEST(cycle, a_chain_that_does_not_close_is_refused_to_nobody) {
    constexpr std::size_t size = 6;
    std::array<actor, size> threads;
    std::array<spinlock, size + 1> locks;
    std::array<lock_result, size> results{};
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(lock_by(threads[i], locks[i]), lock_result::acquired);
    for (std::size_t i = 1; i < size; ++i) start_waiting(threads[i], locks[i - 1], results[i]);
    for (std::size_t i = 0; i < size; ++i) {
        if (i > 0) {
            threads[i].finish("the chain unwinds");
            EXPECT_EQ(results[i], lock_result::acquired);
            unlock_by(threads[i], locks[i - 1]);
        }
        unlock_by(threads[i], locks[i]);
    }
}

TEST(cycle, one_who_waits_behind_many_others_for_the_same_lock_still_sees_the_cycle) {
    actor owner;
    std::array<actor, 6> crowd;
    actor last;
    spinlock a;
    spinlock b;
    std::array<lock_result, 6> results{};
    lock_result of_owner{};
    ASSERT_EQ(lock_by(owner, a), lock_result::acquired);
    ASSERT_EQ(lock_by(last, b), lock_result::acquired);
    for (std::size_t i = 0; i < crowd.size(); ++i) start_waiting(crowd[i], a, results[i]);
    start_waiting(owner, b, of_owner);

    EXPECT_EQ(lock_by(last, a), lock_result::deadlock);

    unlock_by(last, b);
    owner.finish("the owner gets b");
    EXPECT_EQ(of_owner, lock_result::acquired);
    unlock_by(owner, b);
    unlock_by(owner, a);
    for (std::size_t done = 0; done < crowd.size(); ++done) {
        std::size_t next = crowd.size();
        await("one of the crowd gets a", [&] {
            for (next = 0; next < crowd.size(); ++next)
                if (crowd[next].is_idle(0) && results[next] == lock_result::acquired) return true;
            return false;
        });
        unlock_by(crowd[next], a);
        results[next] = lock_result::no_slot;  // counted
    }
}

TEST(cycle, waiters_that_are_not_first_in_line_close_a_cycle_when_their_owner_starts_to_wait) {
    actor s0;
    actor s1;
    actor first;
    spinlock a;
    spinlock b;
    lock_result result_of_first{};
    lock_result result_of_s1{};
    ASSERT_EQ(lock_by(s0, a), lock_result::acquired);
    ASSERT_EQ(lock_by(s1, b), lock_result::acquired);
    start_waiting(first, a, result_of_first);
    start_waiting(s1, a, result_of_s1);  // second in line
    EXPECT_EQ(lock_by(s0, b), lock_result::deadlock);
    unlock_by(s0, a);
    await("one of two gets a", [&] { return first.is_idle(0) || s1.is_idle(0); });
    if (first.is_idle(0)) unlock_by(first, a);
    s1.finish("s1 gets a");
    EXPECT_EQ(result_of_s1, lock_result::acquired);
    if (word_of(a).owner().slot() == s1.slot()) unlock_by(s1, a);
    first.finish("the first gets a");
    EXPECT_EQ(result_of_first, lock_result::acquired);
    if (!word_of(a).owner().is_free()) unlock_by(first, a);
    unlock_by(s1, b);
}

TEST(cycle, a_handler_that_wants_a_lock_whose_waiter_it_interrupted_gets_it_when_it_is_free) {
    actor s0;
    actor s1;
    spinlock a;
    lock_result below{};
    ASSERT_EQ(lock_by(s1, a), lock_result::acquired);
    start_waiting(s0, a, below);
    s0.enter();
    lock_result handler{};
    start_waiting(s0, a, handler);  // now both levels wait for it
    unlock_by(s1, a);
    s0.finish("the handler gets the lock");
    EXPECT_EQ(handler, lock_result::acquired);
    EXPECT_FALSE(s0.is_idle(0));
    unlock_by(s0, a);
    s0.leave();
    s0.finish("the interrupted waiter gets the lock");
    EXPECT_EQ(below, lock_result::acquired);
    unlock_by(s0, a);
}

TEST(cycle, a_handler_closes_a_cycle_through_a_lock_of_the_task_that_it_interrupted) {
    actor s0;
    actor s1;
    spinlock a;
    spinlock b;
    lock_result of_s1{};
    ASSERT_EQ(lock_by(s0, a), lock_result::acquired);
    ASSERT_EQ(lock_by(s1, b), lock_result::acquired);
    start_waiting(s1, a, of_s1);
    s0.enter();
    EXPECT_EQ(lock_by(s0, b), lock_result::deadlock);
    s0.leave();
    unlock_by(s0, a);
    s1.finish("s1 gets a");
    EXPECT_EQ(of_s1, lock_result::acquired);
    unlock_by(s1, a);
    unlock_by(s1, b);
}

TEST(cycle, with_a_timeout_of_zero_a_deadlock_is_still_a_deadlock_and_the_rest_timed_out) {
    actor s0;
    actor s1;
    spinlock a;
    spinlock b;
    lock_result of_s1{};
    ASSERT_EQ(lock_by(s0, a), lock_result::acquired);
    ASSERT_EQ(lock_by(s1, b), lock_result::acquired);
    s0.run([&] { EXPECT_EQ(b.lock_for(std::chrono::nanoseconds{0}), lock_result::timed_out); });
    s0.run([&] { EXPECT_EQ(b.lock_for(std::chrono::nanoseconds{-1}), lock_result::timed_out); });
    s0.run([&] { EXPECT_EQ(a.lock_for(std::chrono::nanoseconds{0}), lock_result::deadlock); });
    start_waiting(s1, a, of_s1);
    s0.run([&] { EXPECT_EQ(b.lock_for(std::chrono::nanoseconds{0}), lock_result::deadlock); });
    s0.run([&] { EXPECT_EQ(b.lock_for(std::chrono::nanoseconds::min()), lock_result::deadlock); });
    unlock_by(s0, a);
    s1.finish("s1 gets a");
    unlock_by(s1, a);
    unlock_by(s1, b);
}

// C10 and its big brothers: everybody closes the ring at once.
TEST(cycle, of_those_who_close_a_ring_at_the_same_time_at_least_one_is_refused_and_nobody_times_out) {
    for (const unsigned size : {2U, 3U, 5U}) {
        const unsigned rounds = scaled(6'000);
        std::vector<spinlock> locks(size);
        std::atomic<unsigned> arrived{0};
        std::vector<std::atomic<unsigned>> refused(rounds);
        std::atomic<unsigned> wrong{0};
        const auto meet = [&](unsigned target) {
            arrived.fetch_add(1);
            await("everybody arrives", [&] { return arrived.load() >= target; });
        };
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < size; ++i)
            threads.emplace_back([&, i] {
                for (unsigned round = 0; round < rounds; ++round) {
                    if (locks[i].lock_for(an_hour) != lock_result::acquired) ++wrong;
                    meet((2 * round + 1) * size);
                    const lock_result result = locks[(i + 1) % size].lock();
                    if (result == lock_result::acquired)
                        locks[(i + 1) % size].unlock();
                    else if (result == lock_result::deadlock)
                        refused[round].fetch_add(1);
                    else
                        ++wrong;
                    locks[i].unlock();
                    meet((2 * round + 2) * size);
                }
            });
        threads.clear();
        EXPECT_EQ(wrong, 0U) << "answers other than acquired and deadlock, ring of " << size;
        for (unsigned round = 0; round < rounds; ++round) ASSERT_GE(refused[round], 1U) << "round " << round;
    }
}

}  // namespace
}  // namespace resile_test
