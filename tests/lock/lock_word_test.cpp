// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Every bit of the lock word and of the words around it; and what the types promise at compile time.

#include "tests/lock/observed.hpp"

#include "context/slot_state_word.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <type_traits>
#include <utility>

namespace resile_test {
namespace {

using resile::detail::lock_word;
using resile::detail::owner_id;
using resile::detail::slot_state_word;
using resile::detail::wait_word;

static_assert(sizeof(spinlock) == 4 && alignof(spinlock) == 4);
static_assert(std::is_standard_layout_v<spinlock>);
static_assert(std::is_nothrow_default_constructible_v<spinlock>);
static_assert(std::is_trivially_destructible_v<spinlock>);
static_assert(!std::is_copy_constructible_v<spinlock> && !std::is_move_constructible_v<spinlock>);
static_assert(noexcept(std::declval<spinlock&>().lock()));
static_assert(noexcept(std::declval<spinlock&>().lock_for(std::chrono::nanoseconds{})));
static_assert(noexcept(std::declval<spinlock&>().try_lock()));
static_assert(noexcept(std::declval<spinlock&>().unlock()));
static_assert(noexcept(std::declval<spinlock&>().break_dead_owner()));
static_assert(noexcept(std::declval<const spinlock&>().held_by_this_thread()));
static_assert(noexcept(resile::lock_statistics()) && noexcept(resile::this_slot()));
static_assert(std::is_nothrow_constructible_v<resile::spin_guard, spinlock&>);
static_assert(!std::is_copy_constructible_v<resile::spin_guard>);
static_assert(std::is_same_v<decltype(std::declval<spinlock&>().lock()), lock_result>);
static_assert(sizeof(lock_result) == 1);
static_assert(std::is_trivially_copyable_v<resile::lock_stats>);
static_assert(spinlock::default_timeout == std::chrono::milliseconds{250});
constinit spinlock free_at_start;  // no constructor runs

TEST(lock_word, a_lock_made_of_zero_bytes_is_free_and_works) {
    alignas(spinlock) unsigned char bytes[sizeof(spinlock)];
    std::memset(bytes, 0, sizeof(bytes));
    auto& lock = *reinterpret_cast<spinlock*>(bytes);
    EXPECT_FALSE(lock.held_by_this_thread());
    ASSERT_EQ(lock.lock(), lock_result::acquired);
    EXPECT_TRUE(lock.held_by_this_thread());
    lock.unlock();
    for (const unsigned char byte : bytes) EXPECT_EQ(byte, 0);
    ASSERT_EQ(free_at_start.lock(), lock_result::acquired);
    free_at_start.unlock();
}

TEST(lock_word, every_slot_and_depth_is_encoded_and_decoded_and_none_looks_free) {
    constexpr unsigned slots = resile::max_slots;
    for (unsigned slot = 0; slot < slots; ++slot)
        for (unsigned depth = 0; depth <= resile::detail::max_nested_waits; ++depth) {
            const owner_id owner(slot, depth);
            ASSERT_FALSE(owner.is_free());
            ASSERT_EQ(owner.slot(), slot);
            ASSERT_EQ(owner.depth(), depth);
            ASSERT_EQ(lock_word(0).owned_by(owner).owner(), owner);
            ASSERT_TRUE(lock_word(owner.bits()).is_legal());
            ASSERT_TRUE(owner.same_slot(owner_id(slot, 0)));
            ASSERT_FALSE(owner.same_slot(owner_id((slot + 1) % slots, depth)));
            if (depth < resile::detail::max_nested_waits) {
                ASSERT_EQ(owner.one_deeper(), owner_id(slot, depth + 1));
            }
        }
}

TEST(lock_word, each_of_the_32_bits_belongs_to_exactly_one_field) {
    for (unsigned bit = 0; bit < 32; ++bit) {
        const lock_word word(std::uint32_t{1} << bit);
        EXPECT_EQ(word.owner().is_free(), bit >= 16) << bit;
        EXPECT_EQ(word.owner().depth() != 0, bit >= 13 && bit < 16) << bit;
        EXPECT_EQ(word.has_sleepers(), bit == 16) << bit;
        EXPECT_EQ(word.is_hungry(), bit == 17) << bit;
        EXPECT_EQ(word.is_legal(), bit < 18) << bit;
    }
}

TEST(lock_word, flags_leave_the_owner_alone_and_the_owner_leaves_flags_alone) {
    const owner_id owner(4711, 3);
    const lock_word both = lock_word(0).owned_by(owner).with_sleepers().with_hungry();
    EXPECT_EQ(both.owner(), owner);
    EXPECT_TRUE(both.has_sleepers() && both.is_hungry());
    EXPECT_EQ(both.without_sleepers().without_hungry().bits(), owner.bits());
    EXPECT_TRUE(both.owned_by(owner_id{}).owner().is_free());
    EXPECT_TRUE(both.owned_by(owner_id{}).has_sleepers() && both.owned_by(owner_id{}).is_hungry());
}

TEST(lock_word, patterns_of_uninitialised_and_freed_memory_are_no_legal_lock) {
    for (const std::uint32_t poison : {0xababababU, 0xcdcdcdcdU, 0xffffffffU, 0xdeadbeefU, 0xfeeefeeeU,
                                       0xa5a5a5a5U, 0x5a5a5a5aU, 0xbebebebeU, 0xccccccccU, 0xddddddddU})
        EXPECT_FALSE(lock_word(poison).is_legal()) << std::hex << poison;
}

TEST(lock_word, a_wait_word_keeps_every_possible_address_and_differs_after_each_change) {
    for (unsigned bit = 2; bit < 57; ++bit) {
        const std::uintptr_t address = std::uintptr_t{1} << bit;
        for (std::uint64_t change = 1; change < 1024; change += 101) {
            const wait_word word(address, change);
            ASSERT_EQ(word.lock(), address);
            ASSERT_TRUE(word.is_waiting());
            ASSERT_NE(word, wait_word(address, change + 1));
            ASSERT_FALSE(wait_word(std::uintptr_t{0}, change).is_waiting());
        }
    }
}

TEST(lock_word, a_slot_state_word_keeps_thread_and_state_and_its_life_grows_with_each_claim) {
    for (const std::int32_t thread : {1, 2, 4'194'304, 0x7fffffff}) {
        const slot_state_word claimed = slot_state_word(0).claimed_by(thread);
        EXPECT_TRUE(claimed.is_claimed());
        EXPECT_EQ(claimed.thread(), thread);
        EXPECT_TRUE(claimed.as(slot_state_word::state::gone).is_gone());
        EXPECT_EQ(claimed.as(slot_state_word::state::gone).thread(), thread);
        EXPECT_EQ(claimed.renamed_to(5).thread(), 5);
        const slot_state_word again = claimed.as(slot_state_word::state::free).claimed_by(thread);
        EXPECT_NE(again.bits(), claimed.bits()) << "two lives of a slot must differ";
    }
}

TEST(lock_word, every_result_has_its_name) {
    EXPECT_STREQ(to_string(lock_result::acquired), "acquired");
    EXPECT_STREQ(to_string(lock_result::deadlock), "deadlock");
    EXPECT_STREQ(to_string(lock_result::timed_out), "timed_out");
    EXPECT_STREQ(to_string(lock_result::no_slot), "no_slot");
    EXPECT_STREQ(to_string(lock_result::too_deep), "too_deep");
}

}  // namespace
}  // namespace resile_test
