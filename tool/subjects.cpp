// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/subjects.hpp"

#include "tool/flavour.hpp"

namespace tool {
namespace {

using resile_lab::large_value;
using resile_lab::small_value;

// Values of one word change in place, larger ones by replacement: two maps.
std::vector<subject_map> exact_maps(const flavour& which, std::uint32_t entries) {
    resile::lru_options options;
    if (which.no_common_lru) options.order = resile::recency::per_cpu;
    const std::string large = std::string(which.name) + "/48";
    std::vector<subject_map> maps;
    if (which.percpu_values) {
        maps.push_back(
            {which.name, std::make_unique<resile_lab::exact_percpu_map<small_value>>(entries, options)});
        maps.push_back(
            {large, std::make_unique<resile_lab::exact_percpu_map<large_value>>(entries, options)});
    } else {
        maps.push_back({which.name, std::make_unique<resile_lab::exact_map<small_value>>(entries, options)});
        maps.push_back({large, std::make_unique<resile_lab::exact_map<large_value>>(entries, options)});
    }
    return maps;
}

}  // namespace

std::vector<subject_map> subjects_named(const std::string& map, const std::string& flavour_word,
                                        std::uint32_t entries) {
    std::vector<subject_map> all;
    for (const flavour& which : flavours_named(flavour_word)) {
        if (map == "exact") {
            for (subject_map& one : exact_maps(which, entries)) all.push_back(std::move(one));
        } else {
            const auto version =
                map == "linux-plain" ? resile::generation::plain : resile::generation::resilient;
            all.push_back({which.name, std::make_unique<resile_lab::linux_map_under_test>(
                                           options_of(which, entries, version))});
        }
    }
    return all;
}

}  // namespace tool
