// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Flags and error numbers of each operation, in all flavours and both generations.

#include "tests/map/map_shapes.hpp"
#include "tests/support/seeds.hpp"

#include <cerrno>
#include <map>

namespace resile_test {
namespace {

class linux_lru_operations : public every_linux_lru {};
INSTANTIATE_TEST_SUITE_P(shapes, linux_lru_operations, testing::ValuesIn(every_shape), shape_name);

TEST_P(linux_lru_operations, what_was_put_is_found_and_replaced) {
    number_map map(GetParam(), 64);
    EXPECT_FALSE(map.has(1));
    EXPECT_EQ(map.put(1, 10), 0);
    EXPECT_EQ(map.get(1), 10U);
    EXPECT_EQ(map.put(1, 11), 0);
    EXPECT_EQ(map.get(1), 11U);
    expect_nothing_stranded(map);
    EXPECT_EQ(map.map.census().in_table, 1U);
}

TEST_P(linux_lru_operations, noexist_refuses_a_key_that_is_there) {
    number_map map(GetParam(), 64);
    EXPECT_EQ(map.put(1, 10, linux_lru::noexist), 0);
    EXPECT_EQ(map.put(1, 11, linux_lru::noexist), -EEXIST);
    EXPECT_EQ(map.put_as_program(1, 11, linux_lru::noexist), -EEXIST);
    EXPECT_EQ(map.get(1), 10U);
    expect_nothing_stranded(map);
}

TEST_P(linux_lru_operations, exist_refuses_a_key_that_is_absent) {
    number_map map(GetParam(), 64);
    EXPECT_EQ(map.put(1, 10, linux_lru::exist), -ENOENT);
    EXPECT_EQ(map.put_as_program(1, 10, linux_lru::exist), -ENOENT);
    EXPECT_FALSE(map.has(1));
    EXPECT_EQ(map.put(1, 10), 0);
    EXPECT_EQ(map.put(1, 11, linux_lru::exist), 0);
    EXPECT_EQ(map.get(1), 11U);
    expect_nothing_stranded(map);
}

TEST_P(linux_lru_operations, unknown_flags_are_invalid_and_change_nothing) {
    number_map map(GetParam(), 64);
    for (const std::uint64_t flags :
         {std::uint64_t{3}, std::uint64_t{4}, std::uint64_t{32}, ~std::uint64_t{0}}) {
        EXPECT_EQ(map.put(1, 10, flags), -EINVAL) << "flags " << flags;
        EXPECT_EQ(map.put_as_program(1, 10, flags), -EINVAL) << "flags " << flags;
    }
    // A program's update names no CPU.
    EXPECT_EQ(map.put_as_program(1, 10, linux_lru::flag_cpu), -EINVAL);
    EXPECT_EQ(map.put_as_program(1, 10, linux_lru::flag_all_cpus), -EINVAL);
    EXPECT_EQ(map.put_as_program(1, 10, std::uint64_t{1} << 32), -EINVAL);
    const std::uint64_t key = 1;
    std::uint64_t values[8];
    for (const std::uint64_t flags : {1U, 2U, 4U, 16U, 32U})
        EXPECT_EQ(map.map.user_lookup(&key, values, flags), -EINVAL) << "flags " << flags;
    EXPECT_EQ(map.map.census().in_table, 0U);
    expect_nothing_stranded(map);
}

TEST_P(linux_lru_operations, erase_of_an_absent_key_says_so) {
    number_map map(GetParam(), 64);
    std::uint64_t value = 77;
    EXPECT_EQ(map.erase(1), -ENOENT);
    EXPECT_EQ(map.take(1, value), -ENOENT);
    EXPECT_EQ(value, 77U);
    EXPECT_EQ(map.put(1, 10), 0);
    EXPECT_EQ(map.erase(1), 0);
    EXPECT_EQ(map.erase(1), -ENOENT);
    EXPECT_FALSE(map.has(1));
    expect_nothing_stranded(map);
}

TEST_P(linux_lru_operations, lookup_and_erase_hands_out_the_value_and_takes_the_key_away) {
    number_map map(GetParam(), 64);
    EXPECT_EQ(map.put(1, 10), 0);
    std::uint64_t value = 0;
    EXPECT_EQ(map.take(1, value), 0);
    EXPECT_EQ(value, 10U);
    EXPECT_FALSE(map.has(1));
    expect_nothing_stranded(map);
}

TEST_P(linux_lru_operations, a_program_sees_and_writes_the_value_in_place) {
    number_map map(GetParam(), 64);
    const std::uint64_t key = 1;
    EXPECT_EQ(map.map.lookup(&key), nullptr);
    EXPECT_EQ(map.put(1, 10), 0);
    auto* value = static_cast<std::uint64_t*>(map.map.lookup(&key));
    ASSERT_NE(value, nullptr);
    EXPECT_EQ(*value, 10U);
    *value = 12;
    EXPECT_EQ(*static_cast<std::uint64_t*>(map.map.lookup(&key)), 12U);
}

TEST_P(linux_lru_operations, what_a_program_looked_up_once_stays_while_nothing_else_is_used) {
    number_map map(GetParam(), 32);
    for (std::uint64_t key = 0; key < 32; ++key) ASSERT_EQ(map.put(key, key), 0);
    const std::vector<std::uint64_t> there = map.keys();
    const std::uint64_t oldest = *std::min_element(there.begin(), there.end());
    ASSERT_NE(map.map.lookup(&oldest), nullptr);
    // It goes to ACTIVE, and ACTIVE is not looked at while INACTIVE is longer.
    for (std::uint64_t key = 100; key < 1100; ++key) ASSERT_EQ(map.put(key, key), 0);
    EXPECT_TRUE(map.has(oldest));
    expect_nothing_stranded(map);
}

TEST_P(linux_lru_operations, what_user_space_looks_up_is_not_marked_and_leaves_in_its_turn) {
    number_map map(GetParam(), 32);
    for (std::uint64_t key = 0; key < 32; ++key) ASSERT_EQ(map.put(key, key), 0);
    const std::vector<std::uint64_t> there = map.keys();
    const std::uint64_t oldest = *std::min_element(there.begin(), there.end());
    std::uint64_t key = 100;
    while (key < 200 && map.has(oldest)) {
        ASSERT_EQ(map.put(key, key), 0);
        ++key;
    }
    EXPECT_LT(key, 140U);
    expect_nothing_stranded(map);
}

TEST_P(linux_lru_operations, the_smallest_map_works) {
    const map_shape shape = GetParam();
    number_map map(shape, 1);
    EXPECT_EQ(map.map.max_entries(), shape.no_common_lru ? 2U : 1U);
    for (std::uint64_t key = 0; key < 5; ++key) EXPECT_EQ(map.put(key, key), 0);
    for (std::uint64_t key = 0; key < 4; ++key) EXPECT_FALSE(map.has(key));
    EXPECT_EQ(map.get(4), 4U);
    // A plain value is replaced by taking a node first, and the only one there is holds the key itself.
    EXPECT_EQ(map.put(4, 5, linux_lru::exist), shape.percpu_values ? 0 : -ENOENT);
    expect_nothing_stranded(map);
}

TEST_P(linux_lru_operations, no_common_rounds_up_to_a_share_for_each_cpu) {
    const map_shape shape = GetParam();
    auto options = shape.options(10);
    options.cpus = 4;
    EXPECT_EQ(linux_lru(options).max_entries(), shape.no_common_lru ? 12U : 10U);
    EXPECT_EQ(linux_lru(options).cpus(), 4U);
}

TEST_P(linux_lru_operations, keys_and_values_of_odd_sizes_keep_every_byte) {
    for (const std::uint32_t size : {1U, 3U, 7U, 9U, 16U, 511U}) {
        auto options = GetParam().options(64);
        options.key_size = size;
        options.value_size = size;
        linux_lru map(options);
        const std::size_t stride = options.percpu_values ? (size + 7) / 8 * 8 : size;
        const std::size_t bytes = map.user_value_size();
        EXPECT_EQ(bytes, options.percpu_values ? 2 * stride : stride);
        for (unsigned char which = 0; which < 8; ++which) {
            const std::vector<unsigned char> key(size, which);
            std::vector<unsigned char> value(bytes, static_cast<unsigned char>(which + 100));
            ASSERT_EQ(map.user_update(key.data(), value.data(), 0), 0);
        }
        for (unsigned char which = 0; which < 8; ++which) {
            std::vector<unsigned char> key(size, which);
            std::vector<unsigned char> value(bytes + 1, 0xee);
            ASSERT_EQ(map.user_lookup(key.data(), value.data()), 0) << "size " << size;
            for (std::size_t cpu = 0; cpu * stride < bytes; ++cpu)
                for (std::size_t at = 0; at < size; ++at)
                    ASSERT_EQ(value[cpu * stride + at], which + 100) << "size " << size << ", byte " << at;
            EXPECT_EQ(value[bytes], 0xee) << "wrote behind the value";
            key.back() = static_cast<unsigned char>(which + 50);
            EXPECT_EQ(map.user_lookup(key.data(), value.data()), -ENOENT) << "the last byte of a key counts";
        }
    }
}

TEST_P(linux_lru_operations, no_operation_changes_errno) {
    number_map map(GetParam(), 8);
    constexpr int mark = 4711;
    errno = mark;
    for (std::uint64_t key = 0; key < 64; ++key) {
        (void)map.put(key, key);
        (void)map.put(key, key, linux_lru::exist);
        (void)map.put(key, key, 99);
        (void)map.put_as_program(key, key);
        (void)map.map.lookup(&key);
        (void)map.get(key + 1);
        (void)map.erase(key / 2);
        std::uint64_t value;
        (void)map.take(key, value);
        (void)map.map.next_key(nullptr, &value);
        ASSERT_EQ(errno, mark) << "at key " << key;
    }
}

// Without eviction the map is a plain dictionary. "Without" takes some room: Linux evicts as soon as its FREE
// list is shorter than one refill, so at most 400 of 1024 (512 per CPU) are used.
TEST_P(linux_lru_operations, random_operations_agree_with_a_naive_map) {
    random_numbers numbers(announce_seed("random_operations"));
    number_map map(GetParam(), 1024);
    std::map<std::uint64_t, std::uint64_t> model;
    const unsigned operations = scaled(100'000);
    for (unsigned i = 0; i < operations; ++i) {
        const std::uint64_t key = numbers.below(400);
        const std::uint64_t value = numbers.next();
        const bool known = model.contains(key);
        const std::uint64_t flags = numbers.below(3);
        const int wanted = flags == linux_lru::noexist && known  ? -EEXIST
                           : flags == linux_lru::exist && !known ? -ENOENT
                                                                 : 0;
        std::uint64_t taken = 0;
        switch (numbers.below(6)) {
            case 0:
            case 1:
                ASSERT_EQ(map.put(key, value, flags), wanted) << "operation " << i;
                if (wanted == 0) model[key] = value;
                break;
            case 2:
                ASSERT_EQ(map.erase(key), known ? 0 : -ENOENT) << "operation " << i;
                model.erase(key);
                break;
            case 3:
                ASSERT_EQ(map.take(key, taken), known ? 0 : -ENOENT) << "operation " << i;
                if (known) {
                    ASSERT_EQ(taken, model[key]) << "operation " << i;
                }
                model.erase(key);
                break;
            case 4:
                ASSERT_EQ(map.map.lookup(&key) != nullptr, known) << "operation " << i;
                break;
            default:
                ASSERT_EQ(map.get(key), known ? std::optional(model[key]) : std::nullopt)
                    << "operation " << i;
        }
        if (i % 10'000 != 0) continue;
        const std::vector<std::uint64_t> keys = map.keys();
        ASSERT_EQ(keys.size(), model.size()) << "operation " << i;
        for (const std::uint64_t each : keys) ASSERT_TRUE(model.contains(each)) << "key " << each;
        expect_nothing_stranded(map);
    }
    const auto refused = map.map.refused();
    EXPECT_EQ(refused.local_lock + refused.global_lock + refused.bucket_lock, 0U);
    expect_nothing_stranded(map);
}

TEST_P(linux_lru_operations, random_operations_on_a_full_map_strand_nothing) {
    random_numbers numbers(announce_seed("full_map"));
    for (const std::uint32_t entries : {1U, 2U, 3U, 8U, 64U, 300U}) {
        number_map map(GetParam(), entries);
        for (unsigned i = 0; i < scaled(20'000); ++i) {
            const std::uint64_t key = numbers.below(2 * entries + 3);
            std::uint64_t value = 0;
            switch (numbers.below(8)) {
                case 0:
                    (void)map.erase(key);
                    break;
                case 1:
                    (void)map.take(key, value);
                    break;
                case 2:
                    (void)map.map.lookup(&key);
                    break;
                default:
                    // A key is its own value: whatever is found later must say so.
                    ASSERT_EQ(map.put(key, key), 0) << "operation " << i << ", " << entries << " entries";
            }
            if (const auto found = map.get(key)) {
                ASSERT_EQ(*found, key);
            }
        }
        expect_nothing_stranded(map);
    }
}

}  // namespace
}  // namespace resile_test
