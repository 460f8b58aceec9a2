// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The optimum beside every choice that there is, and its set of instants beside std::set.

#include "tool/optimal_replacement.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace {

// Every choice of a victim that a map can make.
std::uint64_t most_hits(const std::vector<std::uint32_t>& requests, std::size_t at,
                        std::set<std::uint32_t> kept, std::size_t capacity) {
    if (at == requests.size()) return 0;
    const std::uint32_t key = requests[at];
    if (kept.count(key) != 0) return 1 + most_hits(requests, at + 1, kept, capacity);
    if (kept.size() < capacity) {
        kept.insert(key);
        return most_hits(requests, at + 1, kept, capacity);
    }
    std::uint64_t best = 0;
    for (const std::uint32_t victim : kept) {
        std::set<std::uint32_t> left = kept;
        left.erase(victim);
        left.insert(key);
        best = std::max(best, most_hits(requests, at + 1, left, capacity));
    }
    return best;
}

TEST(optimal_replacement, has_as_many_hits_as_the_best_of_all_choices) {
    std::mt19937_64 random(5);
    for (int round = 0; round < 300; ++round) {
        std::vector<std::uint32_t> requests(1 + random() % 12);
        for (std::uint32_t& key : requests) key = static_cast<std::uint32_t>(random() % 6);
        const tool::optimal_replacement optimal(requests, 6);
        for (std::uint32_t capacity = 1; capacity <= 4; ++capacity)
            EXPECT_EQ(optimal.hits(capacity), most_hits(requests, 0, {}, capacity))
                << testing::PrintToString(requests) << " with " << capacity;
    }
}

TEST(ordered_bits, answer_the_largest_like_a_set) {
    std::mt19937_64 random(6);
    for (const std::size_t limit : {1U, 63U, 64U, 65U, 4096U, 300'000U}) {
        tool::ordered_bits bits(limit);
        std::set<std::size_t> set;
        for (int step = 0; step < 3000; ++step) {
            const std::size_t number = random() % limit;
            EXPECT_EQ(bits.has(number), set.count(number) != 0);
            if (random() % 3 == 0) {
                bits.add(number);
                set.insert(number);
            } else if (set.empty()) {
                continue;
            } else {
                EXPECT_EQ(bits.largest(), *set.rbegin());
                bits.remove(*set.rbegin());
                set.erase(*set.rbegin());
            }
        }
    }
}

}  // namespace
