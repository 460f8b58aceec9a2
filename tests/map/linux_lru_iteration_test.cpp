// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// get_next_key and batches, on a map at rest and on one that changes between the calls.

#include "tests/map/map_shapes.hpp"

#include <algorithm>
#include <cerrno>
#include <numeric>

namespace resile_test {
namespace {

constexpr std::uint32_t capacity = 64;
constexpr std::uint64_t no_key = 999'999;

class linux_lru_iteration : public every_linux_lru {
  protected:
    linux_lru_iteration() : map_(GetParam(), 2 * capacity) {}

    void fill(std::uint64_t count) {
        for (std::uint64_t key = 0; key < count; ++key) ASSERT_EQ(map_.put(key, 100 + key), 0);
    }
    using batch_call = int (linux_lru::*)(std::uint64_t&, void*, void*, std::uint32_t&) noexcept;

    struct delivery {
        int error = 0;
        std::vector<std::uint64_t> keys, values;
    };
    delivery one_batch(batch_call call, std::uint64_t& position, std::uint32_t room) {
        const std::size_t words = map_.map.user_value_size() / 8;
        delivery got;
        std::vector<std::uint64_t> values(std::size_t{room} * words);
        got.keys.resize(room);
        std::uint32_t count = room;
        got.error = (map_.map.*call)(position, got.keys.data(), values.data(), count);
        EXPECT_LE(count, room);
        got.keys.resize(count);
        for (std::uint32_t i = 0; i < count; ++i) got.values.push_back(values[i * words]);
        return got;
    }
    // Batch after batch to the end, with a few calls more room whenever a bucket does not fit.
    delivery all_batches(batch_call call, std::uint32_t room) {
        delivery sum;
        std::uint64_t position = 0;
        while (sum.error == 0 || sum.error == -ENOSPC) {
            const delivery got = one_batch(call, position, room);
            if (got.error == -ENOSPC) ++room;
            sum.error = got.error;
            sum.keys.insert(sum.keys.end(), got.keys.begin(), got.keys.end());
            sum.values.insert(sum.values.end(), got.values.begin(), got.values.end());
        }
        return sum;
    }

