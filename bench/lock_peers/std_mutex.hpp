// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <mutex>

namespace bench {

struct std_mutex : std::mutex {
    static constexpr const char* name = "std::mutex";
};

}  // namespace bench
