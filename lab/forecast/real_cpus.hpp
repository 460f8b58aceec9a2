// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The same maps and mixes on the real machine, by one thread and by two: where a forecast can be checked.

#include "lab/forecast/forecast.hpp"

#include <array>

namespace resile_lab {

struct measured_cost {
    double alone = 0;     // nanoseconds of an operation, with one thread
    double together = 0;  // of each thread's operations, with two
    // What the other CPU costs. This is what transfers are paid with.
    [[nodiscard]] double company() const noexcept { return together - alone; }
};

// Two CPUs that Linux's map tells apart when it has two. Throws std::runtime_error if there is only one.
[[nodiscard]] std::array<int, 2> two_cpus();

// Takes `seconds`, in short turns of one and of two threads, without the time in which something else had the
// CPU; the best of each count, because that may have disturbed the caches, or the owner of a lock.
[[nodiscard]] measured_cost measure(const forecast_question&, const std::array<int, 2>& cpus, double seconds);

// Two maps of which the forecast says clearly which one suffers more from company, and what was measured.
struct checked_pair {
    std::string lighter, heavier;  // by the forecast
    bool agrees = false;
};
struct measured_map {
    std::string map;
    double transfers = 0;  // forecast for 2 CPUs
    measured_cost cost;
};
// Clearly: more than twice as many transfers, and half a transfer more.
[[nodiscard]] std::vector<checked_pair> compare_orders(const std::vector<measured_map>& of_one_mix);

}  // namespace resile_lab
