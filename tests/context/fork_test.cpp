// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What a forked child keeps; and the table full to the brim, which is staged in a child, too.

#include "context/slot_table.hpp"
#include "tests/context/actor.hpp"
#include "tests/support/seeds.hpp"

#include "context/slot_state_word.hpp"

#include <resile/spinlock.hpp>

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace resile_test {
namespace {

using resile::lock_result;
using resile::spinlock;
constexpr std::chrono::hours an_hour{1};

// Runs `child` in a forked process; it returns 0, or the number of what went wrong.
template <class Child>
[[nodiscard]] int in_child(Child&& child) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::alarm(30);
        ::_exit(child());
    }
    int status = -1;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

TEST(fork, the_child_can_lock_and_keeps_the_locks_that_the_forking_thread_owned) {
    spinlock mine;
    spinlock fresh;
    ASSERT_EQ(mine.lock(), lock_result::acquired);
    const int slot = resile::this_slot();
    EXPECT_EQ(in_child([&] {
                  if (resile::this_slot() != slot) return 1;
                  if (!mine.held_by_this_thread()) return 2;
                  if (mine.lock() != lock_result::deadlock) return 3;
                  if (fresh.lock() != lock_result::acquired) return 4;
                  fresh.unlock();
                  mine.unlock();
                  if (mine.lock() != lock_result::acquired) return 5;
                  mine.unlock();
                  return resile::slots_in_use().claimed == 1 ? 0 : 6;
              }),
              0);
    EXPECT_TRUE(mine.held_by_this_thread()) << "the parent's lock is the parent's";
    mine.unlock();
}

TEST(fork, locks_of_threads_that_were_not_copied_belong_to_gone_owners_in_the_child) {
    spinlock theirs;
    actor other;
    other.run([&] { ASSERT_EQ(theirs.lock(), lock_result::acquired); });
    EXPECT_EQ(in_child([&] {
                  if (theirs.lock_for(an_hour) != lock_result::timed_out)
                      return 1;  // at once, not in an hour
                  if (!theirs.break_dead_owner()) return 2;
                  theirs.unlock();
                  if (theirs.lock() != lock_result::acquired) return 3;
                  theirs.unlock();
                  return resile::slots_in_use().kept_for_gone_owners == 0 ? 0 : 4;
              }),
              0);
    EXPECT_FALSE(theirs.break_dead_owner()) << "in the parent its owner lives";
    other.run([&] { theirs.unlock(); });
}

TEST(fork, a_child_of_a_child_can_lock_and_so_can_threads_of_the_child) {
    if (under_tsan) GTEST_SKIP() << "TSan allows no new threads in the child of a process with several";
    EXPECT_EQ(in_child([] {
                  spinlock lock;
                  if (lock.lock() != lock_result::acquired) return 1;
                  const int grandchild = in_child([&] {
                      if (!lock.held_by_this_thread()) return 1;
                      lock.unlock();
                      return lock.lock() == lock_result::acquired ? 0 : 2;
                  });
                  if (grandchild != 0) return 10 + grandchild;
                  lock.unlock();
                  lock_result of_thread{};
                  std::jthread([&] {
                      of_thread = lock.lock();
                      lock.unlock();
                  }).join();
                  return of_thread == lock_result::acquired ? 0 : 2;
              }),
              0);
}

TEST(fork, while_a_storm_runs_and_other_threads_lock_each_child_is_usable) {
    static spinlock lock;
    static std::atomic<bool> stop;
    stop = false;
    struct sigaction action {};
    action.sa_handler = [](int) {
        const int saved = errno;
        if (lock.lock() == lock_result::acquired) lock.unlock();
        errno = saved;
    };
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGUSR2, &action, nullptr);
    const pthread_t forking = ::pthread_self();
    {
        std::jthread busy([] {
            while (!stop)
                if (lock.lock() == lock_result::acquired) lock.unlock();
        });
        std::jthread storm([forking] {
            // The kernel starts a fork anew when a signal arrives during it: a pause for it to come through.
            for (std::uint64_t next = 0; !stop; ::sched_yield()) {
                if (resile::platform::now_ns() < next) continue;
                ::pthread_kill(forking, SIGUSR2);
                next = resile::platform::now_ns() + 2'000'000U;
            }
        });
        for (unsigned round = 0; round < scaled(100); ++round) {
            const int answer = in_child([] {
                const lock_result first = lock.lock();  // an owner that was not copied: at once
                if (first == lock_result::timed_out && !lock.break_dead_owner()) return 1;
                if (first != lock_result::timed_out && first != lock_result::acquired) return 2;
                lock.unlock();
                if (lock.lock() != lock_result::acquired) return 3;
                lock.unlock();
                return 0;
            });
            EXPECT_EQ(answer, 0) << "round " << round;
            if (answer != 0) break;
        }
        stop = true;
    }
}

