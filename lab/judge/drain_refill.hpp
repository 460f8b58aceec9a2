// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include "lab/torture/map_under_test.hpp"
#include "lab/torture/outcome.hpp"

#include <cstdint>

namespace resile_lab {

enum class verification : std::uint8_t {
    strict,  // one try
    settle,  // what was proposed for the kernel's own test: 10 ms of rest, and up to three tries
};

// Erases every key, inserts exactly max_entries new ones, each CPU its share, and looks all of them up (M2,
// M5). Nothing else may use the map. `first_key`: where keys start that the map has not seen.
[[nodiscard]] refill_outcome drain_and_refill(map_under_test&, verification, std::uint64_t first_key);

}  // namespace resile_lab
