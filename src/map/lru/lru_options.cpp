// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include <resile/percpu_lru_map.hpp>

#include <sys/auxv.h>
#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <string>

namespace resile::inline RESILE_PLATFORM {

std::size_t configured_cpus() noexcept {
    return platform::configured_cpus();
}

lru_counts& lru_counts::operator+=(const lru_counts& other) noexcept {
    hits += other.hits;
    misses += other.misses;
    insertions += other.insertions;
    replacements += other.replacements;
    evictions += other.evictions;
    erasures += other.erasures;
    retries += other.retries;
    no_memory += other.no_memory;
    return *this;
}

lru_counts map_stats::total() const noexcept {
    lru_counts sum;
    for (const lru_counts& one : by_depth) sum += one;
    return sum;
}

namespace detail::lru {
namespace {

constexpr std::size_t most_nodes = std::size_t{1} << 31;
constexpr std::size_t most_bytes = std::size_t{1} << 24;  // of a key, of a value

}  // namespace

dimensions plan_map(std::size_t max_entries, const node_shape& shape, const lru_options& options) {
    if (max_entries == 0)
        throw std::invalid_argument("resile::lru_map: max_entries is 0; a map holds at least 1 entry");
    if (options.contexts == 0)
        throw std::invalid_argument("resile::lru_map: contexts is 0; at least 1 must be able to work");
    if (max_entries > most_nodes || options.contexts > most_nodes - max_entries)
        throw std::length_error("resile::lru_map: max_entries " + std::to_string(max_entries) +
                                " and contexts " + std::to_string(options.contexts) +
                                " are together more than " + std::to_string(most_nodes));
    if (shape.key_words == 0 || shape.value_words == 0)
        throw std::invalid_argument("resile::lru_map: keys and values have at least 1 byte");
    if (shape.key_words > words_for(most_bytes) || shape.value_words > words_for(most_bytes))
        throw std::length_error("resile::lru_map: keys and values have at most " +
                                std::to_string(most_bytes) + " bytes");
    dimensions size{};
    size.shape = shape;
    size.max_entries = max_entries;
    size.own_slots = std::clamp(configured_cpus(), least_own_slots, most_own_slots);
    size.spares = std::min(options.contexts, size.own_slots);
    size.reserve = options.contexts + size.spares;
    // 3.75 entries to a bucket of eight seats: of a map that has just been filled 6 in 1000 find none and
    // stand in chains; when all have been evicted once, 23, since who stands there stays there.
    size.buckets = max_entries * 4 / 15 + 2;
    size.shares = std::min(std::bit_ceil(configured_cpus()), most_shares);
    return size;
}

hash_seed seed_for(const lru_options& options) noexcept {
    if (options.seed != 0) return {hash_number(options.seed, {1, 2}), hash_number(options.seed, {3, 4})};
    hash_seed seed;
    if (::getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == static_cast<ssize_t>(sizeof(seed))) return seed;
    // Where getrandom is forbidden: the 16 random bytes that the kernel gives every process, and an address.
    if (const auto* bytes = reinterpret_cast<const void*>(::getauxval(AT_RANDOM)))
        std::memcpy(&seed, bytes, sizeof(seed));
    const auto address = reinterpret_cast<std::uintptr_t>(&options);
    return {hash_number(address, seed), hash_number(seed.first, seed)};
}

map_stats statistics_of(const node_table& table) noexcept {
    const event_counts counts = counts_of(table);
    map_stats stats;
    for (std::size_t depth = 0; depth < depths; ++depth) {
        const auto of = [&](event what) { return counts[depth][static_cast<std::size_t>(what)]; };
        stats.by_depth[depth] = {of(event::hit),         of(event::miss),     of(event::insertion),
                                 of(event::replacement), of(event::eviction), of(event::erasure),
                                 of(event::retry),       of(event::no_memory)};
    }
    return stats;
}

}  // namespace detail::lru

}  // namespace resile::inline RESILE_PLATFORM
