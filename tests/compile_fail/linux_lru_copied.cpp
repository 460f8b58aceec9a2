// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// expect: (use of deleted function|call to deleted constructor).*linux_lru
#include <resile/linux_lru.hpp>

void copy(resile::linux_lru& map) {
#ifdef MISUSE
    resile::linux_lru second(map);
#endif
    (void)map;
}
