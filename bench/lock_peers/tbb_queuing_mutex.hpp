// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#ifdef RESILE_HAVE_TBB
#include <tbb/queuing_mutex.h>

namespace bench {

// A strict queue (MCS). Its place in line is a thread's own; one per thread is enough here.
struct tbb_queuing_mutex {
    static constexpr const char* name = "tbb::queuing_mutex";
    void lock() { place().acquire(lock_); }
    void unlock() { place().release(); }

  private:
    static tbb::queuing_mutex::scoped_lock& place() {
        thread_local tbb::queuing_mutex::scoped_lock mine;
        return mine;
    }
    tbb::queuing_mutex lock_;
};

}  // namespace bench
#endif
