// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/schedule/schedule_case.hpp"

#include "lab/schedule/linux_cases.hpp"
#include "lab/schedule/lock_cases.hpp"
#include "lab/schedule/map_cases.hpp"

namespace resile_lab {

const std::vector<schedule_case>& schedule_cases() {
    static const std::vector<schedule_case> all = [] {
        std::vector<schedule_case> cases;
        add_map_cases(cases);
        add_twins_of_linux_cases(cases);
        add_lock_cases(cases);
        add_map_cases_that_must_break(cases);
        add_linux_cases_that_must_break(cases);
        return cases;
    }();
    return all;
}

const schedule_case* find_schedule_case(const std::string& name) {
    for (const schedule_case& one : schedule_cases())
        if (one.name == name) return &one;
    return nullptr;
}

}  // namespace resile_lab
