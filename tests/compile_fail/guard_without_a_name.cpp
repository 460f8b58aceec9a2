// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// A guard without a name is gone at the semicolon, and so is the lock.
// expect: (ignoring|\[-Werror,-Wunused-value\]|\[-Werror,-Wunused-result\])
#include <resile/spin_guard.hpp>

void enter(resile::spinlock& lock) {
#ifdef MISUSE
    resile::spin_guard{lock, resile::spinlock::default_timeout};
#endif
    (void)lock;
}
