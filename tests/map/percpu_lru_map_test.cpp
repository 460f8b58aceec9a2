// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// One value per key and CPU: whose value an operation means, what all of them add up to, and what a new key
// begins with.

#include "tests/map/map_shapes.hpp"
#include "tests/map/percpu_lru_map_shapes.hpp"
#include "tests/support/seeds.hpp"

#include <atomic>
#include <map>
#include <stdexcept>
#include <thread>
#include <vector>

namespace resile_test {
namespace {

using resile::cpu_lookup;
using resile::put_result;

// Where a thread on one CPU counts.
[[nodiscard]] std::size_t cpu_here(std::size_t cpus) {
    const auto cpu = static_cast<std::size_t>(::sched_getcpu());
    return cpu < cpus ? cpu : 0;
}

template <class Value>
class percpu_lru_map : public of_size<Value> {
  protected:
    on_one_cpu pinned_;
    percpu_map<Value> map_{16, small_map()};
    std::size_t cpus_ = map_.cpus();
    std::size_t here_ = cpu_here(cpus_);

    static Value number(std::uint64_t n) { return Value::of(n); }
    Value on(std::uint64_t key, std::size_t cpu) {
        Value value = Value::of(12345);
        EXPECT_EQ(map_.get_on(key, cpu, value), cpu_lookup::found) << "key " << key << ", CPU " << cpu;
        return value;
    }
};
TYPED_TEST_SUITE(percpu_lru_map, value_sizes);

TYPED_TEST(percpu_lru_map, has_a_value_for_every_configured_cpu) {
    EXPECT_EQ(this->cpus_, resile::configured_cpus());
    EXPECT_GE(this->cpus_, 1U);
    EXPECT_EQ(this->map_.max_size(), 16U);
    EXPECT_TRUE(this->map_.empty());
}

TYPED_TEST(percpu_lru_map, put_and_get_mean_the_cpu_that_runs) {
    EXPECT_EQ(this->map_.get(1), std::nullopt);
    EXPECT_EQ(this->map_.put(1, this->number(7)), put_result::inserted);
    EXPECT_EQ(this->map_.put(1, this->number(8)), put_result::replaced);
    EXPECT_EQ(this->map_.get(1), this->number(8));
    EXPECT_EQ(this->map_.peek(1), this->number(8));
    for (std::size_t cpu = 0; cpu < this->cpus_; ++cpu)
        EXPECT_EQ(this->on(1, cpu), this->number(cpu == this->here_ ? 8 : 0)) << "CPU " << cpu;
}

TYPED_TEST(percpu_lru_map, a_named_cpu_is_written_and_read_alone) {
    for (std::size_t cpu = 0; cpu < this->cpus_; ++cpu)
        EXPECT_EQ(this->map_.put_on(1, cpu, this->number(10 + cpu)),
                  cpu == 0 ? put_result::inserted : put_result::replaced);
    for (std::size_t cpu = 0; cpu < this->cpus_; ++cpu) EXPECT_EQ(this->on(1, cpu), this->number(10 + cpu));
    EXPECT_EQ(this->map_.get(1), this->number(10 + this->here_));
    TypeParam value = this->number(99);
    EXPECT_EQ(this->map_.get_on(2, 0, value), cpu_lookup::absent);
    EXPECT_EQ(value, this->number(99)) << "absent, and yet written";
}

TYPED_TEST(percpu_lru_map, cpus_that_do_not_exist_are_refused_and_change_nothing) {
    TypeParam value = this->number(99);
    for (const std::size_t cpu : {this->cpus_, this->cpus_ + 1, ~std::size_t{0}}) {
        EXPECT_EQ(this->map_.put_on(1, cpu, this->number(7)), put_result::no_such_cpu);
        EXPECT_EQ(this->map_.get_on(1, cpu, value), cpu_lookup::no_such_cpu) << "an absent key";
    }
    EXPECT_FALSE(this->map_.contains(1));
    ASSERT_EQ(this->map_.put(1, this->number(7)), put_result::inserted);
    EXPECT_EQ(this->map_.get_on(1, this->cpus_, value), cpu_lookup::no_such_cpu) << "a present key";
    EXPECT_EQ(value, this->number(99));
}

TYPED_TEST(percpu_lru_map, all_values_come_at_once_as_many_as_fit) {
    for (std::size_t cpu = 0; cpu < this->cpus_; ++cpu)
        (void)this->map_.put_on(1, cpu, this->number(10 + cpu));
    std::vector<TypeParam> all(this->cpus_ + 1, this->number(99));
    EXPECT_TRUE(this->map_.get_all(1, all));
    for (std::size_t cpu = 0; cpu < this->cpus_; ++cpu) EXPECT_EQ(all[cpu], this->number(10 + cpu));
    EXPECT_EQ(all.back(), this->number(99)) << "wrote beyond the last CPU";
    std::vector<TypeParam> fewer(this->cpus_, this->number(99));
    EXPECT_TRUE(this->map_.get_all(1, std::span(fewer).first(this->cpus_ - 1)));
    EXPECT_EQ(fewer.back(), this->number(99)) << "wrote beyond what fits";
    EXPECT_FALSE(this->map_.get_all(2, all));
}

TYPED_TEST(percpu_lru_map, fold_combines_from_the_first_cpu_to_the_last) {
    for (std::size_t cpu = 0; cpu < this->cpus_; ++cpu)
        (void)this->map_.put_on(1, cpu, this->number(cpu + 1));
    const auto digits = this->map_.fold(
        1, std::uint64_t{7}, [](std::uint64_t sum, const TypeParam& v) { return 31 * sum + v.count(); });
    std::uint64_t expected = 7;
    for (std::size_t cpu = 0; cpu < this->cpus_; ++cpu) expected = 31 * expected + cpu + 1;
    EXPECT_EQ(digits, expected);
    EXPECT_EQ(this->map_.fold(2, std::uint64_t{7}, add_up), std::nullopt);
}

TYPED_TEST(percpu_lru_map, take_erases_and_folds_what_was_there) {
    for (std::size_t cpu = 0; cpu < this->cpus_; ++cpu)
        (void)this->map_.put_on(1, cpu, this->number(100 + cpu));
    EXPECT_EQ(this->map_.take(1, std::uint64_t{5}, add_up),
              5 + 100 * this->cpus_ + this->cpus_ * (this->cpus_ - 1) / 2);
    EXPECT_FALSE(this->map_.contains(1));
    EXPECT_EQ(this->map_.take(1, std::uint64_t{5}, add_up), std::nullopt);
    EXPECT_TRUE(this->map_.census().conserved(16));
}

TYPED_TEST(percpu_lru_map, replace_and_update_want_the_key_and_upsert_does_not) {
    EXPECT_EQ(this->map_.replace(1, this->number(7)), put_result::absent);
    EXPECT_EQ(this->map_.update(1, one_more), put_result::absent);
    EXPECT_FALSE(this->map_.contains(1));
    EXPECT_EQ(this->map_.upsert(1, this->number(40), one_more), put_result::inserted);
    EXPECT_EQ(this->map_.get(1), this->number(40)) << "an inserted key has the initial value";
    EXPECT_EQ(this->map_.upsert(1, this->number(90), one_more), put_result::replaced);
    EXPECT_EQ(this->map_.update(1, one_more), put_result::replaced);
    EXPECT_EQ(this->map_.get(1), this->number(42));
    EXPECT_EQ(this->map_.replace(1, this->number(7)), put_result::replaced);
    EXPECT_EQ(this->map_.fold(1, std::uint64_t{0}, add_up), 7U);
}

// What the nodes of the map held before must not shine through, whichever way the former key left.
TYPED_TEST(percpu_lru_map, shows_nothing_of_a_former_key_on_any_cpu) {
    for (std::uint64_t round = 0; round < 50; ++round) {
        for (std::uint64_t key = 0; key < 16; ++key)
            for (std::size_t cpu = 0; cpu < this->cpus_; ++cpu)
                (void)this->map_.put_on(1000 * round + key, cpu, this->number(900 + cpu));
        if (round % 3 == 1) this->map_.clear();
        if (round % 3 == 2) {
            for (std::uint64_t key = 0; key < 16; ++key)
                EXPECT_TRUE(this->map_.take(1000 * round + key, std::uint64_t{0}, add_up));
        }
        const std::size_t named = round % this->cpus_;
        for (std::uint64_t key = 1000 * round + 500; key < 1000 * round + 516; ++key) {
            ASSERT_EQ(this->map_.put_on(key, named, this->number(7)), put_result::inserted);
            for (std::size_t cpu = 0; cpu < this->cpus_; ++cpu)
                ASSERT_EQ(this->on(key, cpu), this->number(cpu == named ? 7 : 0)) << "round " << round;
        }
    }
    EXPECT_TRUE(this->map_.census().conserved(16));
}

TYPED_TEST(percpu_lru_map, for_each_shows_every_key_once_with_the_values_of_all_cpus) {
    for (std::uint64_t key = 1; key <= 16; ++key)
        for (std::size_t cpu = 0; cpu < this->cpus_; ++cpu)
            (void)this->map_.put_on(key, cpu, this->number(100 * key + cpu));
    std::map<std::uint64_t, unsigned> seen;
    this->map_.for_each([&](std::uint64_t key, std::span<const TypeParam> values) {
        ++seen[key];
        ASSERT_EQ(values.size(), this->cpus_);
        for (std::size_t cpu = 0; cpu < values.size(); ++cpu)
            EXPECT_EQ(values[cpu], this->number(100 * key + cpu));
    });
    EXPECT_EQ(seen.size(), 16U);
    for (const auto& [key, times] : seen) EXPECT_EQ(times, 1U) << key;
    this->map_.clear();
    this->map_.for_each([](std::uint64_t key, auto) { ADD_FAILURE() << key << " after clear"; });
    EXPECT_EQ(this->map_.size(), 0U);
}

TYPED_TEST(percpu_lru_map, hands_each_victim_to_the_hook_once_and_after_it_left) {
    struct witness {
        std::vector<std::uint64_t> gone;
        percpu_map<TypeParam>* map = nullptr;
        unsigned still_there = 0;
    } seen;
    auto options = small_map();
    options.eviction_context = &seen;
    options.on_eviction = [](void* context, const void* key, const void*) noexcept {
        auto* told = static_cast<witness*>(context);
        told->gone.push_back(*static_cast<const std::uint64_t*>(key));
        told->still_there += told->map->contains(told->gone.back()) ? 1U : 0U;
    };
    percpu_map<TypeParam> map(4, options);
    seen.map = &map;
    for (std::uint64_t key = 0; key < 20; ++key)
        ASSERT_EQ(map.put(key, this->number(1)), put_result::inserted);
    EXPECT_EQ(seen.gone.size(), 16U) << "all of the capacity, then one victim for each";
    EXPECT_EQ(seen.still_there, 0U);
    std::map<std::uint64_t, unsigned> places;
    for (const std::uint64_t key : seen.gone) ++places[key];
    map.for_each([&](std::uint64_t key, auto) { ++places[key]; });
    EXPECT_EQ(places.size(), 20U);
    for (const auto& [key, count] : places) EXPECT_EQ(count, 1U) << key;
    (void)map.erase(places.rbegin()->first);
    map.clear();
    EXPECT_EQ(seen.gone.size(), 16U) << "what is erased is no victim";
}

TYPED_TEST(percpu_lru_map, counts_what_happened) {
    percpu_map<TypeParam> map(2, small_map());
    TypeParam value;
    std::vector<TypeParam> all(map.cpus());
    (void)map.put(1, this->number(1));                   // insertion
    (void)map.put(1, this->number(2));                   // replacement
    (void)map.put_on(2, 0, this->number(1));             // insertion
    (void)map.replace(9, this->number(1));               // nothing
    (void)map.update(1, one_more);                       // replacement
    (void)map.upsert(1, this->number(1), one_more);      // replacement
    (void)map.get(1);                                    // hit
    (void)map.get_on(1, 0, value);                       // hit
    (void)map.get_all(1, all);                           // hit
    (void)map.fold(1, std::uint64_t{0}, add_up);         // hit
    (void)map.get(9);                                    // miss
    (void)map.fold(9, std::uint64_t{0}, add_up);         // miss
    (void)map.peek(1);                                   // neither
    (void)map.contains(1);                               // neither
    (void)map.put(3, this->number(1));                   // insertion, eviction
    EXPECT_TRUE(map.take(3, std::uint64_t{0}, add_up));  // erasure
    EXPECT_FALSE(map.erase(3));                          // nothing
    map.clear();                                         // erasure
    const resile::lru_counts total = map.statistics().total();
    EXPECT_EQ(total.hits, 4U);
    EXPECT_EQ(total.misses, 2U);
    EXPECT_EQ(total.insertions, 3U);
    EXPECT_EQ(total.replacements, 3U);
    EXPECT_EQ(total.evictions, 1U);
    EXPECT_EQ(total.erasures, 2U);
    EXPECT_EQ(total.retries, 0U);
    EXPECT_EQ(total.no_memory, 0U);
}

TEST(percpu_lru_map_limits, no_entries_no_contexts_and_too_many_entries_are_refused_by_name) {
    const auto message = [](std::size_t entries, std::size_t contexts) -> std::string {
        try {
            const percpu_map<one_word> map(entries, small_map(contexts));
        } catch (const std::logic_error& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_NE(message(0, 8).find("max_entries is 0"), std::string::npos) << message(0, 8);
    EXPECT_NE(message(8, 0).find("contexts is 0"), std::string::npos) << message(8, 0);
    EXPECT_NE(message((std::size_t{1} << 31) + 1, 8).find("2147483649"), std::string::npos);
    EXPECT_THROW((percpu_map<one_word>(0)), std::invalid_argument);
    EXPECT_THROW((percpu_map<one_word>(~std::size_t{0})), std::length_error);
}

// --- two threads, two CPUs ---

template <class Value>
class percpu_lru_map_threads : public of_size<Value> {};
TYPED_TEST_SUITE(percpu_lru_map_threads, value_sizes);

// Each thread changes CPUs now and then, so that two also meet in one value.
TYPED_TEST(percpu_lru_map_threads, the_fold_is_the_number_of_updates) {
    const std::vector<int> cpus = resile_lab::usable_cpus();
    percpu_map<TypeParam> map(8, small_map());
    constexpr std::uint64_t keys = 4;
    const unsigned updates = scaled(200'000);
    {
        std::vector<std::jthread> threads;
        for (unsigned number = 0; number < 2; ++number)
            threads.emplace_back([&, number] {
                for (unsigned i = 0; i < updates; ++i) {
                    if (i % 5'000 == 0)
                        (void)resile_lab::pin_this_thread(cpus[(number + i / 20'000) % cpus.size()]);
                    (void)map.upsert(i % keys, TypeParam::of(1), one_more);
                }
            });
    }
    std::uint64_t sum = 0;
    for (std::uint64_t key = 0; key < keys; ++key) sum += map.fold(key, std::uint64_t{0}, add_up).value_or(0);
    EXPECT_EQ(sum, 2ULL * updates);
    EXPECT_TRUE(map.census().conserved(8));
}

TYPED_TEST(percpu_lru_map_threads, what_is_taken_and_what_is_left_is_the_number_of_updates) {
    const std::vector<int> cpus = resile_lab::usable_cpus();
    percpu_map<TypeParam> map(4, small_map());
    const unsigned updates = scaled(200'000);
    std::atomic<unsigned> working{2};
    std::uint64_t taken = 0;
    unsigned takes = 0;
    {
        std::vector<std::jthread> threads;
        for (unsigned number = 0; number < 2; ++number)
            threads.emplace_back([&, number] {
                (void)resile_lab::pin_this_thread(cpus[number % cpus.size()]);
                for (unsigned i = 0; i < updates; ++i) (void)map.upsert(7, TypeParam::of(1), one_more);
                --working;
            });
        while (working.load() > 0) {
            if (const auto sum = map.take(7, std::uint64_t{0}, add_up)) {
                taken += *sum;
                ++takes;
            }
        }
    }
    taken += map.take(7, std::uint64_t{0}, add_up).value_or(0);
    EXPECT_EQ(taken, 2ULL * updates) << takes << " times taken";
    EXPECT_TRUE(map.census().conserved(4));
}

}  // namespace
}  // namespace resile_test
