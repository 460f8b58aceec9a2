// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Sizes that cannot be: the message names the culprit, what was given, and what may be chosen.

#include "tests/map/map_shapes.hpp"
#include "tests/support/seeds.hpp"

#include <gmock/gmock.h>

#include <new>
#include <stdexcept>

namespace resile_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

template <class Error>
std::string message_of(const resile::linux_lru_options& options) {
    try {
        const linux_lru map(options);
    } catch (const Error& error) {
        return error.what();
    } catch (const std::exception& error) {
        return std::string("another kind of error: ") + error.what();
    }
    return "no error";
}

resile::linux_lru_options usual() {
    return every_shape[0].options(8);
}

TEST(linux_lru_input, no_entries_are_refused) {
    auto options = usual();
    options.max_entries = 0;
    EXPECT_EQ(message_of<std::invalid_argument>(options),
              "linux_lru: max_entries is 0; choose 1 to 67108864");
}

TEST(linux_lru_input, too_many_entries_are_refused_before_any_memory_is_taken) {
    auto options = usual();
    for (const std::uint32_t entries : {(1U << 26) + 1, 0x80000000U, 0xffffffffU}) {
        for (const bool no_common : {false, true}) {
            options.no_common_lru = no_common;
            options.max_entries = entries;
            EXPECT_EQ(message_of<std::length_error>(options),
                      "linux_lru: max_entries is " + std::to_string(entries) + "; the most is 67108864");
        }
    }
}

TEST(linux_lru_input, keys_and_values_of_no_size_are_refused) {
    auto options = usual();
    options.key_size = 0;
    EXPECT_EQ(message_of<std::invalid_argument>(options), "linux_lru: key_size is 0; choose 1 to 512");
    options = usual();
    options.value_size = 0;
    EXPECT_EQ(message_of<std::invalid_argument>(options), "linux_lru: value_size is 0; choose 1 to 65536");
}

TEST(linux_lru_input, keys_and_values_of_impossible_size_are_refused) {
    auto options = usual();
    options.key_size = 513;
    EXPECT_EQ(message_of<std::invalid_argument>(options), "linux_lru: key_size is 513; choose 1 to 512");
    options = usual();
    options.value_size = 0xffffffffU;
    EXPECT_EQ(message_of<std::invalid_argument>(options),
              "linux_lru: value_size is 4294967295; choose 1 to 65536");
}

TEST(linux_lru_input, an_impossible_number_of_cpus_is_refused) {
    auto options = usual();
    options.cpus = 4097;
    EXPECT_EQ(message_of<std::invalid_argument>(options), "linux_lru: cpus is 4097; choose 0 to 4096");
}

TEST(linux_lru_input, the_largest_sizes_that_are_allowed_work) {
    auto options = usual();
    options.key_size = 512;
    options.value_size = 65536;
    linux_lru map(options);
    const std::vector<unsigned char> key(512, 1);
    std::vector<unsigned char> value(65536, 2);
    ASSERT_EQ(map.user_update(key.data(), value.data(), 0), 0);
    value.assign(value.size(), 0);
    ASSERT_EQ(map.user_lookup(key.data(), value.data()), 0);
    EXPECT_EQ(value, std::vector<unsigned char>(65536, 2));
}

TEST(linux_lru_input, too_little_memory_says_how_much_was_wanted) {
#if defined(RESILE_UNDER_ASAN) || defined(RESILE_UNDER_TSAN)
    GTEST_SKIP() << "sanitizers end the process instead of throwing bad_alloc";
#else
    auto options = usual();
    options.max_entries = 1U << 21;
    options.value_size = 65536;
    options.percpu_values = true;
    options.cpus = 4096;  // 2^49 bytes: more than an address space, whatever the system promises
    EXPECT_THAT(message_of<std::bad_alloc>(options),
                AllOf(HasSubstr("2097152 entries"), HasSubstr("MiB"), HasSubstr("max_entries"),
                      HasSubstr("value_size")));
#endif
}

}  // namespace
}  // namespace resile_test
