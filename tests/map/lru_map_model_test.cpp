// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Random operations, one after the other, against the sequential model: a million, in all flavours, sizes 1
// to 200.

#include "lab/history/map_calls.hpp"
#include "lab/history/numbered_values.hpp"
#include "tests/support/map_kinds.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

namespace {

using resile::recency;
using resile_lab::asked_of_map;
using resile_lab::map_call;
using resile_lab::map_reply;
using resile_lab::model;

template <class Values, recency Order>
struct flavour {
    using values = Values;
    static constexpr recency order = Order;
};
template <class Flavour>
class lru_map_model : public testing::Test {};
using flavours = testing::Types<
    flavour<resile_lab::one_word, recency::shared>, flavour<resile_lab::one_word, recency::per_cpu>,
    flavour<resile_lab::five_words, recency::shared>, flavour<resile_lab::five_words, recency::per_cpu>,
    flavour<resile_test::in_one_bucket<resile_lab::one_word>, recency::shared>,
    flavour<resile_test::in_one_bucket<resile_lab::five_words>, recency::per_cpu>>;
TYPED_TEST_SUITE(lru_map_model, flavours);

TYPED_TEST(lru_map_model, agrees_with_every_answer_of_random_operations) {
    using values = typename TypeParam::values;
    using map_type = resile_test::map_of<values>;
    resile_test::random_numbers random(resile_test::announce_seed("lru_map_model"));
    unsigned left = resile_test::scaled(250'000);
    while (left > 0) {
        const unsigned entries = 1 + random.below(200);
        const unsigned keys = 1 + random.below(2 * entries + 3);
        map_type map(entries,
                     {.order = TypeParam::order, .contexts = 1 + random.below(8), .seed = random.next()});
        model expected;
        for (unsigned i = 0; i < 2500 && left > 0; ++i, --left) {
            asked_of_map wanted{static_cast<map_call>(random.below(resile_lab::map_calls)),
                                random.below(keys), random.next() % 1000};
            if (wanted.what == map_call::clear && random.below(50) != 0) wanted.what = map_call::put;
            const bool is_new = may_insert(wanted.what) && expected.entries.count(wanted.key) == 0;
            std::optional<typename map_type::entry> victim;
            const map_reply ours = resile_lab::perform<values>(map, wanted, &victim);
            const map_reply right = expected.perform(wanted);
            ASSERT_EQ(ours, right) << to_text(wanted) << " = " << to_text(wanted.what, ours);
            const bool full = expected.entries.size() > entries;
            if (wanted.what == map_call::get_or_insert && full) {  // has no form that names the victim
                const auto now = resile_lab::contents<values>(map);
                for (auto at = expected.entries.begin(); at != expected.entries.end(); ++at)
                    if (now.count(at->first) == 0) {
                        victim = {at->first, values::of(at->second)};
                        break;
                    }
            }
            ASSERT_EQ(victim.has_value(), full) << "a victim exactly when a new key came into a full map";
            if (victim) {
                ASSERT_TRUE(is_new);
                ASSERT_NE(victim->key, wanted.key) << "not the one that was just inserted";
                ASSERT_EQ(expected.entries.count(victim->key), 1U);
                ASSERT_EQ(values::number(victim->value), expected.entries[victim->key]);
                expected.entries.erase(victim->key);
            }
            ASSERT_EQ(map.size(), expected.entries.size());
            if (i % 500 == 0) {
                ASSERT_EQ(resile_lab::contents<values>(map), expected.entries);
                ASSERT_TRUE(map.census().conserved(entries));
            }
        }
        ASSERT_EQ(resile_lab::contents<values>(map), expected.entries);
        ASSERT_TRUE(map.census().conserved(entries));
    }
}

}  // namespace
