// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Hashes: that they are what they are said to be, and that regular keys meet in a bucket no more often than
// random ones would.

#include "tests/support/seeds.hpp"

#include <resile/lru_map.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <functional>
#include <numeric>
#include <set>
#include <string>
#include <vector>

namespace resile_test {
namespace {

using resile::hash_seed;

// --- SipHash-1-3, once more, written down from the paper: bytes, not words ---

[[nodiscard]] std::uint64_t siphash_1_3(const std::vector<unsigned char>& message, hash_seed seed) {
    std::array<std::uint64_t, 4> v{seed.first ^ 0x736f6d6570736575U, seed.second ^ 0x646f72616e646f6dU,
                                   seed.first ^ 0x6c7967656e657261U, seed.second ^ 0x7465646279746573U};
    const auto half_round = [&](unsigned a, unsigned b, unsigned c, unsigned d, int s, int t) {
        v[a] += v[b];
        v[c] += v[d];
        v[b] = std::rotl(v[b], s) ^ v[a];
        v[d] = std::rotl(v[d], t) ^ v[c];
        v[a] = std::rotl(v[a], 32);
    };
    const auto round = [&] {
        half_round(0, 1, 2, 3, 13, 16);
        half_round(2, 1, 0, 3, 17, 21);
    };
    std::vector<unsigned char> padded = message;
    while (padded.size() % 8 != 7) padded.push_back(0);
    padded.push_back(static_cast<unsigned char>(message.size()));
    for (std::size_t at = 0; at < padded.size(); at += 8) {
        std::uint64_t word = 0;
        for (unsigned i = 0; i < 8; ++i) word |= std::uint64_t{padded[at + i]} << (8 * i);
        v[3] ^= word;
        round();
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 3; ++i) round();
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

TEST(hash, of_bytes_is_siphash_1_3) {
    const hash_seed seed{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    std::vector<unsigned char> message;
    message.reserve(64);  // no null pointer, also where there are no bytes
    // From an implementation in Python that agrees with CPython's hash of bytes (PYTHONHASHSEED=42).
    const std::array<std::pair<std::size_t, std::uint64_t>, 10> known{{{0, 0xabac0158050fc4dc},
                                                                       {1, 0xc9f49bf37d57ca93},
                                                                       {2, 0x82cb9b024dc7d44d},
                                                                       {3, 0x8bf80ab8e7ddf7fb},
                                                                       {7, 0xd3927d989bb11140},
                                                                       {8, 0x369095118d299a8e},
                                                                       {9, 0x25a48eb36c063de4},
                                                                       {15, 0xd320d86d2a519956},
                                                                       {16, 0xcc4fdd1a7d908b66},
                                                                       {63, 0x9d199062b7bbb3a8}}};
    for (const auto& [size, hash] : known) {
        message.resize(size);
        std::iota(message.begin(), message.end(), static_cast<unsigned char>(0));
        EXPECT_EQ(resile::hash_bytes(message.data(), size, seed), hash) << size << " bytes";
        EXPECT_EQ(siphash_1_3(message, seed), hash) << size << " bytes, by the test's own";
    }
}

TEST(hash, of_bytes_is_siphash_1_3_for_all_lengths_seeds_and_addresses) {
    constexpr std::size_t longest = 300;
    random_numbers numbers(announce_seed("siphash"));
    for (unsigned i = 0; i < 2'000; ++i) {
        const hash_seed seed{numbers.next(), numbers.next()};
        std::vector<unsigned char> message(numbers.below(longest));
        for (auto& byte : message) byte = static_cast<unsigned char>(numbers.next());
        std::array<unsigned char, longest + 8>
            moved;  // fixed: g++ 12 for aarch64 warns of a vector's size + 8
        unsigned char* at = moved.data() + i % 8;
        std::copy(message.begin(), message.end(), at);
        ASSERT_EQ(resile::hash_bytes(at, message.size(), seed), siphash_1_3(message, seed))
            << message.size() << " bytes";
    }
}

TEST(hash, sees_every_bit_of_a_number_and_of_its_seed) {
    random_numbers numbers(1);
    for (unsigned i = 0; i < 200; ++i) {
        const hash_seed seed{numbers.next(), numbers.next()};
        const std::uint64_t number = numbers.next(), hash = resile::hash_number(number, seed);
        unsigned changed = 0;
        for (unsigned bit = 0; bit < 64; ++bit) {
            const std::uint64_t other = resile::hash_number(number ^ std::uint64_t{1} << bit, seed);
            ASSERT_NE(other, hash) << "bit " << bit;
            changed += static_cast<unsigned>(std::popcount(hash ^ other));
        }
        EXPECT_NEAR(changed, 64 * 32, 64 * 6) << "half of the bits, on average";
        EXPECT_NE(resile::hash_number(number, {~seed.first, seed.second}), hash);
        EXPECT_NE(resile::hash_number(number, {seed.first, ~seed.second}), hash);
    }
}

// --- how keys spread ---

using fixed_string = std::array<char, 24>;

struct key_family {
    const char* name;
    std::function<std::uint64_t(std::uint64_t i, hash_seed)> hash_of_ith;
};

template <class Key>
[[nodiscard]] std::uint64_t hash_of(const Key& key, hash_seed seed) {
    return resile::hash<Key>{}(key, seed);
}

std::vector<key_family> families() {
    const auto text = [](const char* format) {
        return [format](std::uint64_t i, hash_seed seed) {
            fixed_string key{};
            std::snprintf(key.data(), key.size(), format, static_cast<unsigned long long>(i));
            return hash_of(key, seed);
        };
    };
    const auto number = [](auto of) {
        return [of](std::uint64_t i, hash_seed seed) { return hash_of(of(i), seed); };
    };
    using u64 = std::uint64_t;
    return {
        {"consecutive", number([](u64 i) { return i; })},
        {"consecutive_32_bit", number([](u64 i) { return static_cast<std::uint32_t>(i); })},
        {"negative", number([](u64 i) { return -static_cast<std::int64_t>(i); })},
        {"low_8_bits_zero", number([](u64 i) { return i << 8; })},
        {"low_16_bits_zero", number([](u64 i) { return i << 16; })},
        {"low_32_bits_zero", number([](u64 i) { return i << 32; })},
        {"high_bits_only", number([](u64 i) { return i << 48; })},
        {"addresses", number([](u64 i) { return 0x7f0000000000U + 64 * i; })},
        {"three_times_the_same", number([](u64 i) { return i << 40 | i << 20 | i; })},
        {"mirrored", number([](u64 i) { return i << 32 | (0xffffffffU - i); })},
        {"gray_code", number([](u64 i) { return i ^ i >> 1; })},
        {"pairs",
         [](u64 i, hash_seed seed) {
             return hash_of(std::array<u64, 2>{i >> 8, i & 255}, seed);
         }},
        {"decimal_strings", text("%llu")},
        {"long_strings", text("/var/log/syslog.%llu")},
        {"strings_that_differ_early", text("%016llx:suffix")},
    };
}

class hash_of_keys : public testing::TestWithParam<key_family> {};
INSTANTIATE_TEST_SUITE_P(families, hash_of_keys, testing::ValuesIn(families()),
                         [](const auto& chosen) { return std::string(chosen.param.name); });

constexpr unsigned bits = 16;
constexpr std::size_t keys = std::size_t{1} << bits;

// 65536 keys in 65536 buckets. The statistic sum((n - 1)^2) has mean 65535 and standard deviation 362 for
// random keys; a bound of 6 of them, on one side: to spread better than chance is no fault.
TEST_P(hash_of_keys, spread_over_the_buckets_as_random_keys_would) {
    for (std::uint64_t round = 1; round <= 8; ++round) {
        random_numbers numbers(round);
        const hash_seed seed{numbers.next(), numbers.next()};
        std::vector<unsigned> low(keys), high(keys);
        for (std::uint64_t i = 0; i < keys; ++i) {
            const std::uint64_t hash = GetParam().hash_of_ith(i, seed);
            ++low[hash & (keys - 1)];           // what others may use
            ++high[(hash >> 16) & (keys - 1)];  // what maps use: the upper bits of the lower 32
        }
        for (const auto& buckets : {low, high}) {
            double spread = 0;
            for (const unsigned n : buckets) spread += (n - 1.0) * (n - 1.0);
            EXPECT_LT(spread, 65535 + 6 * 362) << "seed " << round;
            EXPECT_LE(*std::max_element(buckets.begin(), buckets.end()), 12U) << "seed " << round;
        }
    }
}

// In the buckets that a map of that many entries really has.
TEST_P(hash_of_keys, find_seats_in_a_map) {
    using rules = resile::detail::lru::typed_rules<std::uint64_t, std::uint64_t, std::equal_to<>>;
    for (const std::size_t entries : {std::size_t{1'000}, keys}) {
        for (std::uint64_t round = 1; round <= 4; ++round) {
            resile::lru_options options;
            options.seed = round;
            const auto size = resile::detail::lru::plan_map(entries, rules::shape(), options);
            ASSERT_GE(15 * size.buckets, 4 * entries);
            const hash_seed seed = resile::detail::lru::seed_for(options);
            std::vector<unsigned> sizes(size.buckets);
            for (std::uint64_t i = 0; i < entries; ++i)
                ++sizes[size.bucket_of(static_cast<std::uint32_t>(GetParam().hash_of_ith(i, seed)))];
            // With random hashes 0.6 % of the entries have no seat, and 20 in a bucket come once in 100,000
            // maps.
            std::size_t without_seat = 0;
            for (const unsigned n : sizes)
                without_seat += n - std::min(n, resile::detail::lru::bucket::seats);
            EXPECT_LE(without_seat, entries / 100 + 10) << entries << " entries";
            EXPECT_LE(*std::max_element(sizes.begin(), sizes.end()), 20U) << entries << " entries";
        }
    }
}

TEST_P(hash_of_keys, have_64_bit_hashes_that_all_differ) {
    std::set<std::uint64_t> hashes;
    for (std::uint64_t i = 0; i < keys; ++i) hashes.insert(GetParam().hash_of_ith(i, {5, 6}));
    EXPECT_EQ(hashes.size(), keys);
}

// --- what a map makes of seeds ---

[[nodiscard]] std::vector<std::uint64_t> order_in_a_map(std::uint64_t seed) {
    resile::lru_options options;
    options.seed = seed;
    resile::lru_map<std::uint64_t, std::uint64_t> map(1'000, options);
    for (std::uint64_t key = 0; key < 1'000; ++key) (void)map.put(key, key);
    std::vector<std::uint64_t> order;
    map.for_each([&](std::uint64_t key, std::uint64_t) { order.push_back(key); });
    return order;
}

TEST(hash, gives_each_seed_an_order_of_its_own) {
    const auto first = order_in_a_map(1);
    EXPECT_EQ(first.size(), 1'000U);
    EXPECT_EQ(order_in_a_map(1), first) << "a seed that is given is used";
    EXPECT_NE(order_in_a_map(2), first);
    EXPECT_NE(order_in_a_map(0), order_in_a_map(0)) << "seed 0 is a random one";
}

// Keys that all meet under one seed are strangers under another.
TEST(hash, keys_chosen_to_meet_under_one_seed_do_not_under_another) {
    const auto first_byte = [](std::uint64_t hash) { return hash >> 24 & 255; };  // decides on the bucket
    const hash_seed known{11, 12};
    std::vector<std::uint64_t> chosen;
    for (std::uint64_t key = 0; chosen.size() < 1'024; ++key)
        if (first_byte(resile::hash_number(key, known)) == 7) chosen.push_back(key);
    for (std::uint64_t round = 1; round <= 8; ++round) {
        random_numbers numbers(round);
        const hash_seed secret{numbers.next(), numbers.next()};
        std::array<unsigned, 256> buckets{};
        for (const std::uint64_t key : chosen) ++buckets[first_byte(resile::hash_number(key, secret))];
        EXPECT_LE(*std::max_element(buckets.begin(), buckets.end()), 18U) << "4 each on average";
    }
}

TEST(hash, a_hash_of_the_users_own_is_mixed_with_the_seed_even_if_it_is_none) {
    struct identity {
        std::uint64_t operator()(std::uint64_t key) const noexcept { return key; }
    };
    std::vector<unsigned> buckets(keys);
    for (std::uint64_t i = 0; i < keys; ++i)
        ++buckets[resile::detail::lru::seeded_hash(identity{}, i << 32, {3, 4}) >> 16];
    EXPECT_LE(*std::max_element(buckets.begin(), buckets.end()), 12U);
}

TEST(hash, of_a_type_is_the_hash_of_its_bytes) {
    const hash_seed seed{1, 2};
    EXPECT_EQ(hash_of(std::uint8_t{200}, seed), resile::hash_number(200, seed));
    EXPECT_EQ(hash_of(std::int16_t{-1}, seed), resile::hash_number(0xffff, seed));
    const std::array<std::uint32_t, 3> three{1, 2, 3};
    EXPECT_EQ(hash_of(three, seed), resile::hash_bytes(&three, sizeof(three), seed));
    static_assert(resile::hash_number(1, {2, 3}) == resile::hash_number(1, {2, 3}), "at compile time too");
}

}  // namespace
}  // namespace resile_test
