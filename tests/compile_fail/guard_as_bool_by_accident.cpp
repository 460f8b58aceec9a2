// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// A guard is no number and no bool by accident.
// expect: (cannot convert|no viable conversion)
#include <resile/spin_guard.hpp>

bool enter(resile::spinlock& lock) {
    const resile::spin_guard guard(lock);
#ifdef MISUSE
    const bool entered = guard;
    return entered;
#else
    return static_cast<bool>(guard);
#endif
}
