// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// percpu_lru_map against a std::map that is told by the hook which entry had to go.

#include "tests/map/map_shapes.hpp"
#include "tests/map/percpu_lru_map_shapes.hpp"
#include "tests/support/seeds.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

namespace resile_test {
namespace {

using resile::cpu_lookup;
using resile::put_result;

template <class Value>
class percpu_lru_map_model : public of_size<Value> {
  protected:
    using values = std::vector<Value>;

    // A new map of that size, and an empty model.
    void start(std::size_t entries) {
        auto options = small_map(1 + entries % 4);
        options.seed = entries;
        options.order = entries % 2 == 0 ? resile::recency::shared : resile::recency::per_cpu;
        options.eviction_context = &gone_;
        options.on_eviction = [](void* context, const void* key, const void*) noexcept {
            static_cast<std::vector<std::uint64_t>*>(context)->push_back(
                *static_cast<const std::uint64_t*>(key));
        };
        map_ = std::make_unique<percpu_map<Value>>(entries, options);
        entries_ = entries;
        cpus_ = map_->cpus();
        here_ = static_cast<std::size_t>(::sched_getcpu()) < cpus_
                    ? static_cast<std::size_t>(::sched_getcpu())
                    : 0;
        model_.clear();
        counts_ = {};
    }

    // What a write to `key` has done, according to the model.
    void wrote(std::uint64_t key, std::size_t cpu, Value value, put_result result) {
        const auto at = model_.find(key);
        if (at != model_.end()) {
            EXPECT_EQ(result, put_result::replaced);
            at->second[cpu] = value;
            ++counts_.replacements;
        } else {
            EXPECT_EQ(result, put_result::inserted);
            values fresh(cpus_);
            fresh[cpu] = value;
            if (model_.size() == entries_) {
                ASSERT_EQ(gone_.size(), 1U) << "a full map loses one entry for a new one";
                ASSERT_EQ(model_.erase(gone_[0]), 1U) << "the victim " << gone_[0] << " was not there";
                ++counts_.evictions;
                gone_.clear();
            }
            model_.emplace(key, fresh);
            ++counts_.insertions;
        }
        EXPECT_TRUE(gone_.empty()) << "a victim without need";
        gone_.clear();
    }

    std::uint64_t sum_of(const values& all) const {
        std::uint64_t sum = 0;
        for (const Value& value : all) sum += value.count();
        return sum;
    }

    void look(std::uint64_t key, unsigned how, std::size_t cpu) {
        const auto at = model_.find(key);
        const bool there = at != model_.end();
        const std::optional<Value> expected = there ? std::optional(at->second[here_]) : std::nullopt;
        Value one;
        values all(cpus_);
        switch (how) {
            case 0:
                EXPECT_EQ(map_->peek(key), expected);
                return;
            case 1:
                EXPECT_EQ(map_->contains(key), there);
                return;
            case 2:
                if (cpu >= cpus_) {
                    EXPECT_EQ(map_->get_on(key, cpu, one), cpu_lookup::no_such_cpu);
                    return;
                }
                EXPECT_EQ(map_->get_on(key, cpu, one), there ? cpu_lookup::found : cpu_lookup::absent);
                if (there) {
                    EXPECT_EQ(one, at->second[cpu]);
                }
                break;
            case 3:
                EXPECT_EQ(map_->get_all(key, all), there);
                if (there) {
                    EXPECT_EQ(all, at->second);
                }
                break;
            case 4:
                EXPECT_EQ(map_->fold(key, std::uint64_t{3}, add_up),
                          there ? std::optional(3 + sum_of(at->second)) : std::nullopt);
                break;
            default:
                EXPECT_EQ(map_->get(key), expected);
        }
        ++(there ? counts_.hits : counts_.misses);
    }

