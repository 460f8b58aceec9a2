// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Who stands behind the door (door.hpp) and decides what happens at it: the scheduler of small cases, or the
// crowd of a forecast.

#include "lab/schedule/door.hpp"

#include <cstddef>
#include <cstdint>

namespace resile_lab {

class doorkeeper {
  public:
    doorkeeper() = default;
    doorkeeper(const doorkeeper&) = delete;
    doorkeeper& operator=(const doorkeeper&) = delete;

    // Before an access to one word, or to two at once; `second` may be null.
    virtual void arrive(door::act what, const void* first, const void* second) = 0;
    virtual void touch(door::act /*what*/, const void* /*word*/) {}
    // is_news: worth another look for those who pause.
    virtual void will_change(void* /*word*/, std::size_t /*size*/, bool /*is_news*/) {}
    virtual void did_change(const void* /*word*/, std::uint64_t /*content*/) {}
    virtual void changed(door::act, const void* /*word*/, std::uint64_t /*before*/, std::uint64_t /*after*/,
                         bool /*done*/) {}
    virtual void pause() = 0;
    virtual void park(const void* word, bool as_expected, std::uint64_t nanoseconds) = 0;
    virtual void unpark_one(const void* word) = 0;
    [[nodiscard]] virtual std::uint64_t now_ns() const noexcept = 0;
    [[nodiscard]] virtual unsigned cpu() const noexcept = 0;
    [[nodiscard]] virtual unsigned cpus() const noexcept = 0;
    [[nodiscard]] virtual bool exists(std::int32_t thread_id) const noexcept = 0;
    [[nodiscard]] virtual std::int32_t thread_id() const noexcept = 0;
    virtual void unmap_later(void* /*memory*/) {}

  protected:
    ~doorkeeper() = default;
};

// Null: nobody. One at a time: the scheduled product has one table of slots.
extern constinit doorkeeper* active_doorkeeper;

}  // namespace resile_lab
