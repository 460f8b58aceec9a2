// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Lock, look at the result, carry on.

#include <resile/spin_guard.hpp>

#include <cstdio>

int main() {
    resile::spinlock lock;
    int shared = 0;

    resile::spin_guard first(lock);
    if (first) ++shared;

    // The lock is ours already. Anywhere else this line would hang.
    resile::spin_guard second(lock);
    if (!second) std::printf("refused: %s; shared is still %d\n", to_string(second.result()), shared);
    return second ? 1 : 0;
}
