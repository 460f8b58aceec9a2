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
#include <vector>

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
        std::uintptr_t number = 0;  // 0: none yet
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
    // Until the next call.
    [[nodiscard]] line& line_of(const void* word) {
        line& found = find(reinterpret_cast<std::uintptr_t>(word) / line_bytes);
        if (found.number != 0) return found;
        found.number = reinterpret_cast<std::uintptr_t>(word) / line_bytes;
        if (++used_ * 2 <= lines_.size()) return found;
        std::vector<line> old(lines_.size() * 2);
        old.swap(lines_);
        for (const line& one : old)
            if (one.number != 0) find(one.number) = one;
        return find(reinterpret_cast<std::uintptr_t>(word) / line_bytes);
    }

    [[nodiscard]] const line_traffic& traffic() const noexcept { return traffic_; }
    // Transfers of the line that has most.
    [[nodiscard]] std::uint64_t busiest() const noexcept {
        std::uint64_t most = 0;
        for (const line& one : lines_) most = one.transfers > most ? one.transfers : most;
        return most;
    }
    // Who holds what stays as it is.
    void count_anew() noexcept {
        traffic_ = {};
        for (line& one : lines_) one.transfers = 0;
    }

  private:
    static constexpr std::size_t first_size = std::size_t{1} << 12;  // a power of two

    // A table of its own, and not one with a node for each line: what is taken from the heap, and when, must
    // not depend on addresses. The maps of a forecast lie there, too, and how they lie decides who shares a
    // line.
    [[nodiscard]] line& find(std::uintptr_t number) noexcept {
        const std::size_t mask = lines_.size() - 1;
        std::size_t at = (number * 0x9e3779b97f4a7c15U >> 32) & mask;
        while (lines_[at].number != 0 && lines_[at].number != number) at = (at + 1) & mask;
        return lines_[at];
    }

    std::vector<line> lines_ = std::vector<line>(first_size);
    std::size_t used_ = 0;
    line_traffic traffic_;
};

}  // namespace resile_lab
