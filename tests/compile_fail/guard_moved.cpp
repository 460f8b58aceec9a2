// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// expect: (use of deleted function|call to deleted constructor).*spin_guard
#include <resile/spin_guard.hpp>

#include <utility>

void enter(resile::spinlock& lock) {
    resile::spin_guard guard(lock);
#ifdef MISUSE
    resile::spin_guard second(std::move(guard));
#endif
}
