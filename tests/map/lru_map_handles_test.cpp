// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Counting in place, through a handle, while the same entry is written, taken and erased: an addition made
// while the entry was there is in whatever the map says of it afterwards.

#include "lab/injection/single_stepper.hpp"
#include "tests/support/seeds.hpp"

#include <resile/byte_lru_map.hpp>
#include <resile/lru_map.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace {

using counters = resile::lru_map<std::uint64_t, std::uint64_t>;

std::uint64_t add(const counters::pinned& handle, std::uint64_t number) {
    return std::atomic_ref(handle.value()).fetch_add(number);
}

struct one_count {
    counters map{4, {.contexts = 2, .seed = 1}};
    const bool put = map.put(1, 10) == resile::put_result::inserted;
    const counters::pinned handle = map.find(1);
};

// After instructions of `what`, every one in a long campaign, a handler adds 1000 through a handle. `check`
// gets whether the entry was there when it did.
void with_an_addition_anywhere(const std::function<void(counters&)>& what,
                               const std::function<void(counters&, bool was_there)>& check) {
    if (!resile_lab::can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    unsigned long interrupts = 0;
    unsigned in_time = 0;
    one_count undisturbed;
    const unsigned long length =
        resile_lab::single_step([&] { what(undisturbed.map); }, [](unsigned long) {});
    const unsigned long distance = resile_test::long_campaign() ? 1 : 1 + length / resile_test::scaled(400);
    resile_test::random_numbers numbers(resile_test::announce_seed("additions"));
    for (unsigned long step = 1 + numbers.below(static_cast<unsigned>(distance));;
         step += distance, ++interrupts) {
        one_count trial;
        bool hit = false, was_there = false;
        resile_lab::single_step([&] { what(trial.map); },
                                [&](unsigned long now) {
                                    if (now != step) return;
                                    was_there = trial.map.contains(1);
                                    add(trial.handle, 1000);
                                    hit = true;
                                    resile_lab::stop_stepping();
                                });
        if (!hit) break;
        in_time += was_there ? 1 : 0;
        check(trial.map, was_there);
        if (testing::Test::HasFatalFailure()) {
            FAIL() << "after instruction " << step;
        }
    }
    EXPECT_GT(interrupts, 5U);
    EXPECT_GT(in_time, 1U);
}

// The key goes first, then the value is final: what is added in between is not lost, but taken.
TEST(lru_map_handle, what_is_added_before_take_is_in_what_take_returns) {
    std::uint64_t taken = 0;
    bool has_gone = false;
    with_an_addition_anywhere([&](counters& map) { taken = map.take(1).value_or(0); },
                              [&](const counters& map, bool was_there) {
                                  ASSERT_TRUE(taken == 1010 || (taken == 10 && !was_there)) << taken;
                                  has_gone = has_gone || taken == 10;
                                  ASSERT_FALSE(has_gone && taken == 1010) << "an addition after the end";
                                  ASSERT_FALSE(map.contains(1));
                              });
    EXPECT_TRUE(has_gone || IsSkipped()) << "at last the entry is nobody's";
}

TEST(lru_map_handle, what_is_added_in_the_middle_of_an_update_is_not_lost) {
    with_an_addition_anywhere(
        [](counters& map) {
            EXPECT_EQ(map.update(1, [](auto& n) { n += 5; }), resile::put_result::replaced);
        },
        [](counters& map, bool) { ASSERT_EQ(map.peek(1), 1015U); });
}

TEST(lru_map_handle, what_is_added_in_the_middle_of_an_upsert_is_not_lost) {
    with_an_addition_anywhere(
        [](counters& map) {
            EXPECT_EQ(map.upsert(1, 7, [](auto& n) { n += 5; }), resile::put_result::replaced);
        },
        [](counters& map, bool) { ASSERT_EQ(map.peek(1), 1015U); });
}

TEST(lru_map_handle, a_value_written_over_an_addition_is_the_one_or_the_sum) {
    with_an_addition_anywhere([](counters& map) { map.put(1, 50); },
                              [](counters& map, bool) {
                                  const auto now = map.peek(1);
                                  ASSERT_TRUE(now == 50U || now == 1050U) << now.value_or(0);
                              });
}

TEST(lru_map_handle, an_addition_does_not_reach_the_key_that_comes_after) {
    with_an_addition_anywhere(
        [](counters& map) {
            map.erase(1);
            map.put(2, 0);
        },
        [](counters& map, bool) {
            map.for_each([](std::uint64_t, std::uint64_t value) { ASSERT_EQ(value, 0U); });
        });
}

// Two threads count through handles, a third takes the entry again and again: nothing counted while it was
// there is missing.
TEST(lru_map_handle, counts_of_threads_and_what_is_taken_meanwhile_add_up) {
    counters map(4, {.seed = 1});
    constexpr std::uint64_t each = 20'000;
    std::atomic<std::uint64_t> counted{0}, late{0};
    std::atomic<unsigned> running{2};
    const auto count = [&] {
        for (std::uint64_t i = 0; i < each; ++i) {
            (void)map.get_or_insert(1, 0);
            if (const auto handle = map.find(1)) {
                // Still there after the addition: it was there when it was made, for a key that is taken
                // comes back on another node.
                add(handle, 1);
                const auto again = map.find(1);
                (again && &again.value() == &handle.value() ? counted : late).fetch_add(1);
            }
        }
        running.fetch_sub(1);
    };
    std::uint64_t taken = 0;
    std::thread one(count), two(count);
    while (running.load() != 0) {
        taken += map.take(1).value_or(0);
        std::this_thread::yield();
    }
    one.join();
    two.join();
    taken += map.take(1).value_or(0);
    EXPECT_GE(taken, counted.load());
    EXPECT_LE(taken, counted.load() + late.load());
    EXPECT_TRUE(map.census().conserved(4));
}

TEST(byte_lru_map_handle, keeps_the_entry_and_its_memory) {
    resile::byte_lru_map map(3, 24, 2, {.seed = 1});
    const std::string value(24, 'v'), other(24, 'o');
    EXPECT_FALSE(map.find("abc"));
    map.put("abc", value.data());
    auto handle = map.find("abc");
    ASSERT_TRUE(handle);
    for (const char* key : {"k01", "k02", "k03", "k04", "k05"}) map.put(key, other.data());
    EXPECT_TRUE(map.peek("abc", nullptr));
    EXPECT_TRUE(map.erase("abc"));
    for (const char* key : {"k01", "k02", "k03", "k04", "k05"}) map.put(key, other.data());
    EXPECT_EQ(std::string(static_cast<const char*>(handle.value()), 24), value);
    EXPECT_EQ(map.census().pinned_retired, 1U);
    auto kept = map.attach(handle.detach());
    EXPECT_FALSE(handle);
    EXPECT_EQ(map.census().pinned_retired, 1U);
    kept = {};
    EXPECT_EQ(map.census().pinned_retired, 0U);
    EXPECT_TRUE(map.census().conserved(2));
}

TEST(byte_lru_map_get_or_insert, gives_what_is_there_or_what_it_inserted) {
    resile::byte_lru_map map(4, 5, 2, {.seed = 1});
    std::string seen(5, '-');
    EXPECT_EQ(map.get_or_insert("key1", "first", seen.data()), resile::put_result::inserted);
    EXPECT_EQ(seen, "first");
    EXPECT_EQ(map.get_or_insert("key1", "other", seen.data()), resile::put_result::exists);
    EXPECT_EQ(seen, "first");
    const auto counts = map.statistics().total();
    EXPECT_EQ(counts.hits, 1U);
    EXPECT_EQ(counts.misses, 1U);
}

}  // namespace
