// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The case that everybody else hangs in: a handler wants the lock that its own thread holds.

#include <resile/resile.hpp>

#include <csignal>
#include <cstdio>

static resile::spinlock lock;
static volatile std::sig_atomic_t counted, refused;

static void on_signal(int) {
    resile::interrupt_scope here;    // optional: statistics by depth
    resile::spin_guard guard(lock);  // would hang with any other lock
    if (guard)
        counted = counted + 1;
    else
        refused = refused + 1;
}

int main() {
    std::signal(SIGUSR1, on_signal);
    std::raise(SIGUSR1);  // the lock is free: counted
    resile::spin_guard guard(lock);
    if (guard) std::raise(SIGUSR1);  // the lock is ours: refused, not hung
    std::printf("%d counted, %d refused\n", int{counted}, int{refused});
    return counted == 1 && refused == 1 ? 0 : 1;
}
