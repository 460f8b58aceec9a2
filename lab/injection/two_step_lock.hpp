// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A lock that refuses its own thread, like resile::spinlock, but with a window in its ownership: the faults
// that the lab must find by itself.

#include <resile/context.hpp>
#include <resile/spinlock.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace resile_lab {

enum class window : std::uint8_t {
    on_lock,    // ownership is recorded after the acquisition
    on_unlock,  // ownership is withdrawn before the release
};

template <window Where>
class two_step_lock {
  public:
    [[nodiscard]] resile::lock_result lock() noexcept { return lock_for(std::chrono::milliseconds(2)); }
    [[nodiscard]] resile::lock_result lock_for(std::chrono::nanoseconds timeout) noexcept {
        // The clock is read by those who wait only: its code goes now this way, now that.
        if (held_by_this_thread()) return resile::lock_result::deadlock;
        if (try_lock()) return resile::lock_result::acquired;
        const auto end = std::chrono::steady_clock::now() + timeout;
        do {
            if (held_by_this_thread()) return resile::lock_result::deadlock;
            if (try_lock()) return resile::lock_result::acquired;
            resile::platform::pause();
        } while (std::chrono::steady_clock::now() < end);
        return resile::lock_result::timed_out;
    }
    [[nodiscard]] bool try_lock() noexcept {
        std::uint32_t free = 0;
        const std::uint32_t mine = taken | me();
        // acquire: pairs with the release of unlock()
        if (!word_.compare_exchange_strong(free, Where == window::on_lock ? taken : mine,
                                           std::memory_order_acquire, std::memory_order_relaxed))
            return false;
        if constexpr (Where == window::on_lock)
            word_.store(mine, std::memory_order_relaxed);  // relaxed: read by this thread's contexts
        return true;
    }
    void unlock() noexcept {
        if constexpr (Where == window::on_unlock)
            word_.store(taken, std::memory_order_relaxed);  // relaxed: as above
        word_.store(0, std::memory_order_release);          // release: what the section wrote
    }
    [[nodiscard]] bool held_by_this_thread() const noexcept {
        return word_.load(std::memory_order_relaxed) == (taken | me());  // relaxed: this thread's own
    }

  private:
    static constexpr std::uint32_t taken = 1U << 31;
    [[nodiscard]] static std::uint32_t me() noexcept {
        return static_cast<std::uint32_t>(resile::this_slot()) + 1;
    }
    std::atomic<std::uint32_t> word_{0};
};

}  // namespace resile_lab
