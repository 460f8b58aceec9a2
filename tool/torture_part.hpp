// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// One part of `resile torture`: a map, in its flavours, under a storm and judged.

#include "lab/torture/campaign.hpp"
#include "tool/report_files.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tool {

struct torture_options {
    std::string map = "exact";
    std::string flavour = "all";
    unsigned threads = 0;
    double seconds = 6;
    unsigned rate = 10000;
    unsigned nest = 3;
    std::uint32_t entries = 64;
    std::uint64_t keys = 128;
    std::string interrupts = "timer";
    std::string verify = "strict";
    std::uint64_t seed = 0;
    bool check = false;
    std::string judge;
    report_paths report;
    std::string command;  // as it was given
};

struct named_outcome {
    std::string name;
    resile_lab::flavour_outcome outcome;
    bool held = false;  // what is asked of this map
};

[[nodiscard]] resile_lab::campaign_plan plan_of(const torture_options&);

// Storms each flavour of the map in turn. `title`: for the live line.
[[nodiscard]] std::vector<named_outcome> run_part(const torture_options&, const std::string& title);

[[nodiscard]] std::string table_of(const std::vector<named_outcome>&);
[[nodiscard]] nlohmann::json json_of(const torture_options&, const std::vector<named_outcome>&);
[[nodiscard]] bool all_held(const std::vector<named_outcome>&);

struct totals {
    std::uint64_t inside = 0, hung = 0, pending = 0, unaccounted = 0, failed = 0;
    std::uint32_t rounds = 0, perfect = 0;
};

[[nodiscard]] totals sum_of(const std::vector<named_outcome>&);

}  // namespace tool
