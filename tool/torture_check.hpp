// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// `resile torture --check`: every history of a storm is judged; and `--judge`: one of them again.

#include "lab/torture/campaign.hpp"
#include "tool/report_files.hpp"

#include <string>
#include <vector>

namespace tool {

struct check_options {
    std::string map = "exact";
    std::string flavour = "all";
    unsigned threads = 0;  // 0: as in a storm, but 2 at least; one alone meets nobody but its own handlers
    resile_lab::campaign_plan storm;
    report_paths report;
    std::string command;
};

// Maps whose histories can be checked: the second has a planted fault.
inline const std::vector<std::string> checked_maps = {"exact", "two-step-replace"};

// Return an exit code.
[[nodiscard]] int torture_check(const check_options&);
[[nodiscard]] int judge_history_file(const std::string& path, const std::string& json_path);

}  // namespace tool
