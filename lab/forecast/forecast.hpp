// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// How often an operation has to fetch a cache line from another CPU, on a machine with so many of them.

#include "lab/forecast/contestant.hpp"
#include "lab/judge/random_numbers.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace resile_lab {

inline constexpr unsigned most_forecast_cpus = 128;

enum class traffic_mix : std::uint8_t { lookup, update, insert, churn, counter };
struct named_mix {
    traffic_mix what;
    std::string name;
    std::string meaning;
};
[[nodiscard]] const std::vector<named_mix>& traffic_mixes();

// One thread's operations, one after the other; the same for a model and for a measurement.
class mix_source {
  public:
    mix_source(traffic_mix mix, unsigned entries, unsigned thread, std::uint64_t seed);
    // One operation. False: it was refused.
    bool perform(contestant& map) noexcept;

  private:
    [[nodiscard]] std::uint64_t random_key(std::uint64_t range) noexcept;

    traffic_mix mix_;
    std::uint64_t entries_;
    std::uint64_t fresh_;  // the last key that nobody ever had
    random_numbers random_;
};
// The n-th of the keys that a map is filled with.
[[nodiscard]] std::uint64_t nth_key(std::uint64_t n) noexcept;

struct forecast_question {
    std::string map;
    traffic_mix mix = traffic_mix::lookup;
    unsigned cpus = 2;
    unsigned entries = 16384;
    unsigned operations = 0;  // of each CPU; 0: as many as it takes
    std::uint64_t seed = 1;
};

struct forecast_answer {
    std::uint64_t operations = 0;
    std::uint64_t refused = 0;
    // Of an operation, on average.
    double transfers = 0;      // lines that had to come from another CPU
    double busiest = 0;        // those of the one line that moved most: all CPUs stand in line for it
    double invalidations = 0;  // copies that others had to forget
    double accesses = 0;
};

// Deterministic. Throws std::runtime_error if the map gets nowhere.
[[nodiscard]] forecast_answer forecast(const forecast_question&);

}  // namespace resile_lab
