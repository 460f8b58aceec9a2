// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The judge of histories: what it must accept, and what it must refuse.

#include "lab/history/lru_history.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace {

using resile_lab::judge_history;
using resile_lab::map_answer;
using resile_lab::map_call;
using resile_lab::never_ended;
using resile_lab::order_verdict;
using resile_lab::recorded_call;
using resile_lab::room;

recorded_call call(map_call what, std::uint64_t key, std::uint64_t written, map_answer answer,
                   std::uint64_t read, std::uint64_t begun, std::uint64_t ended) {
    return {.asked = {what, key, written}, .answer = answer, .value = read, .begun = begun, .ended = ended};
}
recorded_call hit(std::uint64_t key, std::uint64_t value, std::uint64_t begun, std::uint64_t ended) {
    return call(map_call::get, key, 0, map_answer::present, value, begun, ended);
}
recorded_call miss(std::uint64_t key, std::uint64_t begun, std::uint64_t ended) {
    return call(map_call::get, key, 0, map_answer::absent, 0, begun, ended);
}
recorded_call inserted(std::uint64_t key, std::uint64_t value, std::uint64_t begun, std::uint64_t ended) {
    return call(map_call::insert, key, value, map_answer::inserted, 0, begun, ended);
}
recorded_call replaced(std::uint64_t key, std::uint64_t value, std::uint64_t begun, std::uint64_t ended) {
    return call(map_call::replace, key, value, map_answer::replaced, 0, begun, ended);
}
bool accepts(const std::vector<recorded_call>& calls, std::size_t max_entries = 8,
             const resile_lab::map_contents& contents = {}, room when = room::before_it_returns) {
    return judge_history(calls, max_entries, contents, when).linearizable;
}

TEST(history, of_nobody_is_in_order) {
    EXPECT_TRUE(accepts({}));
}

TEST(history, of_calls_that_follow_each_other_has_one_order) {
    EXPECT_TRUE(accepts({inserted(1, 10, 1, 2), hit(1, 10, 3, 4), replaced(1, 11, 5, 6), hit(1, 11, 7, 8)}));
    EXPECT_FALSE(accepts({inserted(1, 10, 1, 2), miss(1, 3, 4)})) << "a key has vanished";
    EXPECT_FALSE(accepts({inserted(1, 10, 1, 2), replaced(1, 11, 3, 4), hit(1, 10, 5, 6)})) << "an old value";
    EXPECT_FALSE(accepts({hit(1, 10, 1, 2), inserted(1, 10, 3, 4)})) << "a value from the future";
}

TEST(history, of_calls_at_the_same_time_may_have_either_order) {
    EXPECT_TRUE(accepts({inserted(1, 10, 1, 4), miss(1, 2, 3)}));
    EXPECT_TRUE(accepts({inserted(1, 10, 1, 4), hit(1, 10, 2, 3)}));
    EXPECT_FALSE(accepts({inserted(1, 10, 1, 6), hit(1, 10, 2, 3), miss(1, 4, 5)}))
        << "once it was seen it is there";
}

TEST(history, of_two_insertions_of_a_key_has_one_winner) {
    const auto loser = call(map_call::insert, 1, 20, map_answer::present, 0, 2, 5);
    EXPECT_TRUE(accepts({inserted(1, 10, 1, 4), loser}));
    EXPECT_FALSE(accepts({inserted(1, 10, 1, 4), inserted(1, 20, 2, 5)}));
}

