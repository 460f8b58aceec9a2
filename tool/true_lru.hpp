// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

namespace tool {

// Exact least-recently-used over keys 0 .. distinct-1: the yardstick for hit ratios.
class true_lru {
  public:
    true_lru(std::uint32_t distinct, std::uint32_t capacity)
        : capacity_(capacity), newer_(distinct + 1U, absent), older_(distinct + 1U, absent), ends_(distinct) {
        newer_[ends_] = older_[ends_] = ends_;
    }

    // Looks a key up, and inserts it on a miss. True: it was there.
    bool access(std::uint32_t key) {
        const bool hit = newer_[key] != absent;
        if (hit) {
            unlink(key);
        } else if (size_ == capacity_) {
            const std::uint32_t victim = newer_[ends_];  // the oldest
            unlink(victim);
            newer_[victim] = absent;
        } else {
            ++size_;
        }
        const std::uint32_t newest = older_[ends_];
        older_[key] = newest;
        newer_[key] = ends_;
        newer_[newest] = key;
        older_[ends_] = key;
        return hit;
    }

  private:
    static constexpr std::uint32_t absent = 0xffffffffU;
    void unlink(std::uint32_t key) {
        newer_[older_[key]] = newer_[key];
        older_[newer_[key]] = older_[key];
    }

    std::uint32_t capacity_;
    std::uint32_t size_ = 0;
    std::vector<std::uint32_t> newer_, older_;  // a circle through ends_: oldest = newer_[ends_]
    std::uint32_t ends_;
};

}  // namespace tool
