// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What everybody has: the C and the C++ library's locks, and the map that one writes oneself. And no map, no
// lock: the loops alone.

#include "bench/looped_lock.hpp"
#include "bench/looped_map.hpp"
#include "bench/peers/every_peer.hpp"
#include "bench/peers/mutex_lru.hpp"

#include <gnu/libc-version.h>
#include <pthread.h>

#include <mutex>

namespace bench {
namespace {

class pthread_spin {
  public:
    pthread_spin() noexcept { pthread_spin_init(&lock_, PTHREAD_PROCESS_PRIVATE); }
    ~pthread_spin() noexcept { pthread_spin_destroy(&lock_); }
    pthread_spin(const pthread_spin&) = delete;
    pthread_spin& operator=(const pthread_spin&) = delete;
    void lock() noexcept { pthread_spin_lock(&lock_); }
    void unlock() noexcept { pthread_spin_unlock(&lock_); }

  private:
    pthread_spinlock_t lock_{};
};

// Spins a little before it sleeps.
class pthread_adaptive {
  public:
    pthread_adaptive() noexcept {
        pthread_mutexattr_t kind;
        pthread_mutexattr_init(&kind);
        pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ADAPTIVE_NP);
        pthread_mutex_init(&lock_, &kind);
        pthread_mutexattr_destroy(&kind);
    }
    ~pthread_adaptive() noexcept { pthread_mutex_destroy(&lock_); }
    pthread_adaptive(const pthread_adaptive&) = delete;
    pthread_adaptive& operator=(const pthread_adaptive&) = delete;
    void lock() noexcept { pthread_mutex_lock(&lock_); }
    void unlock() noexcept { pthread_mutex_unlock(&lock_); }

  private:
    pthread_mutex_t lock_{};
};

struct no_map {
    explicit no_map(std::size_t) {}
    bool lookup(std::uint64_t key, std::uint64_t&) noexcept { return keep(key), false; }
    void update(std::uint64_t key, std::uint64_t) noexcept { keep(key); }
    void insert(std::uint64_t key, std::uint64_t) noexcept { keep(key); }
    bool lookup_or_insert(std::uint64_t key, std::uint64_t) noexcept { return keep(key), false; }
    void count(std::uint64_t key) noexcept { keep(key); }
    void count_or_insert(std::uint64_t key) noexcept { keep(key); }
};

}  // namespace

void add_peers_of_libc(std::vector<peer>& all) {
    const std::string glibc = std::string("glibc ") + gnu_get_libc_version();
    const std::string libstdcxx = "libstdc++ " + std::to_string(_GLIBCXX_RELEASE);
    const auto add = [&](const char* family, const char* word, const char* name, const std::string& library,
                         auto make) {
        all.push_back({.family = family, .word = word, .name = name, .library = library, .make = make});
    };
    add("lock", "mutex", "std::mutex", glibc, make_subject<looped_lock<std::mutex>>);
    add("lock", "pthread-spin", "pthread_spin", glibc, make_subject<looped_lock<pthread_spin>>);
    add("lock", "pthread-adaptive", "pthread adaptive mutex", glibc,
        make_subject<looped_lock<pthread_adaptive>>);
    add("map", "mutex", "mutex + list + hash map", libstdcxx, make_subject<looped_map<mutex_lru>>);
    add("map", "sharded", "mutex + list + hash map, 16 shards", libstdcxx,
        make_subject<looped_map<sharded_mutex_lru>>);
    add("map", "loop", "loop alone", "", make_subject<looped_map<no_map>>);
    all.back().is_baseline = true;
}

}  // namespace bench
