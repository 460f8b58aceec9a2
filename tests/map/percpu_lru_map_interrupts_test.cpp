// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// A handler at every instruction of a writer, on the same map, the same key, the same CPU's value.

#include "lab/injection/single_stepper.hpp"
#include "tests/map/map_shapes.hpp"
#include "tests/map/percpu_lru_map_shapes.hpp"
#include "tests/support/seeds.hpp"

#include <resile/context.hpp>

#include <vector>

namespace resile_test {
namespace {

using resile_lab::can_single_step;
using resile_lab::single_step;
using resile_lab::stop_stepping;

using resile::put_result;

template <class Value>
class percpu_lru_map_interrupts : public of_size<Value> {
  protected:
    void SetUp() override {
        if (!can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    }
    on_one_cpu pinned_;
    static Value number(std::uint64_t n) { return Value::of(n); }
};
TYPED_TEST_SUITE(percpu_lru_map_interrupts, value_sizes);

// Runs prepare, then `code` with one handler at one of its instructions, then judges; and all over again with
// the handler somewhere else, at some 150 places or at every one.
template <class Prepare, class Code, class Handler, class Judge>
void at_each_instruction(Prepare&& prepare, Code&& code, Handler&& handler, Judge&& judge) {
    prepare();
    const unsigned long steps = single_step(code, [](unsigned long) {});
    EXPECT_GT(steps, 50U);
    const unsigned long stride = (1 + steps / 150) * shrink;
    random_numbers numbers(announce_seed("where handlers strike"));
    unsigned long judged = 0;
    for (unsigned long k = 1 + numbers.next() % stride;; k += stride) {
        prepare();
        bool struck = false;
        single_step(code, [&](unsigned long step) {
            if (step != k) return;
            const resile::interrupt_scope inside;
            handler();
            struck = true;
            stop_stepping();
        });
        if (!struck) break;
        judge(k);
        ++judged;
        ASSERT_FALSE(testing::Test::HasFailure()) << "with a handler at instruction " << k << " of " << steps;
    }
    EXPECT_GT(judged, 50U / shrink);
}

// A handler that always wins keeps the writer from ever getting done: it stops after a while.
TYPED_TEST(percpu_lru_map_interrupts, values_stay_whole_when_a_handler_writes_the_same_one_all_the_time) {
    percpu_map<TypeParam> map(8, small_map());
    ASSERT_EQ(map.put(1, this->number(1)), put_result::inserted);
    std::uint64_t written = 1000;
    unsigned strange = 0;
    put_result result{};
    const unsigned long steps =
        single_step([&] { result = map.put(1, this->number(2)); },
                    [&](unsigned long step) {
                        const auto seen = map.get(1);
                        if (!seen || !seen->is_whole()) ++strange;
                        if (map.put(1, this->number(++written)) != put_result::replaced) ++strange;
                        if (map.get(1) != this->number(written)) ++strange;
                        if (step == 20'000 / shrink) stop_stepping();
                    });
    EXPECT_EQ(result, put_result::replaced);
    EXPECT_EQ(strange, 0U) << "in " << steps << " handlers";
    const auto left = map.get(1);
    EXPECT_TRUE(left == this->number(2) || left == this->number(written)) << testing::PrintToString(left);
    EXPECT_TRUE(map.census().conserved(8));
}

TYPED_TEST(percpu_lru_map_interrupts, one_put_at_any_instruction_of_another_leaves_one_of_the_two) {
    percpu_map<TypeParam> map(8, small_map());
    std::optional<TypeParam> seen;
    at_each_instruction(
        [&] { (void)map.put(1, this->number(1)); }, [&] { (void)map.put(1, this->number(2)); },
        [&] {
            (void)map.put(1, this->number(3));
            seen = map.get(1);
        },
        [&](unsigned long) {
            EXPECT_EQ(seen, this->number(3)) << "the handler did not see its own write";
            const auto left = map.get(1);
            EXPECT_TRUE(left == this->number(2) || left == this->number(3)) << testing::PrintToString(left);
            EXPECT_TRUE(map.census().conserved(8));
        });
}

TYPED_TEST(percpu_lru_map_interrupts, no_update_is_lost_at_any_instruction_of_another) {
    percpu_map<TypeParam> map(8, small_map());
    at_each_instruction([&] { (void)map.put(1, this->number(10)); }, [&] { (void)map.update(1, one_more); },
                        [&] { (void)map.update(1, one_more); },
                        [&](unsigned long) { EXPECT_EQ(map.fold(1, std::uint64_t{0}, add_up), 12U); });
}

TYPED_TEST(percpu_lru_map_interrupts, insertions_of_one_key_on_top_of_each_other_are_one_entry) {
    percpu_map<TypeParam> map(8, small_map());
    at_each_instruction(
        [&] {
            (void)map.erase(1);
            for (std::uint64_t key = 100; key < 108; ++key)
                for (std::size_t cpu = 0; cpu < map.cpus(); ++cpu)
                    (void)map.put_on(key, cpu, this->number(900));
        },
        [&] { (void)map.upsert(1, this->number(1), one_more); },
        [&] { (void)map.upsert(1, this->number(1), one_more); },
        [&](unsigned long) {
            EXPECT_EQ(map.fold(1, std::uint64_t{0}, add_up), 2U);
            EXPECT_EQ(map.size(), 8U);
            EXPECT_TRUE(map.census().conserved(8));
        });
}

TYPED_TEST(percpu_lru_map_interrupts, a_take_at_any_instruction_of_an_update_loses_and_doubles_nothing) {
    percpu_map<TypeParam> map(8, small_map());
    std::uint64_t taken = 0;
    at_each_instruction(
        [&] {
            taken = 0;
            (void)map.put(1, this->number(10));
        },
        [&] { (void)map.upsert(1, this->number(1), one_more); },
        [&] { taken = map.take(1, std::uint64_t{0}, add_up).value_or(0); },
        [&](unsigned long) {
            EXPECT_EQ(taken + map.take(1, std::uint64_t{0}, add_up).value_or(0), 11U);
            EXPECT_TRUE(map.census().conserved(8));
        });
}

TYPED_TEST(percpu_lru_map_interrupts, an_update_at_any_instruction_of_a_take_loses_and_doubles_nothing) {
    percpu_map<TypeParam> map(8, small_map());
    std::uint64_t taken = 0;
    at_each_instruction([&] { (void)map.put(1, this->number(10)); },
                        [&] { taken = map.take(1, std::uint64_t{0}, add_up).value_or(0); },
                        [&] { (void)map.upsert(1, this->number(1), one_more); },
                        [&](unsigned long) {
                            EXPECT_EQ(taken + map.take(1, std::uint64_t{0}, add_up).value_or(0), 11U);
                            EXPECT_TRUE(map.census().conserved(8));
                        });
}

// The writer is late: its key is gone, and its node is another key's by now.
TYPED_TEST(percpu_lru_map_interrupts, a_late_writer_does_not_write_into_the_key_that_came_after) {
    constexpr std::size_t entries = 2, contexts = 1;
    percpu_map<TypeParam> map(entries, small_map(contexts + 1));
    std::uint64_t next = 1000;
    std::vector<TypeParam> all(map.cpus());
    at_each_instruction(
        [&] {
            map.clear();
            (void)map.put(1, this->number(10));
        },
        [&] { (void)map.update(1, one_more); },
        [&] {
            // Often enough for every node to have been another key's.
            (void)map.erase(1);
            for (unsigned i = 0; i < 8; ++i) (void)map.put_on(++next, 0, this->number(500));
        },
        [&](unsigned long) {
            EXPECT_FALSE(map.contains(1));
            unsigned present = 0;
            for (std::uint64_t key = next - 7; key <= next; ++key) {
                if (!map.get_all(key, all)) continue;
                ++present;
                for (std::size_t cpu = 0; cpu < all.size(); ++cpu)
                    EXPECT_EQ(all[cpu], this->number(cpu == 0 ? 500 : 0)) << "CPU " << cpu;
            }
            EXPECT_EQ(present, entries);
            EXPECT_TRUE(map.census().conserved(entries));
        });
}

// A reader sees the values of one key, or of none, while its entry turns into another one under it.
TYPED_TEST(percpu_lru_map_interrupts, a_reader_never_sees_another_keys_values) {
    percpu_map<TypeParam> map(2, small_map(2));
    std::uint64_t next = 1000;
    std::vector<TypeParam> all(map.cpus());
    bool found = false;
    at_each_instruction(
        [&] {
            map.clear();
            for (std::size_t cpu = 0; cpu < map.cpus(); ++cpu) (void)map.put_on(1, cpu, this->number(7));
        },
        [&] { found = map.get_all(1, all); },
        [&] {
            (void)map.erase(1);
            for (unsigned i = 0; i < 8; ++i) (void)map.put_on(++next, i % map.cpus(), this->number(500));
        },
        [&](unsigned long) {
            if (found) {
                EXPECT_EQ(all, std::vector<TypeParam>(map.cpus(), this->number(7)));
            }
        });
}

}  // namespace
}  // namespace resile_test
