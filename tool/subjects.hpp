// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The maps that can be put under a storm, by the names that users give.

#include "lab/torture/map_under_test.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tool {

inline const std::vector<std::string> map_words = {"exact", "linux", "linux-plain"};

struct subject_map {
    std::string name;  // the flavour; of exact maps with large values, and their size
    std::unique_ptr<resile_lab::map_under_test> map;
};

// `flavour`: a word of flavour_words.
[[nodiscard]] std::vector<subject_map> subjects_named(const std::string& map, const std::string& flavour,
                                                      std::uint32_t entries);

}  // namespace tool
