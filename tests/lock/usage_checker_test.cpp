// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// checked<Lock>: reported once, with both stacks, and without hanging.

#include "lab/injection/single_stepper.hpp"

#include <resile/checked.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

namespace {

using resile::checked;
using resile::lock_result;
using resile::usage_fault;
using resile::usage_report;
using resile_lab::can_single_step;
using resile_lab::single_step;

// A lock that hangs on a second lock() by its owner, as most do.
class plain_lock {
  public:
    void lock() noexcept {
        while (taken_.exchange(true, std::memory_order_acquire)) {
        }
    }
    bool try_lock() noexcept { return !taken_.exchange(true, std::memory_order_acquire); }
    void unlock() noexcept { taken_.store(false, std::memory_order_release); }

  private:
    std::atomic<bool> taken_{false};
};

std::atomic<int> reports{0};
usage_report last;

void remember(const usage_report& report) noexcept {
    last = report;
    ++reports;
}

class usage_checker : public testing::Test {
  protected:
    void SetUp() override {
        reports = 0;
        resile::set_usage_handler(remember);
    }
    void TearDown() override { resile::set_usage_handler(nullptr); }
};

template <class Lock>
struct in_a_handler {
    static inline Lock* lock = nullptr;
    static inline lock_result result = lock_result::acquired;
    static inline bool tries_only = false;
    static void handler(int) {
        const resile::interrupt_scope scope;
        if (tries_only) {
            if (lock->try_lock()) lock->unlock();
            return;
        }
        result = lock->lock();
        if (result == lock_result::acquired) lock->unlock();
    }
    static void raise_with(Lock& wanted) {
        lock = &wanted;
        std::signal(SIGUSR2, handler);
        std::raise(SIGUSR2);
        std::signal(SIGUSR2, SIG_DFL);
    }
};

template <class Lock>
void lock_and_unlock(Lock& lock) {
    ASSERT_EQ(lock.lock(), lock_result::acquired);
    lock.unlock();
}

TEST_F(usage_checker, says_nothing_of_a_lock_that_is_taken_in_the_task_only) {
    checked<resile::spinlock> lock("task only");
    for (int i = 0; i < 3; ++i) lock_and_unlock(lock);
    EXPECT_EQ(reports, 0);
}

TEST_F(usage_checker, reports_a_lock_of_the_task_that_an_interrupt_waits_for_although_nothing_hung) {
    checked<resile::spinlock> lock("both");
    lock_and_unlock(lock);
    for (int i = 0; i < 3; ++i) in_a_handler<checked<resile::spinlock>>::raise_with(lock);
    EXPECT_EQ(reports, 1) << "once per lock";
    EXPECT_EQ(last.fault, usage_fault::inconsistent);
    EXPECT_STREQ(last.lock_name, "both");
    EXPECT_EQ(last.first_depth, 0U);
    EXPECT_EQ(last.depth, 1U);
    // The callers of this test are in both stacks, deeper in the second: a handler stands on top of them.
    unsigned in_both = 0;
    for (std::size_t at = 0; at < last.first_use.size; ++at) {
        const auto begin = last.use.frames.begin();
        const auto end = begin + static_cast<std::ptrdiff_t>(last.use.size);
        const auto same = std::find(begin, end, last.first_use.frames[at]);
        if (same == end) continue;
        ++in_both;
        EXPECT_GT(static_cast<std::size_t>(same - begin), at);
    }
    EXPECT_GE(in_both, 1U);
}

TEST_F(usage_checker, reports_the_other_order_as_well) {
    checked<resile::spinlock> lock("interrupt first");
    in_a_handler<checked<resile::spinlock>>::raise_with(lock);
    EXPECT_EQ(reports, 0);
    lock_and_unlock(lock);
    EXPECT_EQ(reports, 1);
    EXPECT_EQ(last.first_depth, 1U);
    EXPECT_EQ(last.depth, 0U);
}

TEST_F(usage_checker, lets_an_interrupt_try_a_lock) {
    using mine = in_a_handler<checked<resile::spinlock>>;
    checked<resile::spinlock> lock("tried");
    lock_and_unlock(lock);
    mine::tries_only = true;
    mine::raise_with(lock);
    mine::tries_only = false;
    EXPECT_EQ(reports, 0);
}

template <class Lock>
void expect_self_deadlock_is_refused(const char* name) {
    checked<Lock> lock(name);
    const auto before = resile::usage_statistics().self_deadlocks;
    ASSERT_EQ(lock.lock(), lock_result::acquired);
    in_a_handler<checked<Lock>>::raise_with(lock);
    EXPECT_EQ(in_a_handler<checked<Lock>>::result, lock_result::deadlock);
    lock.unlock();
    EXPECT_EQ(reports, 1);
    EXPECT_EQ(last.fault, usage_fault::self_deadlock);
    EXPECT_EQ(resile::usage_statistics().self_deadlocks, before + 1);
    EXPECT_EQ(lock.lock(), lock_result::acquired) << "the lock is still good";
    lock.unlock();
}

TEST_F(usage_checker, refuses_and_reports_an_interrupt_that_would_hang_on_a_spinlock) {
    expect_self_deadlock_is_refused<resile::spinlock>("resilient");
}

TEST_F(usage_checker, refuses_and_reports_an_interrupt_that_would_hang_on_any_other_lock) {
    expect_self_deadlock_is_refused<plain_lock>("plain");
}

TEST_F(usage_checker, never_hangs_wherever_an_interrupt_that_takes_the_same_plain_lock_hits) {
    if (!can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    checked<plain_lock> lock("stepped");
    unsigned acquired = 0, refused = 0, entered = 0;
    const auto section = [&] {
        if (lock.lock() != lock_result::acquired) return;
        ++entered;
        lock.unlock();
    };
    section();  // the first use captures a stack, which need not be stepped through
    single_step(section, [&](unsigned long) {
        const lock_result result = lock.lock();
        if (result == lock_result::acquired) {
            EXPECT_TRUE(lock.held_by_this_thread());
            lock.unlock();
            ++acquired;
        } else {
            EXPECT_EQ(result, lock_result::deadlock);
            EXPECT_TRUE(lock.held_by_this_thread()) << "the interrupted context had it";
            ++refused;
        }
    });
    EXPECT_EQ(entered, 2U);
    EXPECT_GT(acquired, 0U);
    EXPECT_GT(refused, 0U);
    EXPECT_EQ(lock.lock(), lock_result::acquired);
    lock.unlock();
}

TEST_F(usage_checker, keeps_threads_apart_under_a_plain_lock) {
    checked<plain_lock> lock("threads");
    std::uint64_t plain = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < 20000; ++round) {
                ASSERT_EQ(lock.lock(), lock_result::acquired);
                ++plain;
                lock.unlock();
                if (lock.try_lock()) {
                    ++plain;
                    --plain;
                    lock.unlock();
                }
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(plain, 80000U);
    EXPECT_EQ(reports, 0);
}

TEST_F(usage_checker, prints_what_a_person_needs_and_cuts_it_off_anywhere) {
    checked<resile::spinlock> lock("printed");
    lock_and_unlock(lock);
    in_a_handler<checked<resile::spinlock>>::raise_with(lock);
    char text[4096];
    const std::size_t length = resile::format_usage_report(last, text, sizeof(text));
    const std::string whole(text, length);
    for (const char* part :
         {"inconsistent lock state", "{INITIAL USE} -> {IN-INTERRUPT}", "\"printed\"",
          "possible unsafe locking scenario", "<Interrupt>", "*** DEADLOCK ***", "Remedy:"})
        EXPECT_NE(whole.find(part), std::string::npos) << part;
    for (std::size_t size = 0; size <= length + 1; ++size) {
        std::string cut(size + 1, '#');
        const std::size_t written = resile::format_usage_report(last, cut.data(), size);
        EXPECT_EQ(written, size == 0 ? 0 : std::min(size - 1, length));
        EXPECT_EQ(cut[size], '#') << "nothing behind the buffer";
        EXPECT_EQ(cut.substr(0, written), whole.substr(0, written));
    }
}

}  // namespace