TEST(history, tells_take_replace_and_add_apart) {
    const resile_lab::map_contents one{{1, 5}};
    const auto taken = call(map_call::take, 1, 0, map_answer::present, 5, 1, 4);
    EXPECT_TRUE(accepts({taken, call(map_call::replace, 1, 9, map_answer::absent, 0, 2, 6)}, 8, one));
    EXPECT_FALSE(accepts({taken, replaced(1, 9, 5, 6)}, 8, one)) << "replaced after it was taken";
    EXPECT_FALSE(accepts({taken, call(map_call::take, 1, 0, map_answer::present, 5, 2, 3)}, 8, one))
        << "twice";
    const auto add = [](std::uint64_t amount, std::uint64_t begun, std::uint64_t ended) {
        return call(map_call::update, 1, amount, map_answer::replaced, 0, begun, ended);
    };
    EXPECT_TRUE(accepts({add(1, 1, 4), add(2, 2, 3), hit(1, 8, 5, 6)}, 8, one));
    EXPECT_FALSE(accepts({add(1, 1, 4), add(2, 2, 3), hit(1, 7, 5, 6)}, 8, one)) << "an update was lost";
    const auto upsert = call(map_call::upsert, 2, 3, map_answer::inserted, 0, 1, 2);
    EXPECT_TRUE(accepts({upsert, hit(2, 3, 3, 4)}));
    const auto erased = call(map_call::erase, 1, 0, map_answer::present, 0, 1, 2);
    EXPECT_TRUE(accepts({erased, miss(1, 3, 4)}, 8, one));
    EXPECT_FALSE(accepts({erased, hit(1, 5, 3, 4)}, 8, one));
}

TEST(history, allows_any_single_victim_of_an_insertion_into_a_full_map) {
    const resile_lab::map_contents full{{1, 1}, {2, 2}};
    const auto new_one = inserted(3, 3, 1, 2);
    EXPECT_TRUE(accepts({new_one, miss(1, 3, 4), hit(2, 2, 5, 6), hit(3, 3, 7, 8)}, 2, full));
    EXPECT_TRUE(accepts({new_one, hit(1, 1, 3, 4), miss(2, 5, 6)}, 2, full));
    EXPECT_FALSE(accepts({new_one, miss(1, 3, 4), miss(2, 5, 6)}, 2, full)) << "two victims";
    EXPECT_FALSE(accepts({new_one, hit(1, 1, 3, 4), hit(2, 2, 5, 6)}, 2, full)) << "no victim";
    EXPECT_FALSE(accepts({new_one, miss(3, 3, 4)}, 2, full)) << "its own victim";
    EXPECT_FALSE(accepts({new_one, miss(1, 3, 4)}, 3, full)) << "a victim, and the map was not full";
    EXPECT_FALSE(accepts({replaced(1, 9, 1, 2), miss(2, 3, 4)}, 2, full)) << "a victim of a replacement";
}

TEST(history, lets_an_insertion_make_room_later_unless_asked_for_one_step) {
    const resile_lab::map_contents full{{1, 1}};
    const std::vector<recorded_call> both_seen{inserted(2, 2, 1, 6), hit(2, 2, 2, 3), hit(1, 1, 4, 5)};
    EXPECT_TRUE(accepts(both_seen, 1, full, room::before_it_returns));
    EXPECT_FALSE(accepts(both_seen, 1, full, room::at_once));
    const std::vector<recorded_call> too_late{inserted(2, 2, 1, 2), hit(1, 1, 3, 4)};
    EXPECT_FALSE(accepts(too_late, 1, full, room::before_it_returns)) << "it has returned";
}

TEST(history, lets_an_erasure_lend_its_room_before_it_happens_and_not_for_ever) {
    const resile_lab::map_contents full{{1, 1}, {2, 2}};
    const auto erased = call(map_call::erase, 9, 0, map_answer::absent, 0, 1, 6);
    EXPECT_TRUE(accepts({erased, inserted(3, 3, 2, 3), hit(1, 1, 4, 5), miss(1, 7, 8)}, 2, full));
    EXPECT_FALSE(accepts({erased, inserted(3, 3, 7, 8), hit(1, 1, 9, 10), hit(2, 2, 11, 12)}, 2, full))
        << "it has returned";
}