    void write(std::uint64_t key, unsigned how, std::size_t cpu, std::uint64_t number) {
        const auto at = model_.find(key);
        const bool there = at != model_.end();
        const Value value = Value::of(number);
        const Value changed = there ? Value::of(at->second[here_].count() + 1) : value;
        switch (how) {
            case 0:
                if (cpu < cpus_)
                    wrote(key, cpu, value, map_->put_on(key, cpu, value));
                else
                    EXPECT_EQ(map_->put_on(key, cpu, value), put_result::no_such_cpu);
                return;
            case 1:
                if (there)
                    wrote(key, here_, value, map_->replace(key, value));
                else
                    EXPECT_EQ(map_->replace(key, value), put_result::absent);
                return;
            case 2:
                if (there)
                    wrote(key, here_, changed, map_->update(key, one_more));
                else
                    EXPECT_EQ(map_->update(key, one_more), put_result::absent);
                return;
            case 3:
                wrote(key, here_, changed, map_->upsert(key, value, one_more));
                return;
            default:
                wrote(key, here_, value, map_->put(key, value));
        }
    }

    void erase(std::uint64_t key, unsigned how) {
        const auto at = model_.find(key);
        const bool there = at != model_.end();
        if (how == 0)
            EXPECT_EQ(map_->take(key, std::uint64_t{0}, add_up),
                      there ? std::optional(sum_of(at->second)) : std::nullopt);
        else
            EXPECT_EQ(map_->erase(key), there);
        if (!there) return;
        model_.erase(at);
        ++counts_.erasures;
    }

    void compare_all() {
        std::map<std::uint64_t, values> found;
        map_->for_each([&](std::uint64_t key, std::span<const Value> all) {
            EXPECT_TRUE(found.emplace(key, values(all.begin(), all.end())).second) << key << " twice";
        });
        EXPECT_EQ(found, model_);
    }

    void step(random_numbers& numbers) {
        const std::uint64_t key = numbers.below(static_cast<unsigned>(2 * entries_ + 1));
        const std::size_t cpu = numbers.below(static_cast<unsigned>(cpus_ + 1));
        const unsigned what = numbers.below(100);
        if (what < 40) {
            write(key, numbers.below(6), cpu, 1 + numbers.below(1'000'000));
        } else if (what < 85) {
            look(key, numbers.below(7), cpu);
        } else if (what < 98) {
            erase(key, numbers.below(2));
        } else if (what == 98) {
            compare_all();
        } else if (numbers.below(5) == 0) {
            map_->clear();
            counts_.erasures += model_.size();
            model_.clear();
        }
        EXPECT_EQ(map_->size(), model_.size());
        EXPECT_TRUE(map_->census().conserved(entries_));
    }

    void expect_counts() {
        const resile::lru_counts told = map_->statistics().total();
        EXPECT_EQ(told.hits, counts_.hits);
        EXPECT_EQ(told.misses, counts_.misses);
        EXPECT_EQ(told.insertions, counts_.insertions);
        EXPECT_EQ(told.replacements, counts_.replacements);
        EXPECT_EQ(told.evictions, counts_.evictions);
        EXPECT_EQ(told.erasures, counts_.erasures);
        EXPECT_EQ(told.no_memory, 0U);
    }

    on_one_cpu pinned_;
    std::unique_ptr<percpu_map<Value>> map_;
    std::size_t entries_ = 0, cpus_ = 0, here_ = 0;
    std::map<std::uint64_t, values> model_;
    std::vector<std::uint64_t> gone_;
    resile::lru_counts counts_;
};
TYPED_TEST_SUITE(percpu_lru_map_model, value_sizes);

TYPED_TEST(percpu_lru_map_model, agrees_after_each_of_many_random_operations) {
    random_numbers numbers(announce_seed("percpu_lru_map_model"));
    const unsigned operations = scaled(2'000);  // in each of the sizes from 1 to 100
    for (std::size_t entries = 1; entries <= 100; ++entries) {
        this->start(entries);
        for (unsigned i = 0; i < operations; ++i) {
            this->step(numbers);
            ASSERT_FALSE(this->HasFailure()) << "operation " << i << ", " << entries << " entries";
        }
        this->compare_all();
        this->expect_counts();
        ASSERT_FALSE(this->HasFailure()) << entries << " entries";
    }
}

}  // namespace
}  // namespace resile_test
