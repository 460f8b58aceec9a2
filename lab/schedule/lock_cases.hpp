// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include "lab/schedule/schedule_case.hpp"

#include <vector>

namespace resile_lab {

void add_lock_cases(std::vector<schedule_case>& cases);

}  // namespace resile_lab
