// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include "lab/schedule/schedule_case.hpp"

#include <vector>

namespace resile_lab {

void add_map_cases(std::vector<schedule_case>& cases);
void add_map_cases_that_must_break(std::vector<schedule_case>& cases);

}  // namespace resile_lab
