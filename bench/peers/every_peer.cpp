// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "bench/peers/every_peer.hpp"

#include <string>

namespace bench {

std::vector<peer> every_peer() {
    std::vector<peer> all;
    add_peers_of_resile(all);
    add_peers_of_the_kernel(all);
    add_peers_of_rocksdb(all);
    add_peers_of_tbb(all);
    add_peers_of_concurrency_kit(all);
    add_peers_of_abseil(all);
    add_peers_of_libc(all);
    return all;
}

void not_built_in(peer& one, const char* package) {
    one.missing = "built without it";
    one.remedy = std::string("apt-get install ") + package + ", then make bench";
}

}  // namespace bench
