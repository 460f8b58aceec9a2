// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `lock_result::acquired` is 0: a result must be compared, it is no truth value.
// expect: (could not convert|not contextually convertible|no viable conversion)
#include <resile/spinlock.hpp>

bool enter(resile::spinlock& lock) {
#ifdef MISUSE
    if (lock.lock()) return true;
#endif
    return lock.try_lock();
}
