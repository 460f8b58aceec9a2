// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tool {

// Numbers below a limit, of which the largest is found in a few steps: bits, and above each 64 of them one
// that says whether any is set.
class ordered_bits {
  public:
    explicit ordered_bits(std::size_t limit) {
        do {
            limit = limit / 64 + 1;
            levels_.emplace_back(limit);
        } while (limit > 1);
    }
    [[nodiscard]] bool has(std::size_t number) const {
        return (levels_[0][number / 64] >> number % 64 & 1) != 0;
    }
    void add(std::size_t number) {
        for (auto& level : levels_) {
            level[number / 64] |= std::uint64_t{1} << number % 64;
            number /= 64;
        }
    }
    void remove(std::size_t number) {
        for (auto& level : levels_) {
            level[number / 64] &= ~(std::uint64_t{1} << number % 64);
            if (level[number / 64] != 0) return;
            number /= 64;
        }
    }
    // Of a set that is not empty.
    [[nodiscard]] std::size_t largest() const {
        std::size_t number = 0;
        for (auto level = levels_.rbegin(); level != levels_.rend(); ++level)
            number = number * 64 + static_cast<std::size_t>(std::bit_width((*level)[number])) - 1;
        return number;
    }

  private:
    std::vector<std::vector<std::uint64_t>> levels_;
};

// The most hits that a map of any kind can have that inserts on every miss: Belady's MIN (IBM Systems Journal
// 5:2, 1966) evicts what is wanted again last, or never. It knows the future, so no map reaches it.
//
// What is in the map is known by the instants at which it is wanted next, and these are different for
// different keys: so a request is a hit if its own instant is among them, and the victim is the largest.
class optimal_replacement {
  public:
    // `distinct`: requests are keys below it.
    optimal_replacement(const std::vector<std::uint32_t>& requests, std::uint32_t distinct)
        : next_(requests.size()) {
        std::vector<std::size_t> later(distinct, never);
        for (std::size_t at = requests.size(); at-- > 0;) {
            next_[at] = later[requests[at]];
            later[requests[at]] = at;
        }
    }

    [[nodiscard]] std::uint64_t hits(std::uint32_t capacity) const {
        ordered_bits wanted(next_.size());
        std::uint64_t alive = 0, dead = 0, hits = 0;  // dead: in the map, and never wanted again
        for (std::size_t now = 0; now < next_.size(); ++now) {
            if (wanted.has(now)) {
                wanted.remove(now);
                --alive;
                ++hits;
            } else if (alive + dead == capacity) {
                if (dead != 0) {
                    --dead;
                } else {
                    wanted.remove(wanted.largest());
                    --alive;
                }
            }
            if (next_[now] == never) {
                ++dead;
            } else {
                wanted.add(next_[now]);
                ++alive;
            }
        }
        return hits;
    }

  private:
    static constexpr std::size_t never = ~std::size_t{0};
    std::vector<std::size_t> next_;  // when the key of a request is requested again
};

}  // namespace tool
