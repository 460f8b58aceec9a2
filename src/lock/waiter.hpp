// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// How a context waits: patience, pauses, sleep, deadline. Standing in line is advice (rule R8): nothing here is
// ever waited for without a bound, except a free lock.

#include <resile/lock_statistics.hpp>
#include <resile/detail/slot_record.hpp>

#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail {

inline constexpr std::uint64_t microsecond = 1'000;
inline constexpr std::uint64_t millisecond = 1'000 * microsecond;

struct waiting_policy {
    // Rounds of pausing before a wait is published at all: a lock held for an instant is cheaper to wait for
    // than to announce.
    static constexpr unsigned rounds_before_announcing = 6;
    // Rounds of pausing before sleeping.
    static constexpr unsigned rounds_before_parking = 40;
    // Nobody sleeps longer without looking: a missed wake costs this much and no more.
    static constexpr std::uint64_t longest_park = 1 * millisecond;
    // Who has waited this long gets precedence while he runs.
    static constexpr std::uint64_t long_wait = 1 * millisecond;
    // How often a newcomer stands back for him before taking a free lock all the same.
    static constexpr unsigned stand_back_rounds = 64;
};

// Pauses that grow: 1, 2, 4, ... up to 16 at a time.
class growing_pause {
  public:
    void once() noexcept {
        for (unsigned i = 0; i < length_; ++i) platform::pause();
        if (length_ < 16) length_ *= 2;
    }

  private:
    unsigned length_ = 1;
};

class deadline {
  public:
    explicit deadline(std::uint64_t timeout_ns) noexcept : start_(platform::now_ns()), timeout_(timeout_ns) {}
    [[nodiscard]] std::uint64_t waited() const noexcept { return platform::now_ns() - start_; }
    [[nodiscard]] bool has_passed(std::uint64_t waited_ns) const noexcept { return waited_ns >= timeout_; }
    [[nodiscard]] std::uint64_t remaining(std::uint64_t waited_ns) const noexcept {
        return timeout_ - waited_ns;
    }

  private:
    std::uint64_t start_;
    std::uint64_t timeout_;
};

inline void count(slot_record& record, lock_event event) noexcept {
    platform::add_private(record.events[counted_depth(record)][static_cast<std::size_t>(event)],
                          std::uint64_t{1});
}

}  // namespace resile::inline RESILE_PLATFORM::detail
