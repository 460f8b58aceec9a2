// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/forecast/real_cpus.hpp"

#include "lab/judge/cpus.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <thread>

namespace resile_lab {
namespace {

using clock_type = std::chrono::steady_clock;

constexpr int turns = 10;                // of one thread, and of two
constexpr unsigned between_looks = 256;  // operations between two looks at the clock

// do_it(i) on each of the first `threads` CPUs at once; all begin when all are there.
template <class Do>
void at_once(const std::array<int, 2>& cpus, unsigned threads, Do&& do_it) {
    std::atomic<unsigned> coming{threads};
    std::vector<std::thread> running;
    for (unsigned i = 0; i < threads; ++i)
        running.emplace_back([&, i] {
            (void)pin_this_thread(cpus[i]);
            coming.fetch_sub(1);
            while (coming.load() != 0) std::this_thread::yield();
            do_it(i);
        });
    for (std::thread& one : running) one.join();
}

}  // namespace

std::array<int, 2> two_cpus() {
    const std::vector<int> usable = usable_cpus();
    if (usable.size() < 2)
        throw std::runtime_error(
            "this process may use one CPU only; give it a second one (taskset -c 0,1 ...)");
    const auto other =
        std::find_if(usable.begin(), usable.end(), [&](int cpu) { return cpu % 2 != usable.front() % 2; });
    return {usable.front(), other != usable.end() ? *other : usable[1]};
}

measured_cost measure(const forecast_question& asked, const std::array<int, 2>& cpus, double seconds) {
    const auto map = native::make_contestant(asked.map, {asked.entries, 2});
    at_once(cpus, 2, [&](unsigned i) {
        for (std::uint64_t n = i; n < asked.entries; n += 2) map->put(nth_key(n), n);
        for (std::uint64_t n = 0; n < asked.entries; ++n) (void)map->lookup(nth_key(n));
    });
    std::array sources{mix_source(asked.mix, asked.entries, 0, asked.seed),
                       mix_source(asked.mix, asked.entries, 1, asked.seed)};
    const auto turn = std::chrono::duration<double>(seconds / (2 * turns));
    const auto best_of = [&](double before, unsigned threads) {
        std::array<double, 2> ns{};
        at_once(cpus, threads, [&](unsigned i) {
            mix_source mine = sources[i];
            std::uint64_t operations = 0;
            const auto begin = clock_type::now();  // before the first look, and the end behind the second:
            const double waited_before = ns_waited_for_cpu();  // what was waited is part of what passed
            do {
                for (unsigned n = 0; n < between_looks; ++n) (void)mine.perform(*map);
                operations += between_looks;
            } while (clock_type::now() - begin < turn);
            const double waited = ns_waited_for_cpu() - waited_before;
            const std::chrono::duration<double, std::nano> passed = clock_type::now() - begin;
            ns[i] = (passed.count() - waited) / static_cast<double>(operations);
            sources[i] = mine;
        });
        return std::min(before, (ns[0] + ns[threads - 1]) / 2);
    };
    constexpr double unknown = std::numeric_limits<double>::max();
    measured_cost cost{unknown, unknown};
    for (int i = 0; i < turns; ++i) {
        cost.alone = best_of(cost.alone, 1);
        cost.together = best_of(cost.together, 2);
    }
    return cost;
}

std::vector<checked_pair> compare_orders(const std::vector<measured_map>& of_one_mix) {
    std::vector<checked_pair> pairs;
    for (const measured_map& lighter : of_one_mix)
        for (const measured_map& heavier : of_one_mix)
            if (heavier.transfers > 2 * lighter.transfers && heavier.transfers > lighter.transfers + 0.5)
                pairs.push_back({lighter.map, heavier.map, heavier.cost.company() > lighter.cost.company()});
    return pairs;
}

}  // namespace resile_lab
