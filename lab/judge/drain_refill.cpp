// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/judge/drain_refill.hpp"

#include "lab/judge/cpus.hpp"

#include <chrono>
#include <thread>
#include <vector>

namespace resile_lab {
namespace {

void drain(map_under_test& map, std::uint64_t end_of_used_keys) {
    for (std::uint64_t key = 0; key < end_of_used_keys; ++key) map.erase(key);
    std::uint64_t key = 0;
    // Bounded: each key of a map at rest can be erased once.
    for (std::uint32_t left = map.max_entries(); left > 0 && map.any_key(key); --left) map.erase(key);
}

// Each usable CPU inserts its share from a thread of its own, one after the other.
std::uint32_t refill(map_under_test& map, std::uint64_t first_key) {
    const std::vector<int> cpus = usable_cpus();
    const std::uint64_t wanted = map.max_entries();
    std::uint32_t errors = 0;
    for (std::size_t i = 0; i < cpus.size(); ++i) {
        std::thread([&] {
            pin_this_thread(cpus[i]);
            const std::uint64_t begin = wanted * i / cpus.size();
            const std::uint64_t end = wanted * (i + 1) / cpus.size();
            for (std::uint64_t at = begin; at < end; ++at)
                errors += map.update(first_key + at) != 0 ? 1U : 0U;
        }).join();
    }
    return errors;
}

std::uint32_t count_present(map_under_test& map, std::uint64_t first_key) {
    std::uint32_t present = 0;
    for (std::uint64_t at = 0; at < map.max_entries(); ++at)
        present += map.contains(first_key + at) ? 1U : 0U;
    return present;
}

}  // namespace

refill_outcome drain_and_refill(map_under_test& map, verification verify, std::uint64_t first_key) {
    constexpr std::uint32_t tries_when_settling = 3;
    refill_outcome outcome;
    outcome.wanted = map.max_entries();
    if (verify == verification::settle) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    drain(map, first_key);
    const node_account account = map.account();
    outcome.pending_free = account.pending_free;
    outcome.unaccounted = account.unaccounted;
    outcome.duplicate_keys = account.duplicate_keys;
    do {
        if (outcome.tries != 0) drain(map, first_key);
        outcome.insert_errors = refill(map, first_key);
        outcome.present = count_present(map, first_key);
        if (outcome.tries++ == 0) outcome.present_first_try = outcome.present;
        first_key += outcome.wanted;
    } while (verify == verification::settle && !outcome.perfect() && outcome.tries < tries_when_settling);
    return outcome;
}

}  // namespace resile_lab
