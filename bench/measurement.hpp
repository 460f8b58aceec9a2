// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// One reading: threads on one subject, for a while.

#include "bench/subject.hpp"

#include <cstdint>
#include <vector>

namespace bench {

enum class timing {
    together,     // how many operations were done: the clock is not in the number
    each,         // how long each took
    in_handlers,  // how long each took that a handler did, on top of an interrupted operation
};

struct conditions {
    mix what;
    unsigned threads;
    std::uint64_t entries;
    double seconds;
    timing how;
};

struct reading {
    double ns = 0;      // time per operation of all threads together
    double hits = 0;    // share of keys found, of sections entered
    double share = 0;   // operations of the slowest thread over the fastest's
    double waited = 0;  // share of the time in which a thread was ready and something else had its CPU
    std::vector<latency_histogram> latencies;  // merged: one, or none if nobody asked

    [[nodiscard]] bool disturbed() const noexcept { return waited > 0.02; }
};

// CPUs that this process may use. Thread i runs on the i-th, and around again.
[[nodiscard]] std::vector<int> allowed_cpus();

[[nodiscard]] reading measure(subject&, const conditions&, const std::vector<int>& cpus);

// The same, up to three times if something else ran on a CPU meanwhile: the one that was disturbed least.
[[nodiscard]] reading measure_in_peace(subject&, const conditions&, const std::vector<int>& cpus);

}  // namespace bench
