// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// A counter that is looked up once and then counted in place, by two threads and a signal handler, as BPF
// programs do with bpf_map_lookup_elem. The handle keeps its entry: it is not evicted as long as that lives.

#include <resile/lru_map.hpp>

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <thread>

namespace {

using counters = resile::lru_map<std::uint64_t, std::uint64_t>;
counters* map;
std::atomic<unsigned> handled{0};
constexpr std::uint64_t key = 42;

void add_one(counters::pinned& counter) {
    std::atomic_ref(counter.value()).fetch_add(1, std::memory_order_relaxed);
}

void on_signal(int) {
    if (auto counter = map->find(key)) add_one(counter);
    handled.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

int main() {
    constexpr std::uint64_t per_thread = 200'000;
    counters mine(8);
    map = &mine;
    ::signal(SIGUSR1, on_signal);
    if (mine.insert(key, 0) != resile::put_result::inserted) return 1;

    auto held = mine.find(key);
    if (!held) return 1;
    ::raise(SIGUSR1);
    const pthread_t main_thread = ::pthread_self();
    std::thread other([&] {
        auto counter = mine.find(key);
        for (std::uint64_t i = 0; i < per_thread; ++i) {
            add_one(counter);
            if (i % 1000 != 0) continue;
            const unsigned before = handled;
            ::pthread_kill(main_thread, SIGUSR1);  // wherever main is now
            while (handled == before) std::this_thread::yield();
        }
    });
    for (std::uint64_t i = 0; i < per_thread; ++i) {
        add_one(held);
        (void)mine.put(1000 + i, i);  // a flood that evicts everything else
    }
    other.join();
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);  // no handler from here on

    const auto count = mine.get(key);
    const std::uint64_t expected = 2 * per_thread + handled;
    std::printf(
        "2 threads of %llu, %u handlers: %llu counted, in a map that made room %llu times meanwhile\n",
        static_cast<unsigned long long>(per_thread), handled.load(),
        static_cast<unsigned long long>(count.value_or(0)),
        static_cast<unsigned long long>(mine.statistics().total().evictions));
    return count == expected && handled > 0 ? 0 : 1;
}
