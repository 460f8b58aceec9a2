// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What does not depend on the flavour: keys of all kinds, hooks, statistics, handles, errors.

#include <resile/context.hpp>
#include <resile/lru_map.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <limits>
#include <map>
#include <string>

namespace {

using resile::lru_map;
using resile::put_result;

template <class Error, class Make>
std::string message_of(Make&& make) {
    try {
        make();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

using plain = lru_map<std::uint64_t, std::uint64_t>;

TEST(lru_map, refuses_sizes_that_make_no_sense_and_names_them) {
    EXPECT_NE(message_of<std::invalid_argument>([] { const plain map(0); }).find("max_entries is 0"),
              std::string::npos);
    EXPECT_NE(message_of<std::length_error>([] { const plain map(std::size_t{1} << 33); }).find("8589934592"),
              std::string::npos);
    EXPECT_NE(message_of<std::length_error>([] { const plain map(std::numeric_limits<std::size_t>::max()); }),
              "");
    EXPECT_NE(message_of<std::invalid_argument>([] { const plain map(8, {.contexts = 0}); }).find("contexts"),
              std::string::npos);
}

TEST(lru_map, says_so_when_there_is_no_memory) {
    struct huge {
        std::array<char, 1 << 22> bytes;
    };
    EXPECT_THROW((lru_map<std::uint64_t, huge>(std::size_t{1} << 30)), std::bad_alloc);
}

struct name {
    std::array<char, 24> text{};
    explicit name(const std::string& from) {
        std::memcpy(text.data(), from.data(), std::min(from.size(), text.size()));
    }
    bool operator==(const name&) const = default;
};

TEST(lru_map, takes_strings_in_fixed_buffers) {
    lru_map<name, int> map(100);
    for (int i = 0; i < 100; ++i) map.put(name("key number " + std::to_string(i)), i);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(map.get(name("key number " + std::to_string(i))), i);
    EXPECT_FALSE(map.get(name("key number")));
}

struct anycase {
    std::array<char, 8> text;
};
struct fold_case {
    static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
    std::size_t operator()(const anycase& key) const noexcept {
        std::size_t sum = 0;
        for (const char c : key.text) sum = sum * 31 + static_cast<unsigned char>(lower(c));
        return sum;
    }
    bool operator()(const anycase& a, const anycase& b) const noexcept {
        for (std::size_t i = 0; i < a.text.size(); ++i)
            if (lower(a.text[i]) != lower(b.text[i])) return false;
        return true;
    }
};

TEST(lru_map, uses_a_hash_and_an_equality_of_the_users) {
    lru_map<anycase, char, fold_case, fold_case> map(10);
    EXPECT_EQ(map.put({{'H', 'e', 'l', 'l', 'o'}}, 'a'), put_result::inserted);
    EXPECT_EQ(map.put({{'h', 'E', 'L', 'L', 'O'}}, 'b'), put_result::replaced);
    EXPECT_EQ(map.get({{'h', 'e', 'l', 'l', 'o'}}), 'b');
}

struct all_the_same {
    std::size_t operator()(const std::uint64_t&) const noexcept { return 42; }
};

TEST(lru_map, is_correct_though_slow_with_a_hash_that_is_always_the_same) {
    lru_map<std::uint64_t, std::array<std::uint64_t, 2>, all_the_same> map(40);
    for (std::uint64_t key = 0; key < 400; ++key) {
        map.put(key, {key, key});
        if (key % 3 == 0) map.erase(key - 7);
        map.put(key, {key, key + 1});
    }
    std::size_t seen = 0;
    map.for_each([&](const auto& key, const auto& value) {
        EXPECT_EQ(value[1], key + 1);
        ++seen;
    });
    EXPECT_EQ(seen, map.size());
    EXPECT_TRUE(map.census().conserved(40));
}

TEST(lru_map, calls_the_eviction_hook_with_each_victim_and_nothing_else) {
    struct log {
        std::map<std::uint64_t, std::uint64_t> victims;
    } seen;
    resile::lru_options options;
    options.eviction_context = &seen;
    options.on_eviction = [](void* context, const void* key, const void* value) noexcept {
        static_cast<log*>(context)->victims[*static_cast<const std::uint64_t*>(key)] =
            *static_cast<const std::uint64_t*>(value);
    };
    plain map(10, options);
    for (std::uint64_t key = 0; key < 10; ++key) map.put(key, key * 3);
    map.erase(4);
    map.put(5, 50);
    EXPECT_TRUE(seen.victims.empty()) << "erasing and replacing evict nothing";
    map.put(100, 1);
    EXPECT_TRUE(seen.victims.empty()) << "there was room";
    map.put(101, 1);
    ASSERT_EQ(seen.victims.size(), 1U);
    const auto [key, value] = *seen.victims.begin();
    EXPECT_EQ(value, key == 5 ? 50 : key == 100 ? 1 : key * 3);
}

TEST(lru_map, tells_evictions_erasures_and_replacements_apart_at_each_depth) {
    plain map(10);
    for (std::uint64_t key = 0; key < 12; ++key) map.put(key, key);
    {
        const resile::interrupt_scope handler;
        map.put(11, 0);
        map.erase(11);
        (void)map.get(10);
        (void)map.get(11);
        const resile::interrupt_scope deeper;
        map.put(20, 0);
        map.put(21, 0);
    }
    const auto seen = map.statistics();
    EXPECT_EQ(seen.by_depth[0].insertions, 12U);
    EXPECT_EQ(seen.by_depth[0].evictions, 2U);
    EXPECT_EQ(seen.by_depth[1].replacements, 1U);
    EXPECT_EQ(seen.by_depth[1].erasures, 1U);
    EXPECT_EQ(seen.by_depth[1].hits, 1U);
    EXPECT_EQ(seen.by_depth[1].misses, 1U);
    EXPECT_EQ(seen.by_depth[2].insertions, 2U);
    EXPECT_EQ(seen.by_depth[2].evictions, 1U);
    EXPECT_EQ(seen.total().insertions, 14U);
}

TEST(lru_map, lets_a_handle_count_in_place) {
    plain map(10);
    map.put(1, 0);
    for (int i = 0; i < 100; ++i) {
        auto counter = map.find(1);
        std::atomic_ref<std::uint64_t>(counter.value()).fetch_add(2, std::memory_order_relaxed);
        map.update(1, [](auto& value) { ++value; });
    }
    EXPECT_EQ(map.take(1), 300U);
}

TEST(lru_map, lets_handles_be_moved) {
    plain map(2);
    map.put(1, 10);
    map.put(2, 20);
    plain::pinned one = map.find(1);
    plain::pinned two = map.find(2);
    plain::pinned moved = std::move(one);
    EXPECT_TRUE(moved);
    moved = std::move(two);
    EXPECT_EQ(moved.value(), 20U);
    two = {};
    moved = {};
    EXPECT_EQ(map.put(3, 30), put_result::inserted) << "nothing is pinned any more";
}

TEST(lru_map, leaves_errno_alone) {
    plain map(4);
    errno = ENOTTY;
    for (std::uint64_t key = 0; key < 100; ++key) {
        map.put(key, key);
        (void)map.get(key - 1);
        map.erase(key - 2);
    }
    map.clear();
    EXPECT_EQ(errno, ENOTTY);
}

TEST(lru_map, orders_its_chains_differently_with_each_seed) {
    const auto order_with = [](std::uint64_t seed) {
        plain map(100, {.seed = seed});
        for (std::uint64_t key = 0; key < 100; ++key) map.put(key, key);
        std::vector<std::uint64_t> order;
        map.for_each([&](const auto& key, const auto&) { order.push_back(key); });
        return order;
    };
    EXPECT_EQ(order_with(5), order_with(5));
    EXPECT_NE(order_with(5), order_with(6));
    EXPECT_NE(order_with(0), order_with(0)) << "random where no seed is given";
}

}  // namespace
