// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/lock_peers/pthread_spin.hpp"
#include "bench/lock_peers/resile_spinlock.hpp"
#include "bench/lock_peers/std_mutex.hpp"
#include "bench/lock_peers/tbb_queuing_mutex.hpp"

namespace bench {

// Calls f.template operator()<Peer>() for every peer that is built in.
template <class F>
void for_each_lock_peer(F&& f) {
    f.template operator()<resile_spinlock>();
    f.template operator()<std_mutex>();
    f.template operator()<pthread_spin>();
#ifdef RESILE_HAVE_TBB
    f.template operator()<tbb_queuing_mutex>();
#endif
}

}  // namespace bench