    number_map map_;
};
INSTANTIATE_TEST_SUITE_P(shapes, linux_lru_iteration, testing::ValuesIn(every_shape), shape_name);

std::vector<std::uint64_t> sorted(std::vector<std::uint64_t> keys) {
    std::sort(keys.begin(), keys.end());
    return keys;
}

std::vector<std::uint64_t> numbers_below(std::uint64_t end) {
    std::vector<std::uint64_t> numbers(end);
    std::iota(numbers.begin(), numbers.end(), 0U);
    return numbers;
}

TEST_P(linux_lru_iteration, an_empty_map_has_no_first_key) {
    std::uint64_t key = no_key;
    EXPECT_EQ(map_.map.next_key(nullptr, &key), -ENOENT);
    EXPECT_EQ(map_.map.next_key(&key, &key), -ENOENT);
    EXPECT_EQ(key, no_key);
}

TEST_P(linux_lru_iteration, next_key_meets_every_key_once) {
    fill(60);
    EXPECT_EQ(sorted(map_.keys()), numbers_below(60));
}

TEST_P(linux_lru_iteration, an_unknown_key_is_followed_by_the_first) {
    fill(20);
    std::uint64_t first = 0;
    std::uint64_t after_unknown = 0;
    ASSERT_EQ(map_.map.next_key(nullptr, &first), 0);
    ASSERT_EQ(map_.map.next_key(&no_key, &after_unknown), 0);
    EXPECT_EQ(first, after_unknown);
}

TEST_P(linux_lru_iteration, nothing_follows_the_last_key) {
    fill(20);
    const std::uint64_t last = map_.keys().back();
    std::uint64_t key = 0;
    EXPECT_EQ(map_.map.next_key(&last, &key), -ENOENT);
}

TEST_P(linux_lru_iteration, a_walk_starts_again_when_its_key_is_erased) {
    fill(20);
    const std::vector<std::uint64_t> order = map_.keys();
    ASSERT_EQ(map_.erase(order[10]), 0);
    std::uint64_t key = 0;
    ASSERT_EQ(map_.map.next_key(&order[10], &key), 0);
    EXPECT_EQ(key, order[0]);
}

TEST_P(linux_lru_iteration, a_walk_that_erases_behind_itself_ends) {
    fill(60);
    std::uint64_t key = 0;
    unsigned erased = 0;
    while (map_.map.next_key(nullptr, &key) == 0 && erased < 100) {
        ASSERT_EQ(map_.erase(key), 0);
        ++erased;
    }
    EXPECT_EQ(erased, 60U);
    expect_nothing_stranded(map_);
}

TEST_P(linux_lru_iteration, a_batch_with_room_for_all_delivers_all_and_says_that_it_is_the_end) {
    fill(60);
    std::uint64_t position = 0;
    const delivery got = one_batch(&linux_lru::lookup_batch, position, 60);
    EXPECT_EQ(got.error, -ENOENT);
    EXPECT_EQ(sorted(got.keys), numbers_below(60));
    for (std::size_t i = 0; i < got.keys.size(); ++i) EXPECT_EQ(got.values[i], got.keys[i] + 100);
    EXPECT_EQ(one_batch(&linux_lru::lookup_batch, position, 60).error, -ENOENT);
    EXPECT_TRUE(one_batch(&linux_lru::lookup_batch, position, 60).keys.empty());
    EXPECT_EQ(got.keys, map_.keys()) << "in the order of next_key";
}

TEST_P(linux_lru_iteration, batches_of_any_size_deliver_every_key_once) {
    fill(60);
    for (const std::uint32_t room : {1U, 2U, 3U, 7U, 59U, 61U}) {
        const delivery got = all_batches(&linux_lru::lookup_batch, room);
        EXPECT_EQ(got.error, -ENOENT);
        EXPECT_EQ(sorted(got.keys), numbers_below(60)) << "room for " << room;
    }
}

TEST_P(linux_lru_iteration, a_batch_without_room_does_nothing_and_succeeds) {
    fill(20);
    std::uint64_t position = 0;
    const delivery got = one_batch(&linux_lru::lookup_batch, position, 0);
    EXPECT_EQ(got.error, 0);
    EXPECT_EQ(position, 0U);
}

TEST_P(linux_lru_iteration, a_bucket_that_does_not_fit_is_refused_whole_and_kept_for_the_next_call) {
    fill(60);
    std::uint64_t position = 0;
    delivery got;
    do got = one_batch(&linux_lru::lookup_batch, position, 1);
    while (got.error == 0);
    ASSERT_EQ(got.error, -ENOSPC) << "60 keys in 128 buckets, and no two in the same?";
    EXPECT_TRUE(got.keys.empty());
    const std::uint64_t there = position;
    got = one_batch(&linux_lru::lookup_batch, position, 8);
    EXPECT_FALSE(got.keys.empty());
    EXPECT_GT(position, there);
}

TEST_P(linux_lru_iteration, a_position_behind_the_end_is_the_end) {
    fill(20);
    std::uint64_t position = std::uint64_t{1} << 40;
    const delivery got = one_batch(&linux_lru::lookup_batch, position, 20);
    EXPECT_EQ(got.error, -ENOENT);
    EXPECT_TRUE(got.keys.empty());
}

TEST_P(linux_lru_iteration, lookup_and_erase_batches_empty_the_map) {
    fill(60);
    const delivery got = all_batches(&linux_lru::lookup_and_erase_batch, 5);
    EXPECT_EQ(sorted(got.keys), numbers_below(60));
    for (std::size_t i = 0; i < got.keys.size(); ++i) EXPECT_EQ(got.values[i], got.keys[i] + 100);
    EXPECT_TRUE(map_.keys().empty());
    expect_nothing_stranded(map_);
    fill(60);
    EXPECT_EQ(map_.present(0, 60), 60U) << "the nodes can be used again";
}

TEST_P(linux_lru_iteration, keys_that_stay_are_delivered_once_while_others_come_and_go) {
    fill(30);
    std::vector<std::uint64_t> met;
    std::uint64_t position = 0;
    std::uint64_t other = 1000;
    std::uint32_t room = 2;
    for (int error = 0; error == 0 || error == -ENOSPC;) {
        const delivery got = one_batch(&linux_lru::lookup_batch, position, room);
        error = got.error;
        if (error == -ENOSPC) ++room;
        met.insert(met.end(), got.keys.begin(), got.keys.end());
        ASSERT_EQ(map_.put(other, 0), 0);
        if (other >= 1003) {
            ASSERT_EQ(map_.erase(other - 3), 0);
        }
        ++other;
    }
    std::erase_if(met, [](std::uint64_t key) { return key >= 1000; });
    EXPECT_EQ(sorted(met), numbers_below(30));
}

TEST_P(linux_lru_iteration, an_update_batch_says_how_many_were_done) {
    const std::vector<std::uint64_t> keys = {1, 2, 3};
    const std::vector<std::uint64_t> values(64, 7);
    std::uint32_t count = 3;
    EXPECT_EQ(map_.map.update_batch(keys.data(), values.data(), count, linux_lru::any), 0);
    EXPECT_EQ(count, 3U);
    EXPECT_EQ(map_.get(2), 7U);
    for (const std::uint64_t flags : {linux_lru::noexist, linux_lru::exist, std::uint64_t{3}}) {
        count = 3;
        EXPECT_EQ(map_.map.update_batch(keys.data(), values.data(), count, flags), -EINVAL);
        EXPECT_EQ(count, 3U) << "as Linux: untouched";
    }
    count = 0;
    EXPECT_EQ(map_.map.update_batch(keys.data(), values.data(), count, linux_lru::any), 0);
}

TEST_P(linux_lru_iteration, an_erase_batch_stops_at_the_first_key_that_is_absent) {
    fill(10);
    const std::vector<std::uint64_t> keys = {2, 3, no_key, 4};
    std::uint32_t count = 4;
    EXPECT_EQ(map_.map.erase_batch(keys.data(), count), -ENOENT);
    EXPECT_EQ(count, 2U);
    EXPECT_FALSE(map_.has(3));
    EXPECT_TRUE(map_.has(4));
    count = 0;
    EXPECT_EQ(map_.map.erase_batch(keys.data(), count), 0);
    expect_nothing_stranded(map_);
}

}  // namespace
}  // namespace resile_test
