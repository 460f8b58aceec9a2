// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The cases that can be explored, by name. To add one: ten lines in map_cases.cpp or lock_cases.cpp.

#include "lab/schedule/scenario.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace resile_lab {

struct schedule_case {
    std::string name;
    std::string meaning;
    unsigned least_threads = 2;
    unsigned most_interrupts = 2;  // of an exhaustive search: with more there are too many schedules
    // A fault was planted, or more is asked than is promised: a lab that finds nothing here is broken.
    bool must_break = false;
    std::function<std::unique_ptr<scenario>(unsigned threads)> make{};
};

// All of them; those that must break last.
[[nodiscard]] const std::vector<schedule_case>& schedule_cases();
[[nodiscard]] const schedule_case* find_schedule_case(const std::string& name);

}  // namespace resile_lab