// Fills all slots but `free_slots` with claims of `thread`, as so many threads would.
void fill_table(unsigned free_slots, std::int32_t thread) {
    using resile::detail::slot_state_word;
    for (unsigned slot = 0; slot + free_slots < resile::max_slots; ++slot) {
        auto& state = resile::detail::record_of(slot).state;
        const slot_state_word seen(state.load());
        if (seen.is_free()) state.store(seen.claimed_by(thread).bits());
    }
}

TEST(exhaustion, without_a_free_slot_operations_say_so_and_work_again_when_there_is_one) {
    if (under_tsan) GTEST_SKIP() << "TSan allows no new threads in the child of a process with several";
    EXPECT_EQ(in_child([] {
                  spinlock lock;
                  fill_table(0, static_cast<std::int32_t>(::getpid()));  // a thread that lives
                  const auto refused_before = resile::lock_statistics().no_slot;
                  int wrong = 0;
                  std::jthread([&] {
                      if (resile::this_slot() != -1) wrong = 1;
                      if (lock.lock() != lock_result::no_slot) wrong = 2;
                      if (lock.lock_for(an_hour) != lock_result::no_slot) wrong = 3;
                      if (lock.try_lock()) wrong = 4;
                      if (lock.held_by_this_thread()) wrong = 5;
                      if (lock.break_dead_owner()) wrong = 6;
                      const resile::interrupt_scope scope;
                      if (resile::interrupt_depth() != 0) wrong = 7;
                      const resile::spin_guard guard(lock);
                      if (guard.result() != lock_result::no_slot) wrong = 8;
                      resile::detail::record_of(4711).state.store(0);  // one thread ends
                      if (lock.lock() != lock_result::acquired) wrong = 9;
                      if (resile::this_slot() != 4711) wrong = 10;
                      lock.unlock();
                  }).join();
                  if (resile::lock_statistics().no_slot < refused_before + 3) wrong = 11;
                  return wrong;
              }),
              0);
}

TEST(exhaustion, slots_of_threads_that_vanished_without_telling_are_recovered) {
    if (under_tsan) GTEST_SKIP() << "TSan allows no new threads in the child of a process with several";
    EXPECT_EQ(in_child([] {
                  constexpr std::int32_t nobody = 0x3fffffff;  // above every pid_max
                  fill_table(1, nobody);
                  int wrong = 0;
                  std::jthread([&] {
                      if (resile::this_slot() != static_cast<int>(resile::max_slots) - 1)
                          wrong = 1;  // the last one
                      std::jthread([&] {
                          spinlock lock;
                          if (resile::this_slot() < 0) wrong = 2;
                          if (lock.lock() != lock_result::acquired) wrong = 3;
                          lock.unlock();
                      }).join();
                  }).join();
                  if (resile::slots_in_use().claimed > 3) wrong = 4;  // all the others were recovered
                  return wrong;
              }),
              0);
}

TEST(exhaustion, slots_left_over_from_a_former_thread_of_the_same_id_are_recovered) {
    if (under_tsan) GTEST_SKIP() << "TSan allows no new threads in the child of a process with several";
    EXPECT_EQ(in_child([] {
                  int wrong = 0;
                  std::jthread([&] {
                      fill_table(0,
                                 resile::platform::thread_id());  // all of them "mine", none of them really
                      if (resile::this_slot() < 0) wrong = 1;
                  }).join();
                  return wrong;
              }),
              0);
}

}  // namespace
}  // namespace resile_test
