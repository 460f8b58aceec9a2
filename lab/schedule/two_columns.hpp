// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A schedule for eyes: a column for each thread, a line for each step that somebody else could notice.

#include "lab/schedule/scenario.hpp"
#include "lab/schedule/scheduler.hpp"

#include <string>
#include <vector>

namespace resile_lab {

[[nodiscard]] std::string two_columns(const std::vector<told>& story, const scenario&);

}  // namespace resile_lab
