// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <resile/spinlock.hpp>

#include <cstdlib>

namespace bench {

struct resile_spinlock {
    static constexpr const char* name = "resile::spinlock";
    void lock() noexcept {
        if (lock_.lock() != resile::lock_result::acquired) std::abort();  // nothing here may be refused
    }
    void unlock() noexcept { lock_.unlock(); }

  private:
    resile::spinlock lock_;
};

}  // namespace bench
