// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The judge finds what was planted, and nothing else.

#include "lab/judge/drain_refill.hpp"
#include "lab/torture/map_under_test.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <set>

namespace {

using resile_lab::drain_and_refill;
using resile_lab::verification;

// A map that keeps everything, but for the inserts that it is told to lose in each of its first refills.
class planted_map final : public resile_lab::map_under_test {
  public:
    planted_map(std::uint32_t entries, int lost_per_refill, int bad_refills)
        : entries_(entries), lost_(lost_per_refill), bad_refills_(bad_refills) {}

    int update(std::uint64_t key) noexcept override {
        if (inserted_++ % entries_ == 0) to_lose_ = bad_refills_-- > 0 ? lost_ : 0;
        if (to_lose_ > 0) {
            --to_lose_;
            return 0;
        }
        keys_.insert(key);
        return 0;
    }
    int erase(std::uint64_t key) noexcept override { return keys_.erase(key) != 0 ? 0 : -ENOENT; }
    bool contains(std::uint64_t key) noexcept override { return keys_.count(key) != 0; }
    bool any_key(std::uint64_t& key) noexcept override {
        if (keys_.empty()) return false;
        key = *keys_.begin();
        return true;
    }
    std::uint32_t max_entries() const noexcept override { return entries_; }
    resile_lab::node_account account() const override { return {}; }
    std::unique_ptr<map_under_test> another() const override {
        return std::make_unique<planted_map>(entries_, lost_, bad_refills_);
    }

  private:
    std::uint32_t entries_;
    int lost_;
    int bad_refills_;
    int to_lose_ = 0;
    std::uint64_t inserted_ = 0;
    std::set<std::uint64_t> keys_;
};

TEST(drain_refill, finds_a_perfect_map_perfect) {
    planted_map map(64, 0, 0);
    const auto outcome = drain_and_refill(map, verification::strict, 1000);
    EXPECT_TRUE(outcome.perfect());
    EXPECT_EQ(outcome.present, 64U);
    EXPECT_EQ(outcome.tries, 1U);
}

TEST(drain_refill, finds_a_single_stranded_node_at_the_first_try) {
    planted_map map(64, 1, 100);
    const auto outcome = drain_and_refill(map, verification::strict, 1000);
    EXPECT_FALSE(outcome.perfect());
    EXPECT_EQ(outcome.present_first_try, 63U);
}

TEST(drain_refill, lets_a_map_settle_within_three_tries_and_no_more) {
    planted_map recovers(64, 5, 2);
    const auto third = drain_and_refill(recovers, verification::settle, 1000);
    EXPECT_TRUE(third.perfect());
    EXPECT_EQ(third.tries, 3U);
    EXPECT_EQ(third.present_first_try, 59U);
    planted_map never(64, 5, 100);
    EXPECT_FALSE(drain_and_refill(never, verification::settle, 1000).perfect());
}

TEST(drain_refill, removes_keys_that_were_there_before) {
    planted_map map(8, 0, 0);
    for (std::uint64_t key = 5000; key < 5008; ++key) map.update(key);
    EXPECT_TRUE(drain_and_refill(map, verification::strict, 1000).perfect());
    EXPECT_FALSE(map.contains(5000));
}

TEST(drain_refill, accepts_a_map_that_recovers_on_the_second_try) {
    planted_map map(64, 1, 1);
    const auto outcome = drain_and_refill(map, verification::settle, 1000);
    EXPECT_TRUE(outcome.perfect());
    EXPECT_EQ(outcome.tries, 2U);
    EXPECT_EQ(outcome.present_first_try, 63U);
    EXPECT_EQ(outcome.present, 64U);
}

TEST(drain_refill, gives_a_map_that_never_recovers_three_tries) {
    planted_map map(64, 1, 100);
    const auto outcome = drain_and_refill(map, verification::settle, 1000);
    EXPECT_EQ(outcome.tries, 3U);
    EXPECT_EQ(outcome.present, 63U);
}

// One of its nodes is stranded: the insert that would need it fails.
class short_of_a_node final : public resile_lab::map_under_test {
  public:
    int update(std::uint64_t key) noexcept override {
        if (keys_.size() == entries - 1 && keys_.count(key) == 0) return -ENOMEM;
        keys_.insert(key);
        return 0;
    }
    int erase(std::uint64_t key) noexcept override { return keys_.erase(key) != 0 ? 0 : -ENOENT; }
    bool contains(std::uint64_t key) noexcept override { return keys_.count(key) != 0; }
    bool any_key(std::uint64_t& key) noexcept override {
        if (keys_.empty()) return false;
        key = *keys_.begin();
        return true;
    }
    std::uint32_t max_entries() const noexcept override { return entries; }
    resile_lab::node_account account() const override { return {.unaccounted = 1}; }
    std::unique_ptr<map_under_test> another() const override { return std::make_unique<short_of_a_node>(); }

  private:
    static constexpr std::uint32_t entries = 64;
    std::set<std::uint64_t> keys_;
};

TEST(drain_refill, counts_the_insert_that_failed_and_the_node_that_is_nowhere) {
    short_of_a_node map;
    const auto outcome = drain_and_refill(map, verification::strict, 1000);
    EXPECT_FALSE(outcome.perfect());
    EXPECT_EQ(outcome.present, 63U);
    EXPECT_EQ(outcome.insert_errors, 1U);
    EXPECT_EQ(outcome.unaccounted, 1U);
}

TEST(drain_refill, of_an_untouched_map_of_linux_is_perfect) {
    for (const auto version : {resile::generation::plain, resile::generation::resilient}) {
        resile::linux_lru_options options;
        options.max_entries = 64;
        options.version = version;
        resile_lab::linux_map_under_test map(options);
        const auto outcome = drain_and_refill(map, verification::strict, 1000);
        EXPECT_TRUE(outcome.perfect()) << outcome.present << " of " << outcome.wanted;
        EXPECT_EQ(outcome.wanted, 64U);
        EXPECT_EQ(outcome.insert_errors, 0U);
        EXPECT_EQ(outcome.pending_free, 0U);
        EXPECT_EQ(outcome.unaccounted, 0U);
    }
}

}  // namespace
