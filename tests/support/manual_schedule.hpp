// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Interleavings written by hand: numbered meeting points instead of sleeps. All of it may be used in signal
// handlers. Nobody waits for ever: after a minute the process ends and says who did not arrive.

#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace resile_test {

// Called before the watchdog ends the process: says what the test was doing.
inline void (*watchdog_report)() = nullptr;

// Yields until `condition()` holds. The clock is read in each round, not only for the watchdog: under TSan
// that is where signals arrive.
template <class Condition>
void await(const char* what, Condition&& condition) noexcept {
    constexpr time_t watchdog_seconds = 60;
    timespec start{};
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &start);
    while (!condition()) {
        ::sched_yield();
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec - start.tv_sec < watchdog_seconds) continue;
        char text[256];
        const int length =
            std::snprintf(text, sizeof(text), "watchdog: waited for a minute for this: %s\n", what);
        (void)!::write(STDERR_FILENO, text, static_cast<std::size_t>(length));
        if (watchdog_report != nullptr) watchdog_report();
        std::abort();
    }
}

class manual_schedule {
  public:
    static constexpr std::size_t points = 16;

    void name(std::size_t point, const char* text) noexcept { names_[point] = text; }

    // Counts one arrival at a point.
    void reach(std::size_t point) noexcept { arrived_[point].fetch_add(1, std::memory_order_acq_rel); }

    // Waits until `count` contexts have reached a point.
    void wait_for(std::size_t point, unsigned count = 1) noexcept {
        await(names_[point], [&] { return was_reached(point, count); });
    }

    [[nodiscard]] bool was_reached(std::size_t point, unsigned count = 1) const noexcept {
        return arrived_[point].load(std::memory_order_acquire) >= count;
    }

  private:
    std::array<std::atomic<unsigned>, points> arrived_{};
    std::array<const char*, points> names_ = [] {
        std::array<const char*, points> names{};
        names.fill("a meeting point without a name");
        return names;
    }();
};

}  // namespace resile_test
