// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Small histories of two threads, with handlers on top of them: for each there must be an order of
// the operations, no operation before one that had ended when it began, in which the sequential model gives
// every answer that was given, and what is left in the map.

#include "lab/history/lru_history.hpp"
#include "lab/history/numbered_values.hpp"
#include "lab/injection/single_stepper.hpp"
#include "tests/support/map_kinds.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <thread>

namespace {

using resile_lab::map_call;
using resile_lab::recorded_call;

std::atomic<std::uint64_t> now{0};

// Two threads take turns, and each gives the turn away once, after an instruction that is chosen at random,
// in a handler which does an operation of its own first:  A up to here, B up to there, A to its end, B to its
// end.
template <class Values>
class two_threads {
  public:
    using map_type = resile_test::map_of<Values>;
    static constexpr unsigned each = 2;

    two_threads() {
        for (unsigned me = 0; me < 2; ++me) threads_[me] = std::thread([this, me] { live(me); });
    }
    ~two_threads() {
        map_ = nullptr;
        round_.fetch_add(1);
        for (auto& thread : threads_) thread.join();
    }

    // calls: `each` of A, `each` of B, the handlers'. Those of a handler that never ran are not begun.
    void run(map_type& map, std::vector<recorded_call>& calls, const std::array<unsigned long, 2>& pauses) {
        map_ = &map;
        calls_ = &calls;
        pauses_ = pauses;
        ended_[0] = ended_[1] = false;
        turn_ = 0;
        now = 1;
        round_.fetch_add(1);
        while (!ended_[0] || !ended_[1]) ::sched_yield();
    }

  private:
    void live(unsigned me) {
        for (unsigned last = 0;;) {
            while (round_ == last) ::sched_yield();
            last = round_;
            map_type* map = map_;
            if (map == nullptr) return;
            await(me);
            resile_lab::single_step(
                [&] {
                    for (unsigned i = 0; i < each; ++i) perform(*map, (*calls_)[me * each + i]);
                },
                [&](unsigned long at) {
                    if (at != pauses_[me]) return;
                    resile_lab::stop_stepping();
                    perform(*map, (*calls_)[2 * each + me]);
                    turn_ = 1 - me;
                    await(me);
                });
            turn_ = 1 - me;
            ended_[me] = true;
        }
    }
    void await(unsigned me) {
        while (turn_ != me && !ended_[1 - me]) ::sched_yield();
    }
    static void perform(map_type& map, recorded_call& one) {
        one.begun = now.fetch_add(1);
        const resile_lab::map_reply given = resile_lab::perform<Values>(map, one.asked);
        one.answer = given.answer;
        one.value = given.value;
        one.ended = now.fetch_add(1);
    }

    std::atomic<map_type*> map_{nullptr};
    std::vector<recorded_call>* calls_ = nullptr;
    std::array<unsigned long, 2> pauses_{};
    std::atomic<unsigned> round_{0}, turn_{0};
    std::array<std::atomic<bool>, 2> ended_{};
    std::array<std::thread, 2> threads_;
};

constexpr map_call one_step[] = {map_call::get,           map_call::peek,   map_call::contains,
                                 map_call::find,          map_call::put,    map_call::insert,
                                 map_call::replace,       map_call::update, map_call::upsert,
                                 map_call::get_or_insert, map_call::erase,  map_call::take};

template <class Values>
class lru_map_history : public testing::Test {};
using kinds =
    testing::Types<resile_lab::one_word, resile_lab::five_words, resile_test::in_chains<resile_lab::one_word>,
                   resile_test::in_chains<resile_lab::five_words>>;
TYPED_TEST_SUITE(lru_map_history, kinds);

TYPED_TEST(lru_map_history, of_threads_and_handlers_paused_anywhere_can_be_put_in_order) {
    if (!resile_lab::can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    resile_test::random_numbers random(resile_test::announce_seed("lru_map_history"));
    const unsigned histories = resile_test::long_campaign() ? 1'000'000 : resile_test::scaled(500);
    two_threads<TypeParam> threads;
    unsigned overlapping = 0;
    for (unsigned h = 0; h < histories; ++h) {
        typename two_threads<TypeParam>::map_type map(6, {.contexts = 6, .seed = 1 + random.below(5)});
        resile_lab::map_contents start;
        for (std::uint64_t key = 0; key < 2; ++key)
            if (random.below(2) == 0) {
                map.put(key, TypeParam::of(key + 1));
                start[key] = key + 1;
            }
        std::vector<recorded_call> calls(2 * two_threads<TypeParam>::each + 2);
        for (std::size_t i = 0; i < calls.size(); ++i)
            calls[i].asked = {one_step[random.below(std::size(one_step))], random.below(2), 10 * (i + 1)};
        threads.run(map, calls, {1 + random.below(400), 1 + random.below(400)});
        std::erase_if(calls, [](const recorded_call& one) { return one.begun == 0; });
        for (const recorded_call& one : calls) overlapping += one.ended - one.begun > 1 ? 1 : 0;
        add_last_lookups(calls, start, [&](std::uint64_t key) {
            return resile_lab::perform<TypeParam>(map, {map_call::peek, key, 0});
        });
        ASSERT_TRUE(judge_history(calls, 6, start).linearizable) << "history " << h << " has no order:\n"
                                                                 << to_text(calls);
        ASSERT_TRUE(map.census().conserved(6)) << to_text(calls);
    }
    EXPECT_GT(overlapping, histories / 2) << "operations overlap";
}

}  // namespace
