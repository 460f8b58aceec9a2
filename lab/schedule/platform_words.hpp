// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A word behind the scheduler's door, for scenarios that need nothing of the product.

#include "lab/schedule/door.hpp"

#include <cstdint>

namespace resile_lab {

class watched_word {
  public:
    [[nodiscard]] std::uint64_t load() const noexcept {
        if (door::now.scheduling) door::arrive(door::act::load, &value_, sizeof(value_));
        return value_;
    }
    void store(std::uint64_t desired) noexcept {
        if (door::now.scheduling) door::arrive(door::act::store, &value_, sizeof(value_));
        if (door::now.logging) door::will_change(door::act::store, &value_, sizeof(value_));
        value_ = desired;
    }
    // Until wake_one(), or an interrupt; not at all if the word is another already.
    void sleep_while(std::uint64_t expected) const noexcept {
        if (door::now.scheduling) door::arrive(door::act::park, &value_, sizeof(value_));
        door::park(&value_, value_ == expected, ~std::uint64_t{0});
    }
    void wake_one() const noexcept {
        if (door::now.scheduling) door::arrive(door::act::wake, &value_, sizeof(value_));
        door::unpark_one(&value_);
    }

  private:
    std::uint64_t value_ = 0;
};

inline void watched_pause() noexcept {
    door::pause();
}

}  // namespace resile_lab
