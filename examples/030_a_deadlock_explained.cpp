// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Two threads take two locks in opposite order. The second one to wait is told why it must not, and both go
// on.

#include <resile/resile.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

static resile::spinlock a, b;
static std::atomic<int> holding{0};
static std::atomic<int> refused{0};

static void take_both(resile::spinlock& first, resile::spinlock& second) {
    resile::spin_guard one(first);
    if (!one) return;
    ++holding;
    while (holding != 2) std::this_thread::yield();  // now each holds one, and wants the other's
    resile::spin_guard two(second, std::chrono::hours(1));
    if (!two) ++refused;
}

int main() {
    resile::set_verdict_handler(resile::print_verdict);  // says what and why, on standard error
    std::thread other([] { take_both(b, a); });
    take_both(a, b);
    other.join();
    std::printf("%d of 2 threads refused, nobody hung\n", refused.load());
    return refused >= 1 ? 0 : 1;
}
