// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// One operation interrupted by another at every single instruction. What comes out must be what one of the
// two orders would have given; no node may be missing; a full map must be full again.

#include "lab/injection/lru_operations.hpp"
#include "lab/injection/single_stepper.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

namespace {

using resile_lab::answer;
using resile_lab::can_single_step;
using resile_lab::model;
using resile_lab::op;
using resile_lab::request;
using resile_lab::single_step;

// How far apart the interrupts of one run are, and where they begin.
class sample {
  public:
    sample() : random_(resile_test::announce_seed("lru_map_interrupted")) {}
    [[nodiscard]] unsigned long first() { return 1 + random_.below(static_cast<unsigned>(distance())); }
    [[nodiscard]] static unsigned long distance() {
        return resile_test::long_campaign() ? 1 : 61 + resile_test::shrink * 10;
    }

  private:
    resile_test::random_numbers random_;
};

struct outcome {
    answer task, handler;
    std::map<std::uint64_t, std::uint64_t> entries;
    bool operator==(const outcome&) const = default;
};

outcome sequential(const model& start, const request& first, const request& second, bool first_is_task) {
    model map = start;
    const answer one = map.perform(first), two = map.perform(second);
    return {first_is_task ? one : two, first_is_task ? two : one, map.entries};
}

template <class Values>
class lru_map_interrupted : public testing::Test {
  protected:
    using map_type = resile::lru_map<std::uint64_t, typename Values::type>;

    // Runs `task` with `handler` after its step-th instruction; false: it has fewer.
    static bool interrupt(map_type& map, const request& task, const request& handler, unsigned long step,
                          outcome& seen) {
        bool hit = false;
        const auto run = [&] { seen.task = resile_lab::perform<Values>(map, task); };
        single_step(run, [&](unsigned long now) {
            if (now != step) return;
            seen.handler = resile_lab::perform<Values>(map, handler);
            hit = true;
            resile_lab::stop_stepping();
        });
        return hit;
    }
};

using kinds = testing::Types<resile_lab::word_value, resile_lab::five_words>;
TYPED_TEST_SUITE(lru_map_interrupted, kinds);

// Every pair of operations, on the same key and on another; key 1 and 2 are there, 3 is not; there is room.
TYPED_TEST(lru_map_interrupted, gives_what_one_of_the_two_orders_gives_wherever_it_hits) {
    if (!can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    sample points;
    unsigned long interrupts = 0;
    for (unsigned task = 0; task < resile_lab::ops; ++task)
        for (unsigned handler = 0; handler < resile_lab::ops; ++handler)
            for (const auto& [task_key, handler_key] : {std::pair{1, 1}, {3, 3}, {1, 2}, {3, 1}}) {
                if (static_cast<op>(task) == op::clear && static_cast<op>(handler) != op::get)
                    continue;  // clear is one erase after the other, not one step
                const request wanted{static_cast<op>(task), static_cast<std::uint64_t>(task_key), 100};
                const request in_between{static_cast<op>(handler), static_cast<std::uint64_t>(handler_key),
                                         1000};
                model start;
                start.entries = {{1, 11}, {2, 22}};
                const outcome before = sequential(start, in_between, wanted, false);
                const outcome after = sequential(start, wanted, in_between, true);
                for (unsigned long step = points.first();; step += points.distance()) {
                    typename TestFixture::map_type map(4, {.contexts = 4, .seed = 1});
                    for (const auto& [key, number] : start.entries) map.put(key, TypeParam::of(number));
                    outcome seen;
                    if (!TestFixture::interrupt(map, wanted, in_between, step, seen)) break;
                    ++interrupts;
                    seen.entries = resile_lab::contents<TypeParam>(map);
                    ASSERT_TRUE(seen == before || seen == after)
                        << name_of(wanted.what) << " of " << task_key << ", interrupted after step " << step
                        << " by " << name_of(in_between.what) << " of " << handler_key << ": answers "
                        << seen.task.code << " " << seen.task.number << ", " << seen.handler.code << " "
                        << seen.handler.number << ", " << seen.entries.size() << " entries";
                    ASSERT_TRUE(map.census().conserved(4)) << step;
                    ASSERT_EQ(map.size(), seen.entries.size());
                }
            }
    EXPECT_GT(interrupts, 100U);
}

// In a full map, of 1 and of 3 entries: nothing is missing afterwards, and a new key costs one entry.
TYPED_TEST(lru_map_interrupted, leaves_a_full_map_full_wherever_it_hits) {
    if (!can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    sample points;
    const std::vector<request> all = {
        {op::put, 1, 100},   {op::put, 50, 100}, {op::put, 51, 100}, {op::erase, 1, 0},     {op::take, 1, 0},
        {op::upsert, 50, 1}, {op::update, 1, 1}, {op::clear, 0, 0},  {op::insert, 51, 100}, {op::find, 1, 1}};
    for (const std::uint64_t entries : {1U, 3U})
        for (std::size_t task = 0; task < all.size(); ++task)
            for (std::size_t handler = 0; handler < all.size(); ++handler)
                for (unsigned long step = points.first();; step += points.distance()) {
                    typename TestFixture::map_type map(entries, {.contexts = 3, .seed = 1});
                    for (std::uint64_t key = 1; key <= entries; ++key) map.put(key, TypeParam::of(key));
                    outcome seen;
                    if (!TestFixture::interrupt(map, all[task], all[handler], step, seen)) break;
                    const auto where = [&] {
                        return std::to_string(entries) + " entries, " + name_of(all[task].what) +
                               " interrupted after step " + std::to_string(step) + " by " +
                               name_of(all[handler].what);
                    };
                    const bool all_pinned = entries == 1 && all[task].what == op::find;
                    for (const answer& one : {seen.task, seen.handler}) {
                        const bool refused = one.code == static_cast<int>(resile::put_result::no_memory);
                        ASSERT_FALSE(refused && !all_pinned) << where();
                    }
                    ASSERT_TRUE(map.census().conserved(entries)) << where();
                    const auto counts = map.statistics().total();
                    ASSERT_EQ(counts.insertions - counts.evictions - counts.erasures, map.size()) << where();
                    ASSERT_LE(counts.evictions, counts.insertions - entries)
                        << "one victim per new key; " << where();
                    map.clear();
                    for (std::uint64_t key = 100; key < 100 + entries; ++key)
                        ASSERT_EQ(map.put(key, TypeParam::of(key)), resile::put_result::inserted) << where();
                    for (std::uint64_t key = 100; key < 100 + entries; ++key)
                        ASSERT_TRUE(map.contains(key)) << where();
                    ASSERT_EQ(map.size(), entries) << where();
                }
}

}  // namespace
