// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// How a context waits: patience, pauses, sleep, deadline. Standing in line is advice (rule R8): nothing here
// is ever waited for without a bound, except a free lock.

#include <resile/detail/slot_record.hpp>
#include <resile/lock_statistics.hpp>

#include <algorithm>
#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail {

inline constexpr std::uint64_t microsecond = 1'000;
inline constexpr std::uint64_t millisecond = 1'000 * microsecond;

struct waiting_policy {
    // Rounds of pausing (50, 100, 200 ns) before a wait is published at all: a lock held for an instant is
    // cheaper to wait for than to announce.
    static constexpr unsigned rounds_before_announcing = 3;
    static constexpr std::uint64_t shortest_pause = 50;
    // Each look takes the cache line away from the owner, so the looks must be rare beside a critical
    // section.
    static constexpr std::uint64_t longest_pause = 3 * microsecond;
    // Awake for this long before each sleep.
    static constexpr std::uint64_t awake = 50 * microsecond;
    // Nobody sleeps longer without looking: a missed wake costs this much and no more.
    static constexpr std::uint64_t longest_park = 1 * millisecond;
    // Who has waited this long gets precedence while he runs.
    static constexpr std::uint64_t long_wait = 1 * millisecond;
    // How many looks a newcomer stands back for him before taking a free lock all the same.
    static constexpr unsigned stand_back_looks = 8;
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

// Pauses that double. Measured by the clock, because one pause instruction takes 5 ns on some cores and 60 on
// others.
class growing_pause {
  public:
    // Returns how long the wait has lasted afterwards.
    std::uint64_t once(const deadline& time) noexcept {
        const std::uint64_t end = time.waited() + length_;
        std::uint64_t waited = 0;
        do {
            platform::pause();
            waited = time.waited();
        } while (waited < end);
        length_ = std::min(2 * length_, waiting_policy::longest_pause);
        return waited;
    }
    void restart() noexcept { length_ = waiting_policy::shortest_pause; }

  private:
    std::uint64_t length_ = waiting_policy::shortest_pause;
};

inline void count(slot_record& record, lock_event event) noexcept {
    platform::add_private(record.events[counted_depth(record)][static_cast<std::size_t>(event)],
                          std::uint64_t{1});
}

}  // namespace resile::inline RESILE_PLATFORM::detail
