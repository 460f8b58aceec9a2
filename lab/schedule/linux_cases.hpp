// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include "lab/schedule/schedule_case.hpp"

#include <vector>

namespace resile_lab {

// The faults of Linux's map, and lru_map in the same situations, where they must not happen.
void add_twins_of_linux_cases(std::vector<schedule_case>& cases);
void add_linux_cases_that_must_break(std::vector<schedule_case>& cases);

}  // namespace resile_lab
