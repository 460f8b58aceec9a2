// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// `resile explore`: a tour of its ways to look, in the time that a person has.

#include "tool/explored_part.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tool {

// One way to look. It is told how many seconds it may take; 0: as many as it needs.
struct tour_part {
    const char* kind;  // of its report
    std::string title;
    std::function<explored_part(double seconds)> explore;
};

inline constexpr double usual_tour_seconds = 120;

[[nodiscard]] std::vector<tour_part> tour_parts(std::uint64_t seed, bool quiet);

// One part after the other. Each may take an equal share of the time that is left: what it does not need,
// those behind it have. seconds 0: no limit. What graceful_stop, or the end of the time, lets nobody begin is
// named in the report, and is not held. quiet: prints nothing.
[[nodiscard]] explored_part explore_tour(const std::vector<tour_part>&, double seconds, bool quiet);

}  // namespace tool
