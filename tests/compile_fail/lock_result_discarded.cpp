// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The lock may say no: who does not listen has no lock.
// expect: (ignoring return value|\[-Werror,-Wunused-result\])
#include <resile/spinlock.hpp>

void enter(resile::spinlock& lock) {
#ifdef MISUSE
    lock.lock();
#endif
    (void)lock;
}
