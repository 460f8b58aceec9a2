// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Which CPU has which cache line: the question that decides how an operation scales. Ours; a cache coherence
// protocol (MESI: Papamarcos, Patel, 1984) with everything left out that does not move a line.
//
// A line is held by a set of CPUs.
//   read:  by a holder nothing happens; else the line comes, and the reader holds it, too.
//   write: by the only holder nothing happens; else the line comes, or the others are told to forget it, and
//          the writer is the only holder.
// What comes is a transfer, unless nobody had the line: then it comes from memory, and is not counted.
// Caches are as large as it takes, so a line leaves one only because somebody else writes it.

#include "lab/forecast/forecast.hpp"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace resile_lab {

struct line_traffic {
    std::uint64_t accesses = 0;
    std::uint64_t transfers = 0;
    std::uint64_t invalidations = 0;  // copies that others had to forget
};

class ownership_model {
  public:
    static constexpr std::size_t line_bytes = 64;

    struct line {
        std::bitset<most_forecast_cpus> holders;
        std::uint64_t transfers = 0;
        std::uint64_t busy_until = 0;  // for whoever keeps the time: it is on its way until then
    };

    // True: the line had to come from another CPU, or others had to forget it.
    bool access(unsigned cpu, line& at, bool writes, bool counts = true) noexcept {
        const bool held = at.holders.test(cpu);
        const std::size_t others = at.holders.count() - (held ? 1U : 0U);
        const bool moves = writes ? others != 0 : !held && others != 0;
        if (writes) at.holders.reset();
        at.holders.set(cpu);
        if (!counts) return moves;
        ++traffic_.accesses;
        if (writes) traffic_.invalidations += others;
        if (moves) {
            ++traffic_.transfers;
            ++at.transfers;
        }
        return moves;
    }
    [[nodiscard]] line& line_of(const void* word) {
        return lines_[reinterpret_cast<std::uintptr_t>(word) / line_bytes];
    }

    [[nodiscard]] const line_traffic& traffic() const noexcept { return traffic_; }
    // Transfers of the line that has most.
    [[nodiscard]] std::uint64_t busiest() const noexcept {
        std::uint64_t most = 0;
        for (const auto& [number, one] : lines_) most = one.transfers > most ? one.transfers : most;
        return most;
    }
    // Who holds what stays as it is.
    void count_anew() noexcept {
        traffic_ = {};
        for (auto& [number, one] : lines_) one.transfers = 0;
    }

  private:
    std::unordered_map<std::uintptr_t, line> lines_;
    line_traffic traffic_;
};

}  // namespace resile_lab
