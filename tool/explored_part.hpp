// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What one way to explore found.

#include <nlohmann/json.hpp>

namespace tool {

struct explored_part {
    int exit_code = 0;
    nlohmann::json report;
};

}  // namespace tool
