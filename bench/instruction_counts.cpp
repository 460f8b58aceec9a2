// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What one thread executes on the hot paths, to be counted by valgrind: where a clock is wrong by some per
// cent, a count is the same each time. Started and judged by scripts/check_instructions.py.
//
// Everything is as it was in the last run, on any machine: the keys, the hash's seed, what the maps hold, and
// the CPUs that they know of.

#include "bench/key_source.hpp"
#include "bench/subject.hpp"

#include <resile/byte_lru_map.hpp>
#include <resile/linux_lru.hpp>
#include <resile/lru_map.hpp>
#include <resile/percpu_lru_map.hpp>
#include <resile/spinlock.hpp>

#include <sched.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <span>
#include <vector>

// The machine that the maps are made for: parts of them are per CPU, so its size is in the counts.
static int cpus_of_this_machine = 2;

// In place of the C library's. (rseq, which tells maps their CPU, is switched off by the script.)
extern "C" long __sysconf(int);  // the C library's own, by its other name
extern "C" long sysconf(int name) noexcept {
    return name == _SC_NPROCESSORS_CONF ? cpus_of_this_machine : __sysconf(name);
}
extern "C" int sched_getcpu() noexcept {
    return 0;
}

namespace {

constexpr std::uint64_t entries = 4096;
constexpr std::uint64_t operations = 20000;
// Before these: all of the map has been evicted twice, debts and reserves are as they will stay.
constexpr std::uint64_t warm_up = 3 * entries;

using number = std::uint64_t;
using long_value = std::array<number, 4>;  // replaced, not changed in place

// A function for each path, so that none is compiled differently because of what another one inlines.
template <class Operation>
[[gnu::noinline]] void repeat(std::span<const number> keys, Operation& operation) {
    for (const number key : keys) operation(key);
}
template <class Operation>
void count(const char* path, const std::vector<number>& keys, Operation operation) {
    const std::span all(keys);
    repeat(all.first(warm_up), operation);
    CALLGRIND_ZERO_STATS;
    repeat(all.subspan(warm_up), operation);
    CALLGRIND_DUMP_STATS_AT(path);
}

std::vector<number> random_keys(number range) {
    bench::key_source source{bench::key_spread, range};
    std::vector<number> keys(warm_up + operations);
    for (number& key : keys) key = source.random();
    return keys;
}
// Never seen before: their numbers are above all random ones.
std::vector<number> new_keys() {
    bench::key_source source{number{1} << 33, 0};
    std::vector<number> keys(warm_up + operations);
    for (number& key : keys) key = source.counted();
    return keys;
}

resile::lru_options the_same_each_time() {
    resile::lru_options options;
    options.seed = 42;
    options.huge_pages = false;
    return options;
}

template <class Map>
std::unique_ptr<Map> full_map() {
    auto map = std::make_unique<Map>(entries, the_same_each_time());
    for (number n = 0; n < entries; ++n) (void)map->put(bench::nth_key(n), {});
    return map;
}

// Each has a map of its own: what the one before did to it (handles, evictions) is not counted.
using small_map = resile::lru_map<number, number>;
using long_map = resile::lru_map<number, long_value>;

void count_lookups() {
    const auto map = full_map<small_map>();
    const auto look = [&](number key) { bench::keep(map->get(key).value_or(0)); };
    count("lru_map get, hit", random_keys(entries), look);
    count("lru_map get, miss", new_keys(), look);
}

void count_writes() {
    auto map = full_map<small_map>();
    count("lru_map put, 8-byte value", random_keys(entries),
          [&](number key) { bench::keep(map->put(key, key)); });
    auto larger = full_map<long_map>();
    count("lru_map put, 32-byte value", random_keys(entries),
          [&](number key) { bench::keep(larger->put(key, long_value{key})); });
    map = full_map<small_map>();
    count("lru_map upsert, hot key", random_keys(bench::hot_keys),
          [&](number key) { bench::keep(map->upsert(key, 1, [](number& value) { ++value; })); });
    map = full_map<small_map>();
    count("lru_map find, count in place", random_keys(bench::hot_keys), [&](number key) {
        const auto entry = map->find(key);
        std::atomic_ref(entry.value()).fetch_add(1, std::memory_order_relaxed);
    });
}

void count_insertions() {
    auto map = full_map<small_map>();
    count("lru_map put, evicts", new_keys(), [&](number key) { bench::keep(map->put(key, key)); });
    // Whoever finds nothing free in its own part looks into those of others.
    cpus_of_this_machine = 16;
    map = full_map<small_map>();
    count("lru_map put, evicts, 16 CPUs", new_keys(), [&](number key) { bench::keep(map->put(key, key)); });
    cpus_of_this_machine = 2;
    map = full_map<small_map>();
    count("lru_map get_or_insert, half hit", random_keys(2 * entries),
          [&](number key) { bench::keep(map->get_or_insert(key, key).value_or(0)); });
    map = full_map<small_map>();
    count("lru_map erase, put", random_keys(entries), [&](number key) {
        bench::keep(map->erase(key));
        bench::keep(map->put(key, key));
    });
}

void count_other_maps() {
    const auto per_cpu = full_map<resile::percpu_lru_map<number, number>>();
    count("percpu_lru_map update", random_keys(entries),
          [&](number key) { bench::keep(per_cpu->update(key, [](number& value) { ++value; })); });
    resile::byte_lru_map bytes(sizeof(number), sizeof(number), entries, the_same_each_time());
    for (number n = 0; n < entries; ++n) {
        const number key = bench::nth_key(n);
        bytes.put(&key, &n);
    }
    count("byte_lru_map get, hit", random_keys(entries), [&](number key) {
        number value = 0;
        bench::keep(bytes.get(&key, &value));
        bench::keep(value);
    });
    resile::linux_lru linux_map({.max_entries = entries, .hash_seed = 42, .cpus = 1});
    for (number n = 0; n < entries; ++n) {
        const number key = bench::nth_key(n);
        (void)linux_map.update(&key, &n, resile::linux_lru::any);
    }
    count("linux_lru lookup", random_keys(entries), [&](number key) { bench::keep(linux_map.lookup(&key)); });
    count("linux_lru update", random_keys(entries),
          [&](number key) { bench::keep(linux_map.update(&key, &key, resile::linux_lru::any)); });
}

void count_locks() {
    resile::spinlock lock;
    const std::vector<number> times(warm_up + operations);
    count("spinlock lock, unlock", times, [&](number) {
        bench::keep(lock.lock());
        lock.unlock();
    });
    count("spinlock try_lock, unlock", times, [&](number) {
        bench::keep(lock.try_lock());
        lock.unlock();
    });
}

}  // namespace

int main() {
    if (RUNNING_ON_VALGRIND == 0) {
        std::fprintf(stderr, "resile_instruction_counts: nobody counts: run scripts/check_instructions.py\n");
        return 2;
    }
    // Counts are compared between programs of one compiler, for one machine, with the same switches.
#if defined(__clang__)
    std::printf("compiler clang %d.%d.%d", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
    std::printf("compiler g++ %d.%d.%d", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
#if defined(__x86_64__)
    std::printf(", x86-64");
#endif
#if !defined(__OPTIMIZE__) || !defined(NDEBUG)
    std::printf(", not optimised or with asserts");
#endif
    std::printf("\noperations %llu\n", static_cast<unsigned long long>(operations));
    count_lookups();
    count_writes();
    count_insertions();
    count_other_maps();
    count_locks();
    return 0;
}
