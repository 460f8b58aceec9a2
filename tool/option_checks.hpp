// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Checks of options that CLI11 does not have.

#include <cmath>
#include <cstdlib>
#include <string>

namespace tool {

// Beside CLI::Range, which lets through what is no number: it is neither below nor above.
[[nodiscard]] inline std::string is_a_length(const std::string& word) {
    return std::isnan(std::strtod(word.c_str(), nullptr)) ? word + " is no length" : std::string();
}

}  // namespace tool
