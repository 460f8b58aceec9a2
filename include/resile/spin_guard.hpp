// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <resile/spinlock.hpp>

#include <chrono>

namespace resile::inline RESILE_PLATFORM {

// Takes a lock for the rest of a block, if the lock agrees:
//
//     resile::spin_guard guard(lock);
//     if (!guard) return guard.result();
//
// Contexts, cost and errors: those of spinlock::lock and unlock.
class [[nodiscard]] spin_guard {
  public:
    [[nodiscard]] explicit spin_guard(spinlock& lock) noexcept : lock_(lock), result_(lock.lock()) {}
    [[nodiscard]] spin_guard(spinlock& lock, std::chrono::nanoseconds timeout) noexcept
        : lock_(lock), result_(lock.lock_for(timeout)) {}
    ~spin_guard() noexcept {
        if (result_ == lock_result::acquired) lock_.unlock();
    }
    spin_guard(const spin_guard&) = delete;
    spin_guard& operator=(const spin_guard&) = delete;

    // Whether the lock was taken.
    [[nodiscard]] explicit operator bool() const noexcept { return result_ == lock_result::acquired; }
    // What lock() answered.
    [[nodiscard]] lock_result result() const noexcept { return result_; }

  private:
    spinlock& lock_;
    lock_result result_;
};

}  // namespace resile::inline RESILE_PLATFORM
