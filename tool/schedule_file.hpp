// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A schedule in a file: the case, and where it differs from what happens if nobody interferes.

#include "lab/schedule/schedule.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace tool {

struct schedule_file {
    std::string name;
    unsigned threads = 2;
    std::uint64_t seed = 0;  // of the search that found it
    resile_lab::schedule how;
};

[[nodiscard]] nlohmann::json schedule_json(const resile_lab::schedule&);
// False: it could not be written.
[[nodiscard]] bool write_schedule_file(const std::string& path, const schedule_file&);
// Throws failure, naming what is wrong with the file.
[[nodiscard]] schedule_file read_schedule_file(const std::string& path);

}  // namespace tool
