// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Locks whose memory disappears while others, who follow published waits, are about to read them.

#include "lab/judge/cpus.hpp"
#include "tests/lock/observed.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <new>
#include <thread>
#include <vector>

namespace resile_test {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t page = 4096;

[[nodiscard]] spinlock* map_lock() noexcept {
    void* memory = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : ::new (memory) spinlock;
}

// s1 owns `fixed`, and waits, in vain and for an instant, for a lock in a page that is then unmapped. Whoever
// waits for `fixed` walks to that page.
TEST(unmapped_lock, a_walk_survives_locks_that_are_unmapped_under_it) {
    spinlock fixed;
    std::atomic<bool> stop{false};
    std::atomic<unsigned long> walks{0};
    std::atomic<unsigned long> wrong{0};
    actor s1;
    actor page_owner;
    ASSERT_EQ(lock_by(s1, fixed), lock_result::acquired);
    {
        const auto walk = [&] {
            while (!stop) {
                if (fixed.lock_for(nanoseconds{0}) != lock_result::timed_out) ++wrong;
                ++walks;
            }
        };
        // One CPU is left for the two that come and go.
        std::vector<std::jthread> walkers;
        for (std::size_t i = 1; i == 1 || (i < resile_lab::usable_cpus().size() && i < 4); ++i)
            walkers.emplace_back(walk);
        for (unsigned round = 0; round < scaled(4'000); ++round) {
            spinlock* passing = map_lock();
            ASSERT_NE(passing, nullptr);
            page_owner.run([&] {
                if (passing->lock() != lock_result::acquired) ++wrong;
            });
            s1.run([&] {
                if (passing->lock_for(nanoseconds{20'000}) != lock_result::timed_out) ++wrong;
            });
            page_owner.run([&] { passing->unlock(); });
            ASSERT_EQ(::munmap(passing, page), 0);
        }
        await("walks took place", [&] { return walks.load() > 100; });
        stop = true;
    }
    unlock_by(s1, fixed);
    EXPECT_EQ(wrong, 0U);
}

// The same by hand: the page is unmapped while the wait for it is still published. (A misuse, but of
// somebody else: the walker must not die of it.)
TEST(unmapped_lock, a_published_wait_for_an_address_without_memory_is_an_end_of_the_walk) {
    spinlock fixed;
    actor s1;
    ASSERT_EQ(lock_by(s1, fixed), lock_result::acquired);
    spinlock* passing = map_lock();
    ASSERT_NE(passing, nullptr);
    auto& record = resile::detail::record_of(s1.slot());
    record.changes[0].fetch_add(1);
    const resile::detail::wait_word wait(reinterpret_cast<std::uintptr_t>(passing), record.changes[0].load());
    record.wait[0].store(wait.bits());
    ASSERT_EQ(::munmap(passing, page), 0);
    EXPECT_EQ(fixed.lock_for(nanoseconds{0}), lock_result::timed_out);
    record.wait[0].store(0);
    unlock_by(s1, fixed);
}

// As before, and the memory is something else by now. Whatever is read there: it need not even name a slot.
TEST(unmapped_lock, a_published_wait_for_what_is_no_lock_any_more_is_an_end_of_the_walk) {
    spinlock fixed;
    actor s1;
    ASSERT_EQ(lock_by(s1, fixed), lock_result::acquired);
    auto& record = resile::detail::record_of(s1.slot());
    for (const std::uint32_t something : {0x2000U, 0xe000U, 0xffffU, 0x40001U, 0xffffffffU}) {
        record.changes[0].fetch_add(1);
        record.wait[0].store(
            resile::detail::wait_word(reinterpret_cast<std::uintptr_t>(&something), record.changes[0].load())
                .bits());
        EXPECT_EQ(fixed.lock_for(nanoseconds{0}), lock_result::timed_out) << std::hex << something;
    }
    record.wait[0].store(0);
    unlock_by(s1, fixed);
}

// Whoever takes a lock last may unmap it: the one who released it before must not touch it any more.
TEST(unmapped_lock, the_next_owner_may_unmap_a_lock_while_the_former_is_still_in_unlock) {
    actor s0;
    for (unsigned round = 0; round < scaled(10'000); ++round) {
        spinlock* lock = map_lock();
        ASSERT_NE(lock, nullptr);
        std::atomic<bool> owned{false};
        s0.start([&] {
            owned = lock->lock() == lock_result::acquired;
            lock->unlock();
        });
        await("s0 has had it", [&] { return owned.load(); });
        ASSERT_EQ(lock->lock(), lock_result::acquired);
        lock->unlock();
        ASSERT_EQ(::munmap(lock, page), 0);
        s0.finish("s0 returns from unlock()");
    }
}

}  // namespace
}  // namespace resile_test
