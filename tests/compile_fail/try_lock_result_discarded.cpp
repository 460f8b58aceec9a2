// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// expect: (ignoring return value|\[-Werror,-Wunused-result\])
#include <resile/spinlock.hpp>

void enter(resile::spinlock& lock) {
#ifdef MISUSE
    lock.try_lock();
#endif
    (void)lock;
}
