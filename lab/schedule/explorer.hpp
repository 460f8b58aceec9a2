// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Runs a case under one schedule after the other, until all are done, time is up, or one breaks a promise;
// then looks for the shortest schedule that still does.

#include "lab/schedule/schedule.hpp"
#include "lab/schedule/schedule_case.hpp"
#include "lab/schedule/scheduler.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace resile_lab {

enum class search_kind : std::uint8_t { exhaustive, random, pct };

struct exploration;

struct exploration_plan {
    unsigned threads = 2;
    search_kind how = search_kind::exhaustive;
    schedule_limits limits;
    std::uint64_t most_schedules = 0;  // 0: as many as there are
    double seconds = 0;                // 0: as long as it takes
    std::uint64_t seed = 1;
    const std::atomic<bool>* stop = nullptr;
    std::function<void(const exploration&)> progress;  // now and then
};

struct counterexample {
    std::string what;
    schedule how;                      // minimised
    std::size_t deviations_found = 0;  // before
    std::string story;                 // for eyes: a column for each thread
};

struct exploration {
    std::string name;
    unsigned threads = 0;
    std::uint64_t schedules = 0;  // of the last search, the one that counts
    std::uint64_t steps = 0;      // accesses, pauses and parks in them
    std::uint64_t points = 0;     // at which something else could have happened
    std::uint64_t learning = 0;   // schedules of searches that were begun anew (word_table.hpp)
    std::size_t contended_words = 0;
    std::size_t outcomes = 0;  // different histories
    double seconds = 0;
    bool complete = false;  // nothing within the limits is left
    std::optional<counterexample> broken;

    [[nodiscard]] double per_second() const {
        return seconds > 0 ? static_cast<double>(schedules + learning) / seconds : 0;
    }
};

[[nodiscard]] exploration explore(const schedule_case&, const exploration_plan&);

// The same schedule again, with its story; `what` is empty if it breaks nothing.
[[nodiscard]] counterexample replay(const schedule_case&, unsigned threads, const schedule&);

}  // namespace resile_lab
