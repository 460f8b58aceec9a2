// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Time per lock + counter + unlock, beside the peers. For ratios, let the runs alternate:
//   resile_bench_lock_throughput --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true

#include "bench/lock_peers/all.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace {

template <class Lock>
struct alignas(128) guarded {
    Lock lock;
    alignas(128) long counter = 0;
};

template <class Lock>
void lock_count_unlock(benchmark::State& state) {
    static guarded<Lock> shared;
    for (auto _ : state) {
        shared.lock.lock();
        benchmark::DoNotOptimize(++shared.counter);
        shared.lock.unlock();
    }
    state.SetItemsProcessed(state.iterations());
}

struct registered {
    registered() {
        bench::for_each_lock_peer([]<class Lock>() {
            auto* bench = benchmark::RegisterBenchmark(Lock::name, lock_count_unlock<Lock>)->UseRealTime();
            // Strict queues and pure spinning collapse beyond the cores; see lock_fairness for a look at
            // that.
            for (const int threads : {1, 2, 4, 8}) bench->Threads(threads);
        });
    }
} const at_start;

}  // namespace
