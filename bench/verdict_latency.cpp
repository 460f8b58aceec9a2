// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// From the call to the answer `deadlock`: AA, ABBA, and a ring of 16 threads, for the one who closes it.
//
//   resile_bench_verdict_latency [--samples 2000]

#include "bench/latency_histogram.hpp"

#include <resile/detail/slot_record.hpp>
#include <resile/spinlock.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

[[noreturn]] void wrong(const char* what) {
    std::fprintf(stderr, "resile_bench_verdict_latency: %s: the lock is broken, run the tests\n", what);
    std::exit(1);
}

std::uint64_t time_refusal(resile::spinlock& lock) {
    const auto start = clock_type::now();
    const resile::lock_result result = lock.lock();
    const auto end = clock_type::now();
    if (result != resile::lock_result::deadlock) wrong(resile::to_string(result));
    return static_cast<std::uint64_t>((end - start).count());
}

bench::latency_histogram self_deadlock(int samples) {
    bench::latency_histogram times;
    resile::spinlock lock;
    for (int i = 0; i < samples; ++i) {
        if (!lock.try_lock()) wrong("a free lock was refused");
        times.record(time_refusal(lock));
        lock.unlock();
    }
    return times;
}

std::uint64_t times_parked(const resile::detail::slot_record& record) {
    return record.events[0][static_cast<std::size_t>(resile::detail::lock_event::parked)].load();
}

// `members` threads, each owning its own lock and waiting for the next one's. The last closes the
// ring when all others sleep: whoever is still looking for a cycle might find it too, and rightly be refused.
bench::latency_histogram ring(unsigned members, int samples) {
    bench::latency_histogram times;
    struct alignas(128) seat {
        resile::spinlock lock;
    };
    const auto seats = std::make_unique<seat[]>(members);
    for (int i = 0; i < samples; ++i) {
        std::atomic<unsigned> seated{0};
        std::vector<const resile::detail::slot_record*> waiters(members, nullptr);
        std::vector<std::uint64_t> parked_before(members, 0);
        std::vector<std::thread> threads;
        for (unsigned member = 0; member + 1 < members; ++member) {
            threads.emplace_back([&, member] {
                if (!seats[member].lock.try_lock()) wrong("a free lock was refused");
                waiters[member] = resile::detail::own_record();
                parked_before[member] = times_parked(*waiters[member]);
                seated.fetch_add(1);
                while (seated.load() != members) std::this_thread::yield();
                if (seats[member + 1].lock.lock_for(std::chrono::hours(1)) != resile::lock_result::acquired)
                    wrong("a wait that could end was refused");
                seats[member + 1].lock.unlock();
                seats[member].lock.unlock();
            });
        }
        resile::spinlock& mine = seats[members - 1].lock;
        if (!mine.try_lock()) wrong("a free lock was refused");
        while (seated.load() != members - 1) std::this_thread::yield();
        seated.fetch_add(1);
        for (unsigned member = 0; member + 1 < members; ++member)
            while (times_parked(*waiters[member]) == parked_before[member]) std::this_thread::yield();
        times.record(time_refusal(seats[0].lock));
        mine.unlock();
        for (auto& thread : threads) thread.join();
    }
    return times;
}

void print(const char* name, const bench::latency_histogram& times) {
    std::printf("%-12s %10llu %10llu %10llu %10llu\n", name, static_cast<unsigned long long>(times.count()),
                static_cast<unsigned long long>(times.quantile(0.5)),
                static_cast<unsigned long long>(times.quantile(0.99)),
                static_cast<unsigned long long>(times.max()));
}

}  // namespace

int main(int count, char** words) {
    int samples = 2000;
    if (count == 3 && std::strcmp(words[1], "--samples") == 0) samples = std::atoi(words[2]);
    if ((count != 1 && count != 3) || samples < 1) {
        std::fprintf(stderr, "resile_bench_verdict_latency: '%s': say --samples N, 1 or more\n", words[1]);
        return 2;
    }
    std::printf("%-12s %10s %10s %10s %10s\n", "cycle", "samples", "median ns", "p99 ns", "max ns");
    print("AA", self_deadlock(samples * 100));
    print("ABBA", ring(2, samples));
    print("ring of 16", ring(16, samples));
    return 0;
}
