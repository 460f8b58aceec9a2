// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// From what was asked for to the cells to explore, and back: the command that explores one of them again.

#include "lab/injection/cell_pool.hpp"
#include "lab/injection/subject_list.hpp"
#include "tool/explore_instructions.hpp"

namespace tool {

inline const std::vector<std::string> explored_maps = {
    "exact", "linux", "lock", "two-step-replace", "window-on-lock", "window-on-unlock"};

struct instruction_plan {
    resile_lab::subject_list subjects;
    std::vector<resile_lab::planned_cell> cells;
    std::size_t stride = 1;
};

// Throws failure (bad_usage) for names that do not exist, with those that do.
[[nodiscard]] instruction_plan plan_of(const instruction_options&);

[[nodiscard]] std::vector<std::string> operation_names(const resile_lab::planned_cell&);
[[nodiscard]] std::string state_name(const resile_lab::planned_cell&);
[[nodiscard]] std::string step_text(const resile_lab::step_number&);
// "resile explore --instructions --map exact --flavour shared/8 --pair put,erase --state full/same --step 12"
[[nodiscard]] std::string replay_command(const instruction_options&, const resile_lab::planned_cell&,
                                         const resile_lab::step_number&);

}  // namespace tool
