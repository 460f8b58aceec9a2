// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <resile/detail/platform.hpp>

#include <cerrno>

namespace resile::inline RESILE_PLATFORM::platform {

// Restores errno at the end of a block: a handler must not change it under the code that it interrupted.
class errno_keeper {
  public:
    errno_keeper() noexcept : saved_(errno) {}
    ~errno_keeper() noexcept { errno = saved_; }
    errno_keeper(const errno_keeper&) = delete;
    errno_keeper& operator=(const errno_keeper&) = delete;

  private:
    int saved_;
};

}  // namespace resile::inline RESILE_PLATFORM::platform
