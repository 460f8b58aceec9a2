// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Waits in vain: how long it takes until a lock that can tell says so, from the call to the answer. With all
// other locks of `resile bench` these calls never return.

#include "bench/latency_histogram.hpp"

#include <functional>
#include <string>

namespace bench {

struct refusal {
    const char* situation;
    const char* meaning;
    const char* lock;
    std::string answer;
    latency_histogram times;
};

// One refusal after the other. `samples`: of the cheap ones; of those that wait for a timeout there are
// fewer. Throws std::runtime_error if a lock answers anything else.
void measure_refusals(unsigned samples, const std::function<void(const refusal&)>& tell);

}  // namespace bench
