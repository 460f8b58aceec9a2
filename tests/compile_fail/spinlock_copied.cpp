// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// A copy of a lock would be another lock.
// expect: (use of deleted function|call to deleted constructor).*spinlock
#include <resile/spinlock.hpp>

void copy(resile::spinlock& lock) {
#ifdef MISUSE
    resile::spinlock other = lock;
    (void)other.try_lock();
#endif
    (void)lock;
}
