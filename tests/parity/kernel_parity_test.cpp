// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// resile::linux_lru beside the running kernel's map, in both generations: after every step the same result
// code, the same set of keys, and the same values. RESILE_PARITY_STEPS asks for more than CI does.

#include "tests/parity/parity_machine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace resile_test {
namespace {

// Steps in all, over all kinds and sizes.
[[nodiscard]] unsigned steps_in_all() {
    const char* wanted = std::getenv("RESILE_PARITY_STEPS");
    return wanted != nullptr ? static_cast<unsigned>(std::strtoul(wanted, nullptr, 10)) : scaled(240'000);
}

[[nodiscard]] parity_step update(std::uint32_t key, std::uint64_t flags) {
    return {.what = verb::user_update, .key = key, .flags = flags, .word = key + 1};
}

class kernel_parity : public testing::Test {
  protected:
    void SetUp() override {
        const std::string reason = tool::why_no_kernel_map();
        (void)cpus_at_start();
        if (!reason.empty()) GTEST_SKIP() << "the kernel's map cannot be asked: " << reason;
        std::printf(
            "compared with kernel %s; alone and without interrupts both generations must do as it does\n",
            tool::kernel_release().c_str());
    }
    // Plays; false, and the shortest story told, if that showed a difference.
    static bool agree(const parity_shape& shape, const std::vector<parity_step>& steps,
                      parity_counts* counts = nullptr) {
        const std::string difference = play_all(shape, steps, counts);
        if (!difference.empty()) ADD_FAILURE() << shortest_story(shape, steps);
        return difference.empty();
    }
};

struct lru_kind {
    bool no_common_lru;
    bool percpu_values;
};

class kernel_parity_of : public kernel_parity, public testing::WithParamInterface<lru_kind> {
  protected:
    static parity_shape shape(std::uint32_t entries) {
        return {.entries = entries,
                .no_common_lru = GetParam().no_common_lru,
                .percpu_values = GetParam().percpu_values};
    }
    // A fourth of the steps belongs to each kind, and of these as many to each size.
    static void play_randomly(const char* test, bool moves, unsigned share) {
        random_numbers random(announce_seed(test));
        const bool cpu_flags = GetParam().percpu_values && tool::kernel_knows_cpu_flags();
        constexpr std::uint32_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 16, 31, 64, 100, 128, 255, 300, 1000};
        const unsigned each = share / 4 / static_cast<unsigned>(std::size(sizes)) + 1;
        parity_counts counts;
        for (const std::uint32_t entries : sizes) {
            parity_shape one = shape(entries);
            // Keys and values that do not fill their words, for one map in three.
            if (random.below(3) == 0) {
                one.key_size = 4 + random.below(13);
                one.value_size = 1 + random.below(24);
            }
            std::vector<parity_step> steps;
            if (random.below(2) == 0)
                steps.push_back(
                    {.what = verb::update_batch, .key = 0, .count = entries, .word = random.next()});
            while (steps.size() < each) steps.push_back(random_parity_step(random, one, cpu_flags, moves));
            if (!agree(one, steps, &counts)) return;
        }
        std::printf("%llu steps, %llu refused, %llu keys or more evicted: no difference after any\n",
                    static_cast<unsigned long long>(counts.steps),
                    static_cast<unsigned long long>(counts.refused),
                    static_cast<unsigned long long>(counts.evicted));
        EXPECT_GT(counts.refused, counts.steps / 100) << "steps must fail now and then";
        EXPECT_GT(counts.evicted, counts.steps / 100) << "maps must be full most of the time";
    }
};

TEST_P(kernel_parity_of, random_operations_on_one_cpu) {
    play_randomly("one_cpu", false, steps_in_all() / 6 * 5);
}

TEST_P(kernel_parity_of, random_operations_of_a_thread_that_moves_between_cpus) {
    if (cpus_at_start().size() < 2) GTEST_SKIP() << "this process may use one CPU only";
    play_randomly("moves", true, steps_in_all() / 6);
}

TEST_P(kernel_parity_of, filling_using_and_updating_evicts_the_same_keys) {
    for (const std::uint32_t entries : {1U, 4U, 8U, 64U, 333U, 1000U}) {
        std::vector<parity_step> steps;
        for (std::uint32_t key = 0; key < 2 * entries; ++key) {
            steps.push_back(update(key, resile::linux_lru::any));
            steps.push_back({.what = verb::program_lookup, .key = key / 2});
        }
        for (std::uint32_t key = 0; key < 2 * entries; ++key)
            steps.push_back(update(key, resile::linux_lru::exist));
        if (entries > 64) steps.resize(std::min<std::size_t>(steps.size(), scaled(6000)));
        if (!agree(shape(entries), steps)) return;
    }
}

TEST_P(kernel_parity_of, a_cpu_that_has_nothing_left_steals_from_another) {
    if (cpus_at_start().size() < 2) GTEST_SKIP() << "this process may use one CPU only";
    for (const std::uint32_t entries : {1U, 2U, 3U, 8U, 50U}) {
        std::vector<parity_step> steps;
        for (std::uint32_t key = 0; key < 6 * entries + 6; ++key) {
            if (key % (entries + 1) == 0) steps.push_back({.what = verb::move, .key = key / (entries + 1)});
            steps.push_back(update(key, resile::linux_lru::any));
            if (key % 3 == 0) steps.push_back({.what = verb::program_lookup, .key = key});
            if (key % 7 == 0) steps.push_back({.what = verb::program_erase, .key = key / 2});
        }
        if (!agree(shape(entries), steps)) return;
    }
}

INSTANTIATE_TEST_SUITE_P(kinds, kernel_parity_of,
                         testing::Values(lru_kind{false, false}, lru_kind{false, true}, lru_kind{true, false},
                                         lru_kind{true, true}),
                         [](const auto& of) {
                             return std::string(of.param.no_common_lru ? "no_common" : "common") +
                                    (of.param.percpu_values ? "_percpu_values" : "_plain_values");
                         });

// Sizes beyond ours that the kernel takes are in docs/parity.md.
TEST_F(kernel_parity, what_the_kernel_refuses_to_make_is_refused_here) {
    for (const bool percpu_values : {false, true})
        for (const resile::linux_lru_options& sizes :
             {resile::linux_lru_options{.key_size = 0, .value_size = 8, .max_entries = 8},
              resile::linux_lru_options{.key_size = 8, .value_size = 0, .max_entries = 8},
              resile::linux_lru_options{.key_size = 8, .value_size = 8, .max_entries = 0},
              resile::linux_lru_options{.key_size = 8, .value_size = 8, .max_entries = 0x80000001U},
              resile::linux_lru_options{.key_size = 1, .value_size = 1, .max_entries = 1},
              resile::linux_lru_options{.key_size = 512, .value_size = 8, .max_entries = 1},
              resile::linux_lru_options{.key_size = 8, .value_size = 32768, .max_entries = 1}}) {
            auto options = sizes;
            options.percpu_values = percpu_values;
            bool made = true;
            try {
                const resile::linux_lru map(options);
            } catch (const std::logic_error&) {  // invalid_argument, length_error
                made = false;
            }
            EXPECT_EQ(made, tool::kernel_creation_error(options) == 0)
                << "key of " << options.key_size << " bytes, value of " << options.value_size << ", "
                << options.max_entries << " entries, the kernel says "
                << tool::kernel_creation_error(options);
        }
}

TEST_F(kernel_parity, values_named_by_cpu) {
    if (!tool::kernel_knows_cpu_flags())
        GTEST_SKIP() << "kernel " << tool::kernel_release() << " does not know F_CPU and F_ALL_CPUS";
    const auto cpus = static_cast<std::uint64_t>(tool::kernel_possible_cpus());
    std::vector<parity_step> steps;
    for (std::uint64_t low : {0U, 1U, 2U, 8U, 9U, 10U, 16U, 17U, 18U, 24U, 26U})
        for (std::uint64_t cpu = 0; cpu <= cpus; ++cpu)
            for (std::uint32_t key : {1U, 2U}) {
                steps.push_back(update(key, low | cpu << 32));
                steps.push_back({.what = verb::user_lookup, .key = key, .flags = low | cpu << 32});
                if (low == 10) steps.push_back({.what = verb::user_erase, .key = 2});
            }
    for (const bool percpu_values : {false, true})
        agree({.entries = 8, .percpu_values = percpu_values}, steps);
}

// The engine itself: a map that believes in eight times the CPUs evicts fewer at once. That has to be seen,
// and told briefly.
TEST_F(kernel_parity, a_planted_difference_is_found_and_cut_short) {
    const auto cpus = static_cast<std::uint32_t>(tool::kernel_possible_cpus());
    const parity_shape shape{.entries = 64, .planted_cpus = 8 * cpus};
    random_numbers random(announce_seed("planted"));
    std::vector<parity_step> steps;
    for (unsigned i = 0; i < 400; ++i) steps.push_back(random_parity_step(random, shape, false, false));
    steps.push_back({.what = verb::update_batch, .key = 1000, .count = 64});
    steps.push_back(update(2000, resile::linux_lru::any));
    ASSERT_NE(play_all(shape, steps), "");
    const std::string story = shortest_story(shape, steps);
    EXPECT_NE(story.find("the kernel"), std::string::npos);
    std::printf("%s", story.c_str());
    EXPECT_LT(std::count(story.begin(), story.end(), '\n'), 100);
}

}  // namespace
}  // namespace resile_test
