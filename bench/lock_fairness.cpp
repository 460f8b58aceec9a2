// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Who gets the lock, and how long the others wait: ns per critical section, the slowest thread's share over
// the fastest's, and the wait. Peers alternate within each run; medians over the runs, with their spread.
//
//   resile_bench_lock_fairness [--runs 5] [--seconds 1]

#include "bench/latency_histogram.hpp"
#include "bench/lock_peers/all.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

struct reading {
    double ns_per_operation = 0;
    double share = 0;  // slowest thread's over fastest's
    double wait_p999_us = 0;
    double wait_max_us = 0;
};

std::uint64_t ns_since(clock_type::time_point start) {
    return static_cast<std::uint64_t>((clock_type::now() - start).count());
}

// One storm of `threads` threads on one lock. Waits are timed in a storm of their own: the clock costs more
// than the lock.
template <class Lock, bool TimeWaits>
void storm(int threads, double seconds, reading& result) {
    struct alignas(128) guarded {
        Lock lock;
        alignas(128) std::uint64_t counter = 0;
    };
    struct alignas(128) worker {
        std::uint64_t operations = 0;
        bench::latency_histogram waits;
    };
    guarded shared;
    std::vector<worker> workers(static_cast<std::size_t>(threads));
    std::atomic<int> ready{0};
    std::atomic<bool> stop{false};
    std::vector<std::thread> running;
    for (worker& mine : workers) {
        running.emplace_back([&] {
            ready.fetch_add(1);
            while (ready.load() != threads) std::this_thread::yield();
            while (!stop.load(std::memory_order_relaxed)) {
                for (int i = 0; i < 64; ++i) {
                    if constexpr (TimeWaits) {
                        const auto start = clock_type::now();
                        shared.lock.lock();
                        mine.waits.record(ns_since(start));
                    } else {
                        shared.lock.lock();
                    }
                    ++shared.counter;
                    shared.lock.unlock();
                    ++mine.operations;
                }
            }
        });
    }
    while (ready.load() != threads) std::this_thread::yield();
    const auto start = clock_type::now();
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    stop = true;
    for (auto& thread : running) thread.join();
    const auto elapsed = static_cast<double>(ns_since(start));

    std::uint64_t slowest = ~std::uint64_t{0};
    std::uint64_t fastest = 0;
    bench::latency_histogram waits;
    for (const worker& mine : workers) {
        slowest = std::min(slowest, mine.operations);
        fastest = std::max(fastest, mine.operations);
        waits.add(mine.waits);
    }
    if constexpr (TimeWaits) {
        result.wait_p999_us = static_cast<double>(waits.quantile(0.999)) / 1000;
        result.wait_max_us = static_cast<double>(waits.max()) / 1000;
    } else {
        result.ns_per_operation = elapsed / static_cast<double>(shared.counter);
        result.share =
            static_cast<double>(slowest) / static_cast<double>(std::max<std::uint64_t>(fastest, 1));
    }
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

struct series {
    std::vector<reading> readings;
    template <class Member>
    [[nodiscard]] std::vector<double> of(Member member) const {
        std::vector<double> values;
        for (const reading& one : readings) values.push_back(one.*member);
        return values;
    }
};

int usage(const char* culprit) {
    std::fprintf(stderr,
                 "resile_bench_lock_fairness: '%s': say --runs N (1 or more) and --seconds S (above 0)\n",
                 culprit);
    return 2;
}

}  // namespace

int main(int count, char** words) {
    int runs = 5;
    double seconds = 1;
    for (int i = 1; i < count; ++i) {
        const bool has_value = i + 1 < count;
        if (std::strcmp(words[i], "--runs") == 0 && has_value)
            runs = std::atoi(words[++i]);
        else if (std::strcmp(words[i], "--seconds") == 0 && has_value)
            seconds = std::atof(words[++i]);
        else
            return usage(words[i]);
        if (runs < 1 || !(seconds > 0)) return usage(words[i]);
    }
    std::printf("%-20s %7s %10s %17s %8s %7s %12s %12s\n", "lock", "threads", "ns/op", "(least - most)",
                "to mutex", "share", "p99.9 wait", "longest wait");
    for (const int threads : {1, 2, 4, 8}) {
        std::map<std::string, series> all;
        std::vector<std::string> order;
        for (int run = 0; run < runs; ++run) {
            bench::for_each_lock_peer([&]<class Lock>() {
                reading one;
                storm<Lock, false>(threads, seconds, one);
                storm<Lock, true>(threads, seconds, one);
                if (run == 0) order.emplace_back(Lock::name);
                all[Lock::name].readings.push_back(one);
            });
        }
        const double mutex = median(all[bench::std_mutex::name].of(&reading::ns_per_operation));
        for (const std::string& name : order) {
            const series& its = all[name];
            const auto times = its.of(&reading::ns_per_operation);
            const auto [least, most] = std::minmax_element(times.begin(), times.end());
            const auto longest = its.of(&reading::wait_max_us);
            std::printf("%-20s %7d %10.1f (%6.1f - %6.1f) %7.2fx %7.2f %9.1f us %9.0f us\n", name.c_str(),
                        threads, median(times), *least, *most, median(times) / mutex,
                        median(its.of(&reading::share)), median(its.of(&reading::wait_p999_us)),
                        *std::max_element(longest.begin(), longest.end()));
        }
    }
    return 0;
}
