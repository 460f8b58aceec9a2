// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include <resile/resile.hpp>

#include <cstdint>
#include <cstdio>

static resile::spinlock lock;

int main() {
    const resile::spin_guard guard(lock);
    if (!guard) return 1;
    if (lock.lock() != resile::lock_result::deadlock) return 2;

    resile::linux_lru map({.max_entries = 8});
    const std::uint64_t key = 1, value = 42;
    if (map.update(&key, &value, resile::linux_lru::any) != 0) return 3;
    const void* found = map.lookup(&key);
    if (found == nullptr || *static_cast<const std::uint64_t*>(found) != 42) return 4;

    std::printf("resile %d: locked, refused, stored, found\n", RESILE_VERSION);
    return 0;
}
