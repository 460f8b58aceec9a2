// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The one place that knows how the two generations differ: which lock guards a list of the LRU, and what is
// left to do when it says no.
//
//   plain      an ordinary spinlock. Met by an interrupt of its own owner it would spin for good; here the
//              usage checker reports that, the operation is abandoned, and what it held in its hands is lost.
//   resilient  a lock that refuses. A node that cannot be given back stays where it is, marked pending_free.

#include <resile/checked.hpp>
#include <resile/linux_lru.hpp>
#include <resile/spinlock.hpp>

#include <cstdint>

namespace resile::inline RESILE_PLATFORM::linux_lru_detail {

using counter = platform::atomic<std::uint64_t>;

inline void count_one(counter& of) noexcept {
    // n -> n + 1, relaxed: a statistic
    of.fetch_add(1, std::memory_order_relaxed);
}

// What linux_lru::refused() reports.
struct refusal_counters {
    counter local_lock{0}, global_lock{0}, bucket_lock{0}, nodes_left_behind{0}, would_have_hung{0};
};

// A lock of the LRU. The two generations take it alike; they differ in who is told of a refusal.
class lru_lock {
  public:
    // False: refused, and counted at `refused`.
    [[nodiscard]] bool lock(generation version, refusal_counters& counters, counter& refused) noexcept {
        const lock_result result = version == generation::plain ? plain_.lock() : resilient_.lock();
        if (result == lock_result::acquired) return true;
        count_one(refused);
        if (version == generation::plain && result == lock_result::deadlock)
            count_one(counters.would_have_hung);
        return false;
    }
    void unlock(generation version) noexcept {
        if (version == generation::plain)
            plain_.unlock();
        else
            resilient_.unlock();
    }
    void set_name(const char* name) noexcept { plain_.set_name(name); }

  private:
    spinlock resilient_;
    checked<spinlock> plain_{"LRU lock"};
};

}  // namespace resile::inline RESILE_PLATFORM::linux_lru_detail
