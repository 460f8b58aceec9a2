// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// A map is filled, each CPU inserting its share; each CPU looks at every key once, so that it has seen what
// it only has to read; then all do the mix together, first for a while that does not count, until lines are
// where the mix leaves them.

#include "lab/forecast/forecast.hpp"

#include "lab/forecast/crowd.hpp"

#include <algorithm>

namespace resile_lab {
namespace {

constexpr std::uint64_t hot_keys = 16;
// Counted operations of a CPU, and of all: an average that a few unlucky ones do not change.
constexpr unsigned operations_of_one = 64;
constexpr unsigned operations_of_all = 8192;

void fill(crowd& cpus, contestant& map, unsigned entries) {
    for (unsigned cpu = 0; cpu < cpus.cpus(); ++cpu)
        cpus.alone(cpu, [&] {
            for (std::uint64_t n = cpu; n < entries; n += cpus.cpus()) map.put(nth_key(n), n);
        });
    for (unsigned cpu = 0; cpu < cpus.cpus(); ++cpu)
        cpus.alone(cpu, [&] {
            for (std::uint64_t n = 0; n < entries; ++n) (void)map.lookup(nth_key(n));
        });
}

}  // namespace

const std::vector<contestant_kind>& contestant_kinds() {
    static const std::vector<contestant_kind> all{
        {"exact", "lru_map"},
        {"exact-per-cpu", "lru_map, recency per CPU"},
        {"linux", "Linux's map since June 2026"},
        {"linux-per-cpu", "the same, no common LRU"},
        {"mutex", "a mutex, a list and a hash table"},
    };
    return all;
}

const std::vector<named_mix>& traffic_mixes() {
    static const std::vector<named_mix> all{
        {traffic_mix::lookup, "lookup", "random keys of a full map"},
        {traffic_mix::update, "update", "new values for random keys of a full map"},
        {traffic_mix::insert, "insert", "keys never seen before: each evicts another"},
        {traffic_mix::churn, "churn", "random keys, twice as many as fit: looked up, inserted if absent"},
        {traffic_mix::counter, "counter", "adding 1 to the values of 16 keys"},
    };
    return all;
}

std::uint64_t nth_key(std::uint64_t n) noexcept {
    return n * 0x9e3779b97f4a7c15U;  // odd: no two keys become one
}

mix_source::mix_source(traffic_mix mix, unsigned entries, unsigned thread, std::uint64_t seed)
    : mix_(mix),
      entries_(entries),
      fresh_((std::uint64_t{thread} + 1) << 40),
      random_(seed * 1000003 + thread) {}

std::uint64_t mix_source::random_key(std::uint64_t range) noexcept {
    return nth_key(random_.next() % range);
}

bool mix_source::perform(contestant& map) noexcept {
    switch (mix_) {
        case traffic_mix::lookup:
            return (void)map.lookup(random_key(entries_)), true;
        case traffic_mix::update:
            return map.put(random_key(entries_), fresh_++);
        case traffic_mix::insert:
            ++fresh_;
            return map.put(nth_key(fresh_), fresh_);
        case traffic_mix::churn: {
            const std::uint64_t key = random_key(2 * entries_);
            return map.lookup(key) || map.put(key, fresh_++);
        }
        case traffic_mix::counter:
            return map.count(random_key(std::min(hot_keys, entries_)));
    }
    return false;
}

forecast_answer forecast(const forecast_question& asked) {
    crowd cpus(asked.cpus, asked.seed);
    const auto map = scheduled::make_contestant(asked.map, {asked.entries, asked.cpus});
    fill(cpus, *map, asked.entries);

    std::vector<mix_source> sources;
    for (unsigned cpu = 0; cpu < asked.cpus; ++cpu)
        sources.emplace_back(asked.mix, asked.entries, cpu, asked.seed);
    forecast_answer answer;
    const auto perform = [&](unsigned cpu) {
        const bool counts = cpus.counts(cpu);
        if (!sources[cpu].perform(*map) && counts) ++answer.refused;
    };
    (void)cpus.together(std::max(asked.entries / asked.cpus, 50U), perform);
    cpus.lines().count_anew();
    answer.refused = 0;
    const unsigned calls = asked.operations != 0
                               ? asked.operations
                               : std::max(operations_of_all / asked.cpus, operations_of_one);
    answer.operations = cpus.together(calls, perform);

    const auto each = [&](std::uint64_t count) {
        return static_cast<double>(count) / static_cast<double>(answer.operations);
    };
    answer.transfers = each(cpus.lines().traffic().transfers);
    answer.invalidations = each(cpus.lines().traffic().invalidations);
    answer.accesses = each(cpus.lines().traffic().accesses);
    answer.busiest = each(cpus.lines().busiest());
    return answer;
}

}  // namespace resile_lab
