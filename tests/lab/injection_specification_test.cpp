// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The judge of the table: which histories have an order, and which have none.

#include "lab/injection/sequential_map.hpp"

#include <gtest/gtest.h>

namespace {

using resile_lab::bounds;
using resile_lab::done_operation;
using resile_lab::history;
using resile_lab::map_answer;
using resile_lab::map_call;
using resile_lab::map_contents;
using rigour = history::rigour;

constexpr map_answer inserted = map_answer::inserted, replaced = map_answer::replaced;

done_operation put(std::uint64_t key, map_answer answer, std::optional<std::uint64_t> victim = {}) {
    return {{map_call::put, key, 100}, {answer, 0}, victim, true};
}
done_operation erase(std::uint64_t key, bool was_there) {
    return {{map_call::erase, key, 0}, {was_there ? map_answer::present : map_answer::absent, 0}, {}, true};
}
done_operation get(std::uint64_t key, std::uint64_t number) {
    return {
        {map_call::get, key, 0}, {number == 0 ? map_answer::absent : map_answer::present, number}, {}, true};
}
bool has_order(const map_contents& before, std::vector<done_operation> all, const map_contents& left,
               rigour how = rigour::one_step, std::size_t entries = 2) {
    return history(std::move(all), bounds::exactly(entries)).explains(before, left, how);
}

TEST(specification, takes_either_order) {
    EXPECT_TRUE(has_order({{1, 11}}, {put(1, replaced), get(1, 11)}, {{1, 100}}));
    EXPECT_TRUE(has_order({{1, 11}}, {put(1, replaced), get(1, 100)}, {{1, 100}}));
    EXPECT_FALSE(has_order({{1, 11}}, {put(1, replaced), get(1, 0)}, {{1, 100}})) << "the key vanished";
    EXPECT_FALSE(has_order({{1, 11}}, {put(1, replaced), get(1, 12)}, {{1, 100}})) << "nobody wrote that";
    EXPECT_FALSE(has_order({{1, 11}}, {put(1, replaced), get(1, 11)}, {})) << "nobody erased it";
}

TEST(specification, wants_one_victim_of_an_insertion_into_a_full_map) {
    const map_contents full = {{1, 11}, {2, 12}};
    EXPECT_TRUE(has_order(full, {put(3, inserted, 1)}, {{2, 12}, {3, 100}}));
    EXPECT_TRUE(has_order(full, {put(3, inserted, 2)}, {{1, 11}, {3, 100}}));
    EXPECT_FALSE(has_order(full, {put(3, inserted, 2)}, {{2, 12}, {3, 100}})) << "another one went";
    EXPECT_FALSE(has_order(full, {put(3, inserted)}, {{1, 11}, {2, 12}, {3, 100}})) << "nobody went";
    EXPECT_FALSE(has_order(full, {put(3, inserted, 1)}, {{3, 100}})) << "two went";
    EXPECT_FALSE(has_order(full, {put(1, replaced, 2)}, {{1, 100}})) << "a replacement has no victim";
    EXPECT_FALSE(has_order({{1, 11}}, {put(3, inserted, 1)}, {{3, 100}})) << "there was room";
}

TEST(specification, allows_a_victim_later_than_its_insertion_where_asked) {
    const map_contents full = {{1, 11}, {2, 12}};
    const std::vector<done_operation> made_room = {put(3, inserted), erase(3, true)};
    EXPECT_FALSE(has_order(full, made_room, full));
    EXPECT_TRUE(has_order(full, made_room, full, rigour::late_victim));
    EXPECT_FALSE(has_order(full, {put(3, inserted)}, {{1, 11}, {2, 12}, {3, 100}}, rigour::late_room));
}

TEST(specification, allows_an_erasure_to_hold_its_room_where_asked) {
    const map_contents full = {{1, 11}, {2, 12}};
    const std::vector<done_operation> early = {erase(1, true), put(1, inserted, 2)};
    EXPECT_FALSE(has_order(full, early, {{1, 100}}, rigour::late_victim));
    EXPECT_TRUE(has_order(full, early, {{1, 100}}, rigour::late_room));
    EXPECT_FALSE(has_order(full, early, {}, rigour::late_room));
}

TEST(specification, of_a_clear_lets_others_in_between) {
    const map_contents before = {{1, 11}, {2, 12}};
    const auto in_between = [&](const done_operation& one, const map_contents& left) {
        return history({one}, bounds::exactly(2)).explains_in_a_clear(before, left);
    };
    EXPECT_TRUE(in_between(get(1, 11), {}));
    EXPECT_TRUE(in_between(get(1, 0), {}));
    EXPECT_TRUE(in_between(put(1, inserted), {{1, 100}}));
    EXPECT_TRUE(in_between(put(1, replaced), {}));
    EXPECT_FALSE(in_between(get(1, 0), {{2, 12}})) << "2 was there throughout";
    EXPECT_FALSE(in_between(get(1, 12), {}));
}

}  // namespace
