// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <resile/linux_lru.hpp>

#include <string>
#include <vector>

namespace tool {

// The three flavours of Linux's map that users choose from.
struct flavour {
    const char* name;
    bool no_common_lru;
    bool percpu_values;
};
inline constexpr flavour all_flavours[] = {
    {"shared", false, false}, {"per-cpu", true, false}, {"per-cpu-values", false, true}};

// The flavours that a --flavour word names: one, or "all".
[[nodiscard]] inline std::vector<flavour> flavours_named(const std::string& word) {
    std::vector<flavour> chosen;
    for (const flavour& one : all_flavours)
        if (word == "all" || word == one.name) chosen.push_back(one);
    return chosen;
}
inline const std::vector<std::string> flavour_words = {"all", "shared", "per-cpu", "per-cpu-values"};

[[nodiscard]] inline resile::linux_lru_options options_of(const flavour& which, std::uint32_t entries,
                                                          resile::generation version) {
    resile::linux_lru_options options;
    options.max_entries = entries;
    options.no_common_lru = which.no_common_lru;
    options.percpu_values = which.percpu_values;
    options.version = version;
    return options;
}

}  // namespace tool
