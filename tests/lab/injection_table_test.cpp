// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The table, sampled: what is ours holds, what is planted is found, and what dies is told.

#include "lab/injection/cell_pool.hpp"
#include "lab/injection/single_stepper.hpp"
#include "lab/injection/subject_list.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>

namespace {

using resile_lab::cell;
using resile_lab::cell_outcome;
using resile_lab::planned_cell;
using resile_lab::subject;
using resile_lab::subject_list;
using resile_test::shrink;

struct sums {
    std::uint64_t cells = 0, injections = 0, failures = 0;
    std::map<std::string, std::uint64_t> seen;
    std::string first;  // failure
};

sums explore(const std::vector<planned_cell>& cells) {
    sums all;
    resile_lab::explore_all(
        cells, {.jobs = 2, .done = [&](const planned_cell& which, const cell_outcome& one) {
                    ++all.cells;
                    all.injections += one.injections;
                    all.failures += one.failures;
                    for (const auto& [what, times] : one.seen) all.seen[what] += times;
                    if (one.failures == 0 || !all.first.empty()) return;
                    all.first = which.what->name();
                    for (const std::size_t i : which.which.operations)
                        all.first += " " + which.what->operations()[i];
                    all.first += " " + which.what->states()[which.which.state] + ": " + one.died;
                    for (const auto& failure : one.first_failures)
                        all.first += " step " + std::to_string(failure.at.step) + ": " + failure.promise;
                }});
    return all;
}

std::size_t index_of(const std::vector<std::string>& names, const std::string& name) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

class injection_table : public testing::Test {
  protected:
    void SetUp() override {
        if (!resile_lab::can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    }
    // Every cells_stride-th cell of the table, in front of every stride-th instruction; begun by chance.
    static std::vector<planned_cell> sample(const subject_list& subjects, std::size_t cells_stride,
                                            std::size_t stride, bool kill) {
        resile_test::random_numbers random(resile_test::announce_seed("injection_table"));
        std::vector<planned_cell> cells;
        std::size_t number = random.below(static_cast<unsigned>(cells_stride));
        for (const auto& one : subjects)
            for (std::size_t first = 0; first < one->operations().size(); ++first)
                for (std::size_t state = 0; state < one->states().size(); ++state)
                    for (std::size_t second = 0; second < one->operations().size(); ++second) {
                        const cell which{{first, second}, state, kill};
                        if (!one->can_be(which) || ++number % cells_stride != 0) continue;
                        const std::size_t begin = 1 + random.below(static_cast<unsigned>(stride));
                        cells.push_back({one.get(), which, {stride, begin, {}}});
                    }
        return cells;
    }
    static std::vector<planned_cell> one(const subject& of, const std::string& first,
                                         const std::string& second, const std::string& state) {
        const auto operations = of.operations();
        return {{&of,
                 {{index_of(operations, first), index_of(operations, second)}, index_of(of.states(), state)},
                 {}}};
    }
    static std::vector<planned_cell> death_in(const subject& lock, const std::string& first,
                                              const std::string& state) {
        auto cells = one(lock, first, "lock", state);
        cells[0].which.kill = true;
        return cells;
    }
};

TEST_F(injection_table, of_the_exact_maps_holds) {
    const subject_list subjects = resile_lab::exact_subjects();
    const sums all = explore(sample(subjects, 67 * shrink, 31, false));
    EXPECT_EQ(all.failures, 0U) << all.first;
    EXPECT_GT(all.injections, 1'000U / shrink);
}

TEST_F(injection_table, of_the_exact_maps_holds_for_survivors) {
    const subject_list subjects = resile_lab::exact_subjects();
    const sums all = explore(sample(subjects, 67 * shrink, 31, true));
    EXPECT_EQ(all.failures, 0U) << all.first;
    EXPECT_GT(all.injections, 1'000U / shrink);
}

TEST_F(injection_table, of_the_lock_holds) {
    const subject_list subjects = resile_lab::lock_subjects();
    sums all = explore(sample(subjects, 5 * shrink, 7, false));
    EXPECT_EQ(all.failures, 0U) << all.first;
    EXPECT_GT(all.seen["answered deadlock"], 0U);
    EXPECT_GT(all.seen["answered acquired"], 0U);
}

TEST_F(injection_table, of_the_lock_tells_survivors_that_it_is_kept) {
    const subject_list subjects = resile_lab::lock_subjects();
    sums all = explore(sample(subjects, 5 * shrink, 7, true));
    EXPECT_EQ(all.failures, 0U) << all.first;
    EXPECT_GT(all.seen["another thread: timed_out"], 0U);
    EXPECT_GT(all.seen["answered deadlock"], 0U) << "the same thread";
}

TEST_F(injection_table, of_an_owner_that_dies_releasing_a_lock_wakes_who_sleeps_on_it_or_lets_him_time_out) {
    const subject_list subjects = resile_lab::lock_subjects();
    sums all = explore(death_in(*subjects.front(), "unlock", "wanted/others"));
    EXPECT_EQ(all.failures, 0U) << all.first;
    EXPECT_GT(all.seen["a sleeper: timed_out"], 0U) << "it died before the release";
    EXPECT_GT(all.seen["a sleeper: acquired"], 0U) << "it died after it";
}

TEST_F(injection_table, of_a_waiter_that_dies_lets_its_wait_close_a_cycle) {
    const subject_list subjects = resile_lab::lock_subjects();
    auto cells = death_in(*subjects.front(), "two_locks", "theirs/behind");
    cells[0].sample.stride = shrink > 1 ? 5 : 1;
    sums all = explore(cells);
    EXPECT_EQ(all.failures, 0U) << all.first;
    EXPECT_GT(all.seen["whom it waits for: deadlock"], 0U) << "its wait was published";
    EXPECT_GT(all.seen["whom it waits for: timed_out"], 0U) << "it was not, or was withdrawn";
}

TEST_F(injection_table, knows_states_that_only_a_death_makes) {
    const subject_list subjects = resile_lab::lock_subjects();
    const subject& lock = *subjects.front();
    const auto can_be = [&](const std::string& first, const std::string& state, bool kill) {
        cell which = one(lock, first, "lock", state)[0].which;
        which.kill = kill;
        return lock.can_be(which);
    };
    EXPECT_TRUE(can_be("unlock", "wanted/others", true));
    EXPECT_FALSE(can_be("unlock", "wanted/others", false)) << "others run meanwhile";
    EXPECT_FALSE(can_be("unlock", "free/same", true)) << "nothing to release";
    EXPECT_TRUE(can_be("two_locks", "theirs/behind", true));
    EXPECT_FALSE(can_be("lock", "theirs/behind", true)) << "it would own nothing while it waits";
}

TEST_F(injection_table, of_an_insertion_that_meets_the_first_handle_ever_holds) {
    const subject_list subjects = resile_lab::exact_subjects();
    for (const char* state : {"single/new-bucket", "handled/new-bucket", "dying/new-bucket"}) {
        const auto cells = one(*subjects.front(), "put", "keep", state);
        ASSERT_TRUE(subjects.front()->can_be(cells[0].which)) << state;
        const sums all = explore(cells);
        EXPECT_EQ(all.failures, 0U) << state << ": " << all.first;
        EXPECT_GT(all.injections, 100U);
    }
}

TEST_F(injection_table, of_linux_says_how_it_fails) {
    const subject_list subjects = resile_lab::linux_subjects();
    auto cells = one(*subjects.front(), "update", "update", "full/absent");
    cells[0].sample.stride = 11;
    sums all = explore(cells);
    EXPECT_EQ(all.failures, 0U) << "nothing is promised: " << all.first;
    EXPECT_FALSE(all.seen.empty());
}

// The planted faults: in front of every instruction, so that one that is a single instruction wide is met.
TEST_F(injection_table, finds_the_window_of_a_lock_that_is_recorded_too_late_or_withdrawn_too_early) {
    for (const auto& lock : resile_lab::planted_lock_subjects()) {
        for (const char* way : {"lock", "lock_for", "try_lock"}) {
            const sums all = explore(one(*lock, "lock", way, "free/same"));
            EXPECT_GT(all.failures, 0U) << lock->name() << ", handler: " << way;
            EXPECT_NE(all.first.find("L2 no window"), std::string::npos) << all.first;
        }
        const sums elsewhere = explore(one(*lock, "lock", "lock", "free/others"));
        EXPECT_EQ(elsewhere.failures, 0U) << "only AA meets it: " << elsewhere.first;
    }
}

TEST_F(injection_table, finds_the_instant_at_which_a_key_vanishes) {
    const subject_list planted = resile_lab::planted_map_subjects();
    const sums all = explore(one(*planted.front(), "put", "get", "full/same"));
    EXPECT_GT(all.failures, 0U);
    EXPECT_NE(all.first.find("no order explains"), std::string::npos) << all.first;
    const sums elsewhere = explore(one(*planted.front(), "put", "get", "full/absent"));
    EXPECT_EQ(elsewhere.failures, 0U) << "nothing is replaced there: " << elsewhere.first;
}

TEST_F(injection_table, is_the_same_again_at_a_single_step) {
    const subject_list planted = resile_lab::planted_lock_subjects();
    auto cells = one(*planted.front(), "lock", "lock", "free/same");
    std::size_t step = 0;
    resile_lab::explore_all(cells, {.jobs = 1, .done = [&](const planned_cell&, const cell_outcome& outcome) {
                                        ASSERT_FALSE(outcome.first_failures.empty());
                                        step = outcome.first_failures.front().at.step;
                                    }});
    cells[0].sample.only = resile_lab::step_number{step, 0};
    resile_lab::explore_all(cells,
                            {.jobs = 1, .done = [&](const planned_cell&, const cell_outcome& outcome) {
                                 EXPECT_EQ(outcome.injections, 1U);
                                 ASSERT_EQ(outcome.first_failures.size(), 1U);
                                 const auto& again = outcome.first_failures.front();
                                 EXPECT_EQ(again.at.step, step);
                                 EXPECT_NE(again.stacks.find("the interrupted operation"), std::string::npos)
                                     << again.stacks;
                             }});
}

// Does nothing, in many states: rows of one cell.
class idle_subject final : public subject {
  public:
    std::string name() const override { return "idle"; }
    std::vector<std::string> operations() const override { return {"nothing"}; }
    std::vector<std::string> states() const override { return std::vector<std::string>(100, "any"); }
    std::unique_ptr<resile_lab::experiment> prepare(const cell&) const override {
        struct idle final : resile_lab::experiment {
            void perform(std::size_t) noexcept override {}
            resile_lab::verdict judge() override { return {}; }
        };
        return std::make_unique<idle>();
    }
    [[nodiscard]] std::vector<planned_cell> cells() const {
        std::vector<planned_cell> all;
        for (std::size_t state = 0; state < states().size(); ++state)
            all.push_back({this, {{0, 0}, state}, {}});
        return all;
    }
};

TEST_F(injection_table, begins_no_more_cells_when_its_time_is_up) {
    const idle_subject idle;
    std::size_t done = 0;
    resile_lab::pool_plan plan;
    plan.done = [&](const planned_cell&, const cell_outcome&) { ++done; };
    plan.until = std::chrono::steady_clock::now();
    resile_lab::explore_all(idle.cells(), plan);
    EXPECT_EQ(done, 0U);
    plan.until += std::chrono::hours(1);
    resile_lab::explore_all(idle.cells(), plan);
    EXPECT_EQ(done, 100U);
}

TEST_F(injection_table, that_has_an_end_begins_everywhere_so_that_what_is_cut_is_spread) {
    const idle_subject idle;
    std::vector<std::size_t> states;
    std::atomic<bool> enough{false};
    resile_lab::pool_plan plan;
    plan.jobs = 1;
    plan.stop = &enough;
    plan.until = std::chrono::steady_clock::now() + std::chrono::hours(1);
    plan.done = [&](const planned_cell& which, const cell_outcome&) {
        states.push_back(which.which.state);
        enough.store(states.size() == 10);
    };
    resile_lab::explore_all(idle.cells(), plan);
    ASSERT_EQ(states.size(), 10U);
    std::sort(states.begin(), states.end());
    for (std::size_t i = 0; i < states.size(); ++i) {
        const std::size_t next = i + 1 < states.size() ? states[i + 1] : 100;
        EXPECT_GT(next, states[i]) << "none twice";
        EXPECT_LE(next - states[i], 20U) << "after " << states[i];
    }
}

// Dies, or never ends, when it is interrupted at its first instruction.
class doomed_subject final : public subject {
  public:
    explicit doomed_subject(bool dies) : dies_(dies) {}
    std::string name() const override { return "doomed"; }
    std::vector<std::string> operations() const override { return {"first", "second"}; }
    std::vector<std::string> states() const override { return {"only"}; }
    std::unique_ptr<resile_lab::experiment> prepare(const cell& which) const override {
        struct doomed final : resile_lab::experiment {
            doomed(bool dying, bool striking) : dies(dying), strikes(striking) {}
            void perform(std::size_t context) noexcept override {
                performed = performed + 1;
                if (context == 0 || !strikes || performed != 1) return;
                if (dies) (void)std::raise(SIGKILL);
                while (!dies) performed = performed + 0;
            }
            resile_lab::verdict judge() override { return {}; }
            const bool dies, strikes;
            volatile unsigned performed = 0;
        };
        return std::make_unique<doomed>(dies_, which.operations[1] == 1);
    }

  private:
    bool dies_;
};

TEST_F(injection_table, goes_on_when_a_cell_dies_or_does_not_end) {
    for (const bool dies : {true, false}) {
        const doomed_subject subject(dies);
        const std::vector<planned_cell> cells = {{&subject, {{0, 0}, 0}, {}},
                                                 {&subject, {{0, 1}, 0}, {}},
                                                 {&subject, {{0, 0}, 0}, {}},
                                                 {&subject, {{1, 0}, 0}, {}}};
        std::vector<std::string> died;
        resile_lab::pool_plan plan;
        plan.jobs = 1;
        plan.patience = 5;
        plan.done = [&](const planned_cell&, const cell_outcome& one) { died.push_back(one.died); };
        resile_lab::explore_all(cells, plan);
        ASSERT_EQ(died.size(), 4U);
        for (const std::size_t well : {0U, 2U, 3U}) EXPECT_EQ(died[well], "");
        EXPECT_NE(died[1].find(dies ? "killed" : "did not come to an end"), std::string::npos) << died[1];
        EXPECT_NE(died[1].find("step 1"), std::string::npos) << died[1];
    }
}

}  // namespace
