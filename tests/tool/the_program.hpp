// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// `resile` as built, with whatever it takes to start it here.

#include "tests/support/child_process.hpp"

#include <nlohmann/json.hpp>

#include <sstream>
#include <string>
#include <vector>

namespace resile_test {

inline constexpr bool emulated = sizeof(RESILE_EMULATOR) > 1;

[[nodiscard]] inline std::vector<std::string> resile_words(const std::vector<std::string>& words) {
    std::vector<std::string> all;
    std::istringstream emulator(RESILE_EMULATOR);
    for (std::string word; emulator >> word;) all.push_back(word);
    all.emplace_back(RESILE_PROGRAM);
    all.insert(all.end(), words.begin(), words.end());
    return all;
}

[[nodiscard]] inline said resile(const std::vector<std::string>& words, const surroundings& around = {}) {
    return run_program(resile_words(words), around);
}

[[nodiscard]] inline bool mentions(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

// Null where it is none.
[[nodiscard]] inline nlohmann::json json_in(const std::string& text) {
    nlohmann::json report = nlohmann::json::parse(text, nullptr, false);
    return report.is_discarded() ? nlohmann::json() : report;
}

// The words of the first line of a table that starts with `first`, with columns two spaces apart.
[[nodiscard]] inline std::vector<std::string> table_row(const std::string& text, const std::string& first) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(first)) continue;
        std::vector<std::string> columns;
        for (std::size_t at = 0; at < line.size();) {
            const std::size_t end = std::min(line.find("  ", at), line.size());
            columns.push_back(line.substr(at, end - at));
            at = std::min(line.find_first_not_of(' ', end), line.size());
        }
        return columns;
    }
    return {};
}

}  // namespace resile_test
