// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "bench/peers/every_peer.hpp"

#ifdef RESILE_HAVE_ABSEIL
#include "bench/looped_lock.hpp"

#include <absl/base/config.h>
#include <absl/synchronization/mutex.h>
#endif

namespace bench {
#ifdef RESILE_HAVE_ABSEIL
namespace {

class abseil_mutex {
  public:
    void lock() ABSL_NO_THREAD_SAFETY_ANALYSIS { lock_.Lock(); }
    void unlock() ABSL_NO_THREAD_SAFETY_ANALYSIS { lock_.Unlock(); }

  private:
    absl::Mutex lock_;
};

}  // namespace
#endif

void add_peers_of_abseil(std::vector<peer>& all) {
    peer mutex{.family = "lock", .word = "absl", .name = "absl::Mutex", .library = "Abseil"};
#ifdef RESILE_HAVE_ABSEIL
    mutex.library = "Abseil " + std::to_string(ABSL_LTS_RELEASE_VERSION);
    mutex.make = make_subject<looped_lock<abseil_mutex>>;
#else
    not_built_in(mutex, "libabsl-dev");
#endif
    all.push_back(mutex);
}

}  // namespace bench
