// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Small histories of two threads, with handlers on top of them: for each there must be an order of
// the operations, no operation before one that had ended when it began, in which the sequential model gives
// every answer that was given, and what is left in the map.

#include "lab/injection/lru_operations.hpp"
#include "lab/injection/single_stepper.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <thread>

namespace {

using resile_lab::answer;
using resile_lab::model;
using resile_lab::op;
using resile_lab::request;

struct step {
    request wanted;
    answer given;
    unsigned begun = 0, ended = 0;  // in one order for all threads
};

std::atomic<unsigned> now{0};

// Is there an order of the steps that are left (bits of `left`) that explains them, from `state`?
bool explained(const std::vector<step>& steps, unsigned left, const model& state,
               const std::map<std::uint64_t, std::uint64_t>& in_the_end) {
    if (left == 0) return state.entries == in_the_end;
    unsigned first_end = ~0U;
    for (std::size_t i = 0; i < steps.size(); ++i)
        if ((left >> i & 1) != 0) first_end = std::min(first_end, steps[i].ended);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if ((left >> i & 1) == 0 || steps[i].begun > first_end) continue;
        model next = state;
        if (next.perform(steps[i].wanted) == steps[i].given &&
            explained(steps, left & ~(1U << i), next, in_the_end))
            return true;
    }
    return false;
}

// Two threads take turns, and each gives the turn away once, after an instruction that is chosen at random,
// in a handler which does an operation of its own first:  A up to here, B up to there, A to its end, B to its
// end.
template <class Values>
class two_threads {
  public:
    using map_type = resile::lru_map<std::uint64_t, typename Values::type>;
    static constexpr unsigned each = 2;

    two_threads() {
        for (unsigned me = 0; me < 2; ++me) threads_[me] = std::thread([this, me] { live(me); });
    }
    ~two_threads() {
        map_ = nullptr;
        round_.fetch_add(1);
        for (auto& thread : threads_) thread.join();
    }

    // steps: `each` of A, `each` of B, the handlers'. Those of a handler that never ran are not begun.
    void run(map_type& map, std::vector<step>& steps, const std::array<unsigned long, 2>& pauses) {
        map_ = &map;
        steps_ = &steps;
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
                    for (unsigned i = 0; i < each; ++i) perform(*map, (*steps_)[me * each + i]);
                },
                [&](unsigned long at) {
                    if (at != pauses_[me]) return;
                    resile_lab::stop_stepping();
                    perform(*map, (*steps_)[2 * each + me]);
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
    static void perform(map_type& map, step& one) {
        one.begun = now.fetch_add(1);
        one.given = resile_lab::perform<Values>(map, one.wanted);
        one.ended = now.fetch_add(1);
    }

    std::atomic<map_type*> map_{nullptr};
    std::vector<step>* steps_ = nullptr;
    std::array<unsigned long, 2> pauses_{};
    std::atomic<unsigned> round_{0}, turn_{0};
    std::array<std::atomic<bool>, 2> ended_{};
    std::array<std::thread, 2> threads_;
};

std::string told(const std::vector<step>& steps) {
    std::string text;
    for (const step& s : steps)
        text += std::to_string(s.begun) + "-" + std::to_string(s.ended) + " " + name_of(s.wanted.what) + "(" +
                std::to_string(s.wanted.key) + ", " + std::to_string(s.wanted.number) +
                ") = " + std::to_string(s.given.code) + " " + std::to_string(s.given.number) + "\n";
    return text;
}

template <class Values>
class lru_map_history : public testing::Test {};
using kinds = testing::Types<resile_lab::word_value, resile_lab::five_words>;
TYPED_TEST_SUITE(lru_map_history, kinds);

TYPED_TEST(lru_map_history, of_threads_and_handlers_paused_anywhere_can_be_put_in_order) {
    if (!resile_lab::can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    resile_test::random_numbers random(resile_test::announce_seed("lru_map_history"));
    const unsigned histories = resile_test::long_campaign() ? 1'000'000 : resile_test::scaled(500);
    two_threads<TypeParam> threads;
    unsigned overlapping = 0;
    for (unsigned h = 0; h < histories; ++h) {
        typename two_threads<TypeParam>::map_type map(6, {.contexts = 6, .seed = 1 + random.below(5)});
        model start;
        for (std::uint64_t key = 0; key < 2; ++key)
            if (random.below(2) == 0) {
                map.put(key, TypeParam::of(key + 1));
                start.entries[key] = key + 1;
            }
        std::vector<step> steps(2 * two_threads<TypeParam>::each + 2);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            steps[i].wanted = {static_cast<op>(random.below(resile_lab::ops - 1)), random.below(2),
                               10 * (i + 1)};
            // Lookup, then insertion: two steps. Its parts are here.
            if (steps[i].wanted.what == op::get_or_insert) steps[i].wanted.what = op::insert;
        }
        threads.run(map, steps, {1 + random.below(400), 1 + random.below(400)});
        std::erase_if(steps, [](const step& one) { return one.begun == 0; });
        for (const step& one : steps) overlapping += one.ended - one.begun > 1 ? 1 : 0;
        ASSERT_TRUE(explained(steps, (1U << steps.size()) - 1, start, resile_lab::contents<TypeParam>(map)))
            << "history " << h << " has no order:\n"
            << told(steps);
        ASSERT_TRUE(map.census().conserved(6)) << told(steps);
    }
    EXPECT_GT(overlapping, histories / 2) << "operations overlap";
}

}  // namespace
