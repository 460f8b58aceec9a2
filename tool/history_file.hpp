// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A history in a file, to be judged again.

#include "lab/history/lru_history.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace tool {

struct history_file {
    std::string map, flavour;
    std::uint64_t seed = 0;  // of the bursts that it was found in
    resile_lab::map_history history;
};

[[nodiscard]] nlohmann::json history_json(const resile_lab::map_history&);
// False: it could not be written.
[[nodiscard]] bool write_history_file(const std::string& path, const history_file&);
// Throws failure, naming what is wrong with the file.
[[nodiscard]] history_file read_history_file(const std::string& path);

}  // namespace tool
