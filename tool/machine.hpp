// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What numbers were measured on, for reports.

#include <nlohmann/json.hpp>

#include <string>

namespace tool {

// Processor, CPUs, memory, kernel, load, compiler: what this process can find out.
[[nodiscard]] nlohmann::json this_machine();

// As in 2026-06-01T12:00:00Z.
[[nodiscard]] std::string time_now();

}  // namespace tool