TEST(history, lets_a_victim_go_although_room_has_come_in_between) {
    // The insertion finds the map full; 1 is erased; then 2 goes, all the same.
    const resile_lab::map_contents full{{1, 1}, {2, 2}};
    const auto erased = call(map_call::erase, 1, 0, map_answer::present, 0, 2, 3);
    EXPECT_TRUE(accepts({inserted(3, 3, 1, 6), erased, hit(2, 2, 4, 5), miss(2, 7, 8)}, 2, full));
    const auto earlier = call(map_call::erase, 1, 0, map_answer::present, 0, 1, 2);
    EXPECT_FALSE(accepts({earlier, inserted(3, 3, 3, 6), hit(2, 2, 4, 5), miss(2, 7, 8)}, 2, full))
        << "it was never full";
}

TEST(history, of_get_or_insert_has_a_victim_if_it_inserted) {
    const resile_lab::map_contents full{{1, 1}};
    const auto get_or_insert = [](std::uint64_t key, std::uint64_t value, std::uint64_t read) {
        return call(map_call::get_or_insert, key, value, map_answer::present, read, 1, 2);
    };
    EXPECT_TRUE(accepts({get_or_insert(1, 5, 1), hit(1, 1, 3, 4)}, 1, full));
    EXPECT_FALSE(accepts({get_or_insert(1, 5, 1), miss(1, 3, 4)}, 1, full)) << "nothing was inserted";
    EXPECT_TRUE(accepts({get_or_insert(2, 5, 5), miss(1, 3, 4), hit(2, 5, 5, 6)}, 1, full));
    EXPECT_FALSE(accepts({get_or_insert(2, 5, 5), hit(1, 1, 3, 4)}, 1, full)) << "nobody went";
}

TEST(history, lets_an_insertion_evict_a_later_entry_of_its_own_key) {
    // 2=20 comes and is evicted by whoever inserts 2=21; that one falls to the first, which returns last.
    EXPECT_TRUE(accepts({inserted(2, 20, 1, 10), inserted(3, 30, 2, 5), inserted(2, 21, 6, 7),
                         hit(2, 21, 8, 9), miss(2, 11, 12), hit(1, 1, 13, 14), miss(3, 15, 16)},
                        1, {{1, 1}}));
}

TEST(history, knows_refusals) {
    const resile_lab::map_contents full{{1, 1}};
    const auto refused = call(map_call::insert, 2, 2, map_answer::no_memory, 0, 1, 6);
    EXPECT_TRUE(accepts({refused, miss(2, 2, 3), hit(1, 1, 7, 8), miss(2, 9, 10)}, 1, full));
    EXPECT_FALSE(accepts({refused, hit(2, 2, 7, 8)}, 1, full)) << "refused, and there";
    EXPECT_TRUE(accepts({refused, hit(2, 2, 2, 3)}, 1, full, room::before_it_returns));
    EXPECT_FALSE(accepts({refused, hit(2, 2, 2, 3)}, 1, full, room::at_once));
}

TEST(history, with_a_call_that_never_returned_allows_it_to_have_happened_or_not) {
    auto lost = inserted(1, 10, 1, never_ended);
    EXPECT_TRUE(accepts({lost, hit(1, 10, 2, 3)}));
    EXPECT_TRUE(accepts({lost, miss(1, 2, 3)}));
    EXPECT_FALSE(accepts({lost, hit(1, 10, 2, 3), miss(1, 4, 5)}));
}

TEST(history, names_an_order_or_how_far_it_got) {
    const order_verdict good = judge_history({hit(1, 10, 2, 5), inserted(1, 10, 1, 4)}, 8, {});
    ASSERT_TRUE(good.linearizable);
    EXPECT_EQ(good.order, (std::vector<std::size_t>{1, 0}));
    const order_verdict bad = judge_history({inserted(1, 10, 1, 2), hit(1, 10, 3, 4), miss(1, 5, 6)}, 8, {});
    EXPECT_FALSE(bad.linearizable);
    EXPECT_EQ(bad.order, (std::vector<std::size_t>{0, 1}));
}

