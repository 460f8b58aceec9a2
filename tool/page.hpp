// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Reports as pages: one file of HTML with all that it needs in it.

#include <nlohmann/json.hpp>

#include <string>

namespace tool {

// A report says by "kind" which view it wants (tool/page/page.js), and has "version", "command", "started"
// and "machine", which every page shows.
[[nodiscard]] std::string page_of(const nlohmann::json& report);

}  // namespace tool
