// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Who is compared. Each family of peers has a file; to add one: that file, a line here, a line in
// every_peer.cpp.

#include "bench/subject.hpp"

#include <vector>

namespace bench {

// Resile first; peers that are missing here say why.
[[nodiscard]] std::vector<peer> every_peer();

void add_peers_of_resile(std::vector<peer>&);
void add_peers_of_the_kernel(std::vector<peer>&);
void add_peers_of_rocksdb(std::vector<peer>&);
void add_peers_of_tbb(std::vector<peer>&);
void add_peers_of_libc(std::vector<peer>&);
void add_peers_of_concurrency_kit(std::vector<peer>&);
void add_peers_of_abseil(std::vector<peer>&);

// For a library that was not there when this was built.
void not_built_in(peer&, const char* package);

}  // namespace bench
