// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Linux's LRU map in user space: a full map loses keys when what is in it is updated.
//
//     8 keys in a map of 8. Updating each of them, none of them new:
//     key 1: No such file or directory
//     key 2: No such file or directory
//     6 keys left. Nobody erased anything.

#include <resile/linux_lru.hpp>

#include <sched.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

namespace {

unsigned keys_in(resile::linux_lru& map) {
    unsigned found = 0;
    for (std::uint64_t key = 1; key <= map.max_entries(); ++key) {
        std::uint64_t value = 0;
        found += map.user_lookup(&key, &value) == 0 ? 1U : 0U;
    }
    return found;
}

}  // namespace

int main() {
    // Each CPU has free nodes of its own: stay on one, to see the same thing every time.
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(::sched_getcpu()), &one);
    ::sched_setaffinity(0, sizeof(one), &one);

    resile::linux_lru_options options;
    options.max_entries = 8;
    options.cpus = 2;
    resile::linux_lru map(options);
    for (std::uint64_t key = 1; key <= 8; ++key) {
        const std::uint64_t value = 100 * key;
        if (map.user_update(&key, &value, resile::linux_lru::noexist) != 0) return 1;
    }
    std::printf("%u keys in a map of %u. Updating each of them, none of them new:\n", keys_in(map),
                map.max_entries());
    for (std::uint64_t key = 1; key <= 8; ++key) {
        const std::uint64_t value = 100 * key + 1;
        const int error = map.user_update(&key, &value, resile::linux_lru::exist);
        // "Exist" makes sure that nothing is inserted; yet room is made before anybody looks.
        if (error != 0)
            std::printf("key %llu: %s\n", static_cast<unsigned long long>(key), std::strerror(-error));
    }
    std::printf("%u keys left. Nobody erased anything.\n", keys_in(map));
}
