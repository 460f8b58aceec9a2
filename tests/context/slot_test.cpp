// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Slots: one per thread, claimed by whichever context comes first, given back at the end.

#include "tests/context/actor.hpp"
#include "tests/support/seeds.hpp"

#include <resile/spinlock.hpp>

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace resile_test {
namespace {

std::atomic<int> slot_in_handler;
std::atomic<unsigned> storm_errors;

void on_signal(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    ::sigaction(signal, &action, nullptr);
}

TEST(slot, a_handler_may_be_the_first_user_on_its_thread) {
    on_signal(SIGUSR2, [](int) { slot_in_handler = resile::this_slot(); });
    std::jthread([] {
        errno = 4711;
        ::raise(SIGUSR2);
        EXPECT_EQ(errno, 4711) << "a first use must leave errno alone";
        EXPECT_GE(slot_in_handler, 0);
        EXPECT_EQ(resile::this_slot(), slot_in_handler);
    }).join();
}

TEST(slot, a_lock_may_be_the_first_use_on_a_thread_in_a_handler) {
    static resile::spinlock lock;
    static std::atomic<bool> taken;
    on_signal(SIGUSR2, [](int) {
        taken = lock.lock() == resile::lock_result::acquired;
        if (taken) lock.unlock();
    });
    std::jthread([] { ::raise(SIGUSR2); }).join();
    EXPECT_TRUE(taken);
}

TEST(slot, the_contexts_of_one_thread_share_one_slot_and_threads_do_not) {
    actor first;
    actor second;
    EXPECT_NE(first.slot(), second.slot());
    for (unsigned depth = 1; depth <= (under_tsan ? 1U : 4U); ++depth) {
        first.enter();
        first.run([&] { EXPECT_EQ(resile::this_slot(), static_cast<int>(first.slot())); });
    }
}

TEST(slot, many_threads_at_once_have_different_slots_and_give_them_back) {
    const std::size_t base = resile::slots_in_use().claimed;
    constexpr unsigned threads = 64;
    for (unsigned round = 0; round < 5; ++round) {
        std::mutex mutex;
        std::set<int> slots;
        std::atomic<unsigned> ready{0};
        {
            std::vector<std::jthread> crowd;
            for (unsigned i = 0; i < threads; ++i)
                crowd.emplace_back([&] {
                    const int slot = resile::this_slot();
                    {
                        const std::lock_guard guard(mutex);
                        slots.insert(slot);
                    }
                    ++ready;
                    await("all threads have a slot", [&] { return ready.load() == threads; });
                });
        }
        EXPECT_EQ(slots.size(), threads);
        EXPECT_EQ(slots.count(-1), 0U);
        EXPECT_EQ(resile::slots_in_use().claimed, base);
    }
}

// Handlers interrupt the very claim: whoever is first wins, the other gives back.
TEST(slot, a_storm_of_signals_during_first_uses_leaves_each_thread_one_slot_and_leaks_none) {
    const auto base = resile::slots_in_use();
    storm_errors = 0;
    on_signal(SIGUSR2, [](int) {
        const int first = resile::this_slot();
        if (first < 0 || resile::this_slot() != first) ++storm_errors;
    });
    for (unsigned round = 0; round < scaled(3'000); ++round) {
        std::atomic<bool> go{false};
        std::atomic<bool> done{false};
        std::atomic<bool> may_end{false};
        std::jthread thread([&] {
            await("the storm has begun", [&] { return go.load(); });
            const int slot = resile::this_slot();
            for (unsigned i = 0; i < 10; ++i)
                if (resile::this_slot() != slot) ++storm_errors;
            done = true;
            await("the storm is over", [&] { return may_end.load(); });
        });
        go = true;
        for (unsigned i = 0; i < 5 || !done; ++i) {
            ::pthread_kill(thread.native_handle(), SIGUSR2);
            if (i > 5) ::sched_yield();
        }
        may_end = true;
    }
    EXPECT_EQ(storm_errors, 0U);
    EXPECT_EQ(resile::slots_in_use().claimed, base.claimed);
    EXPECT_EQ(resile::slots_in_use().kept_for_gone_owners, base.kept_for_gone_owners);
}

TEST(slot, a_slot_is_used_again_by_later_threads) {
    std::set<int> slots;
    for (unsigned i = 0; i < scaled(2'000); ++i)
        std::jthread([&] { slots.insert(resile::this_slot()); }).join();
    EXPECT_LE(slots.size(), 4U) << "one thread after the other needs few slots";
}

TEST(slot, of_an_owner_that_exited_it_is_kept_until_somebody_takes_the_lock_over) {
    const auto base = resile::slots_in_use();
    resile::spinlock lock;
    int dead_slot = -1;
    std::jthread([&] {
        dead_slot = resile::this_slot();
        ASSERT_EQ(lock.lock(), resile::lock_result::acquired);
    }).join();
    EXPECT_EQ(resile::slots_in_use().kept_for_gone_owners, base.kept_for_gone_owners + 1);
    for (unsigned i = 0; i < 20; ++i) std::jthread([&] { EXPECT_NE(resile::this_slot(), dead_slot); }).join();
    ASSERT_TRUE(lock.break_dead_owner());
    lock.unlock();
    EXPECT_EQ(resile::slots_in_use().kept_for_gone_owners, base.kept_for_gone_owners);
    EXPECT_EQ(resile::slots_in_use().claimed, base.claimed + (base.claimed == 0 ? 1U : 0U));
}

TEST(interrupt_scope, it_counts_the_handlers_that_declare_themselves) {
    EXPECT_EQ(resile::interrupt_depth(), 0U);
    {
        const resile::interrupt_scope first;
        EXPECT_EQ(resile::interrupt_depth(), 1U);
        {
            const resile::interrupt_scope second;
            EXPECT_EQ(resile::interrupt_depth(), 2U);
        }
        EXPECT_EQ(resile::interrupt_depth(), 1U);
        std::jthread([] { EXPECT_EQ(resile::interrupt_depth(), 0U); }).join();
    }
    EXPECT_EQ(resile::interrupt_depth(), 0U);
}

TEST(interrupt_scope, it_may_be_the_first_use_on_a_thread) {
    std::jthread([] {
        const resile::interrupt_scope scope;
        EXPECT_EQ(resile::interrupt_depth(), 1U);
    }).join();
}

TEST(lock_statistics, they_count_exactly_what_happened_at_each_depth) {
    using resile::lock_result;
    resile::spinlock mine;
    resile::spinlock theirs;
    actor other;
    other.run([&] { ASSERT_EQ(theirs.lock(), lock_result::acquired); });
    const auto happen = [&](unsigned times) {
        for (unsigned i = 0; i < times; ++i) {
            ASSERT_EQ(mine.lock(), lock_result::acquired);
            ASSERT_EQ(mine.lock(), lock_result::deadlock);
            mine.unlock();
            ASSERT_TRUE(mine.try_lock());
            ASSERT_FALSE(mine.try_lock());
            mine.unlock();
            ASSERT_EQ(theirs.lock_for(std::chrono::nanoseconds{0}), lock_result::timed_out);
        }
    };
    const resile::lock_stats before = resile::lock_statistics();
    happen(7);
    {
        const resile::interrupt_scope one;
        happen(5);
        const resile::interrupt_scope two;
        happen(3);
        const resile::interrupt_scope three;
        happen(2);
        const resile::interrupt_scope four;
        happen(1);
    }
    const resile::lock_stats after = resile::lock_statistics();
    constexpr unsigned times[] = {7, 5, 3, 2 + 1};
    for (unsigned depth = 0; depth < 4; ++depth) {
        const auto& was = before.depth[depth];
        const auto& is = after.depth[depth];
        EXPECT_EQ(is.acquired - was.acquired, 2U * times[depth]) << depth;
        EXPECT_EQ(is.deadlock - was.deadlock, times[depth]) << depth;
        EXPECT_EQ(is.timed_out - was.timed_out, times[depth]) << depth;
        EXPECT_EQ(is.contended - was.contended, 2U * times[depth]) << depth;
        EXPECT_EQ(is.too_deep - was.too_deep, 0U) << depth;
    }
    EXPECT_EQ(after.no_slot, before.no_slot);
    other.run([&] { theirs.unlock(); });
}

TEST(lock_statistics, they_survive_the_threads_that_they_count) {
    const auto before = resile::lock_statistics().depth[0].acquired;
    constexpr unsigned threads = 10;
    for (unsigned i = 0; i < threads; ++i)
        std::jthread([] {
            resile::spinlock lock;
            for (unsigned n = 0; n < 100; ++n) {
                ASSERT_EQ(lock.lock(), resile::lock_result::acquired);
                lock.unlock();
            }
        }).join();
    EXPECT_EQ(resile::lock_statistics().depth[0].acquired - before, threads * 100U);
}

}  // namespace
}  // namespace resile_test
