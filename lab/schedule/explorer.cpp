// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/schedule/explorer.hpp"

#include "lab/schedule/record_cell.hpp"
#include "lab/schedule/two_columns.hpp"

#include <chrono>
#include <utility>

namespace resile_lab {
namespace {

using clock = std::chrono::steady_clock;

[[nodiscard]] std::unique_ptr<search_strategy> strategy_for(const exploration_plan& plan) {
    constexpr unsigned change_points = 3;
    switch (plan.how) {
        case search_kind::random:
            return random_search(plan.seed);
        case search_kind::pct:
            return priority_search(plan.seed, change_points);
        case search_kind::exhaustive:
            break;
    }
    return exhaustive_search();
}

// A case with its threads, ready to be run.
class prepared_case {
  public:
    prepared_case(const schedule_case& which, unsigned threads, std::uint64_t most_steps)
        : most_steps_(most_steps), scenario_(which.make(threads)), scheduler_(*scenario_, record_cell()) {
        scenario_->prepare(scheduler_);
    }
    [[nodiscard]] scenario& what() noexcept { return *scenario_; }
    [[nodiscard]] scheduler& how() noexcept { return scheduler_; }

    // Runs one schedule. Twice, or more often, if contended words are not known yet: a call begins at its
    // first access to one (see word_table.hpp).
    [[nodiscard]] run_outcome follow(const schedule& wanted, std::vector<told>* story = nullptr) {
        const schedule_limits unlimited{no_limit, no_limit, no_limit, most_steps_};
        for (;;) {
            const std::size_t known = scheduler_.contended_words();
            if (story != nullptr) story->clear();
            scheduler_.tell_to(story);
            const auto strategy = one_schedule(wanted);
            run_outcome outcome = scheduler_.run(*strategy, unlimited, true);
            scheduler_.tell_to(nullptr);
            if (scheduler_.contended_words() == known) return outcome;
        }
    }

  private:
    std::uint64_t most_steps_;
    std::unique_ptr<scenario> scenario_;
    scheduler scheduler_;
};

// Takes out, one after the other, what is not needed to break the promise; again, until nothing is left that
// could go. (Delta debugging, Zeller 1999, in its simplest form: schedules are short.)
[[nodiscard]] schedule minimise(prepared_case& ready, schedule how) {
    for (bool shorter = true; shorter;) {
        shorter = false;
        for (std::size_t i = how.size(); i-- > 0;) {
            schedule without = how;
            without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
            const run_outcome outcome = ready.follow(without);
            if (outcome.failure.empty() || outcome.how.size() >= how.size()) continue;
            how = outcome.how;
            shorter = true;
            break;
        }
    }
    return how;
}

[[nodiscard]] counterexample tell(prepared_case& ready, const schedule& how) {
    counterexample told_of;
    std::vector<told> story;
    run_outcome outcome = ready.follow(how, &story);
    told_of.story = two_columns(story, ready.what());
    told_of.what = std::move(outcome.failure);
    told_of.how = std::move(outcome.how);
    return told_of;
}

}  // namespace

exploration explore(const schedule_case& which, const exploration_plan& plan) {
    prepared_case ready(which, plan.threads, plan.limits.steps);
    const auto strategy = strategy_for(plan);
    const auto begin = clock::now();
    exploration result;
    result.name = which.name;
    result.threads = plan.threads;
    const auto take_stock = [&] {
        result.seconds = std::chrono::duration<double>(clock::now() - begin).count();
        result.contended_words = ready.how().contended_words();
        result.outcomes = ready.what().outcomes();
    };
    for (;;) {
        const std::size_t known = ready.how().contended_words();
        run_outcome outcome = ready.how().run(*strategy, plan.limits);
        ++result.schedules;
        result.steps += outcome.steps;
        result.points += outcome.points;
        // A call began at its first access to a word that was known to be contended; if this schedule has
        // shown that others are, that may have been too late, and the failure is none.
        const bool learnt = ready.how().contended_words() != known;
        if (learnt && !outcome.failure.empty()) outcome = ready.follow(outcome.how);
        if (!outcome.failure.empty()) {
            const std::size_t found = outcome.how.size();
            schedule shortest = minimise(ready, std::move(outcome.how));
            result.broken = tell(ready, shortest);
            result.broken->deviations_found = found;
            break;
        }
        if (learnt && plan.how == search_kind::exhaustive) {
            strategy->begin_anew();
            result.learning += std::exchange(result.schedules, 0);
            result.steps = result.points = 0;
        } else if (!strategy->prepare_next()) {
            result.complete = true;
            break;
        }
        const std::uint64_t done = result.schedules + result.learning;
        if (plan.most_schedules != 0 && done >= plan.most_schedules) break;
        if (done % 256 != 0) continue;
        take_stock();
        if (plan.progress) plan.progress(result);
        if (plan.seconds > 0 && result.seconds >= plan.seconds) break;
        if (plan.stop != nullptr && plan.stop->load()) break;
    }
    take_stock();
    return result;
}

counterexample replay(const schedule_case& which, unsigned threads, const schedule& how) {
    prepared_case ready(which, threads, schedule_limits{}.steps);
    return tell(ready, how);
}

}  // namespace resile_lab