// Histories made from a known order are accepted; the same with one answer falsified are judged as a search
// through all orders judges them.
class made_history {
  public:
    explicit made_history(resile_test::random_numbers& random) {
        for (std::uint64_t i = 0; i < calls_in_each; ++i) {
            const std::uint64_t at = 10 * (i + 1);
            recorded_call one = perform(random, i);
            one.begun = at - random.below(25) * 2 % at;
            one.ended = at + 1 + 2 * random.below(12);
            calls.push_back(one);
        }
    }
    // All orders, one after the other.
    [[nodiscard]] bool explained_by_any_order() const {
        std::vector<std::size_t> order(calls.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        do {
            if (respects_time(order) && gives_the_answers(order)) return true;
        } while (std::next_permutation(order.begin(), order.end()));
        return false;
    }

    std::vector<recorded_call> calls;

  private:
    static constexpr std::uint64_t calls_in_each = 6;

    [[nodiscard]] static map_answer answer_to(std::map<std::uint64_t, std::uint64_t>& entries,
                                              recorded_call& one, std::uint64_t& read) {
        const auto at = entries.find(one.asked.key);
        const bool there = at != entries.end();
        read = 0;
        switch (one.asked.what) {
            case map_call::insert:
                if (!there) entries[one.asked.key] = one.asked.value;
                return there ? map_answer::present : map_answer::inserted;
            case map_call::erase:
                if (there) entries.erase(at);
                return there ? map_answer::present : map_answer::absent;
            default:
                if (there) read = at->second;
                return there ? map_answer::present : map_answer::absent;
        }
    }
    [[nodiscard]] recorded_call perform(resile_test::random_numbers& random, std::uint64_t number) {
        constexpr map_call kinds[] = {map_call::get, map_call::insert, map_call::erase};
        recorded_call one{.asked = {kinds[random.below(3)], random.below(2), number + 1}};
        one.answer = answer_to(now_, one, one.value);
        return one;
    }
    [[nodiscard]] bool respects_time(const std::vector<std::size_t>& order) const {
        for (std::size_t i = 0; i < order.size(); ++i)
            for (std::size_t k = i + 1; k < order.size(); ++k)
                if (calls[order[k]].ended <= calls[order[i]].begun) return false;
        return true;
    }
    [[nodiscard]] bool gives_the_answers(const std::vector<std::size_t>& order) const {
        std::map<std::uint64_t, std::uint64_t> entries;
        for (const std::size_t i : order) {
            recorded_call one = calls[i];
            std::uint64_t read = 0;
            if (answer_to(entries, one, read) != calls[i].answer || read != calls[i].value) return false;
        }
        return true;
    }

    std::map<std::uint64_t, std::uint64_t> now_;
};

TEST(history, made_at_random_is_judged_as_by_trying_all_orders) {
    resile_test::random_numbers random(resile_test::announce_seed("history"));
    unsigned refused = 0;
    for (unsigned i = 0; i < resile_test::scaled(1000); ++i) {
        made_history made(random);
        ASSERT_TRUE(accepts(made.calls)) << to_text(made.calls);
        recorded_call& falsified = made.calls[random.below(static_cast<unsigned>(made.calls.size()))];
        if (falsified.answer == map_answer::absent)
            falsified.answer = map_answer::present;
        else if (falsified.asked.what == map_call::get)
            ++falsified.value;
        else
            falsified.answer =
                falsified.asked.what == map_call::insert ? map_answer::inserted : map_answer::absent;
        const bool any_order = made.explained_by_any_order();
        refused += any_order ? 0 : 1;
        ASSERT_EQ(accepts(made.calls), any_order) << to_text(made.calls);
    }
    EXPECT_GT(refused, 0U) << "falsified answers are refused, most of the time";
}

TEST(history, of_hundreds_of_overlapping_calls_is_judged_at_once) {
    std::vector<recorded_call> calls;
    for (std::uint64_t i = 0; i < 200; ++i) calls.push_back(inserted(i, i, 2 * i + 1, 2 * i + 9));
    calls.push_back(miss(0, 5000, 5001));
    EXPECT_FALSE(accepts(calls, 1000));
    calls.back() = hit(0, 0, 5000, 5001);
    EXPECT_TRUE(accepts(calls, 1000));
}

}  // namespace
