// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "map/linux_lru/bucket_table.hpp"

#include <bit>
#include <cerrno>

namespace resile::inline RESILE_PLATFORM::linux_lru_detail {
namespace {

[[nodiscard]] int error_of(lock_result result) noexcept {
    switch (result) {
        case lock_result::acquired:
            return 0;
        case lock_result::deadlock:
            return -EDEADLK;
        case lock_result::timed_out:
            return -ETIMEDOUT;
        case lock_result::no_slot:
        case lock_result::too_deep:
            break;
    }
    return -EBUSY;
}

}  // namespace

bucket_table::bucket_table(element_table& elements, std::uint32_t seed, refusal_counters& refused)
    : elements_(elements),
      refused_(refused),
      mask_(std::bit_ceil(elements.count()) - 1),
      seed_(seed),
      buckets_(std::make_unique<guarded_chain[]>(std::size_t{mask_} + 1)) {
    // relaxed: nobody else has the map yet
    for (std::uint32_t i = 0; i <= mask_; ++i) buckets_[i].head.store(end_bit | i, std::memory_order_relaxed);
}

// Multiply and rotate over 8-byte words, then a final mix (MurmurHash3's constants, public domain).
std::uint32_t bucket_table::hash(const void* key) const noexcept {
    const auto* bytes = static_cast<const unsigned char*>(key);
    const std::uint32_t size = elements_.key_size();
    std::uint64_t state = (std::uint64_t{seed_} << 32) ^ size;
    for (std::uint32_t at = 0; at < size; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes + at, size - at < 8 ? size - at : 8);
        state = std::rotl(state ^ (word * 0x87c37b91114253d5U), 27) * 5 + 0x52dce729;
    }
    state = (state ^ (state >> 33)) * 0xff51afd7ed558ccdU;
    state = (state ^ (state >> 33)) * 0xc4ceb9fe1a85ec53U;
    return static_cast<std::uint32_t>(state ^ (state >> 33));
}

int bucket_table::lock(std::uint32_t bucket) noexcept {
    const int error = error_of(buckets_[bucket].lock.lock());
    if (error != 0) count_one(refused_.bucket_lock);
    return error;
}

void bucket_table::unlock(std::uint32_t bucket) noexcept {
    buckets_[bucket].lock.unlock();
}

node_number bucket_table::first(std::uint32_t bucket) const noexcept {
    // acquire [chain]: pairs with link: the node's key and hash are there when the node is seen
    const std::uint32_t link = buckets_[bucket].head.load(std::memory_order_acquire);
    return is_end(link) ? no_node : link;
}

node_number bucket_table::after(node_number n) const noexcept {
    const std::uint32_t link = elements_.at(n).chain_next.load(std::memory_order_acquire);  // acquire [chain]
    return is_end(link) ? no_node : link;
}

node_number bucket_table::find(const void* key, std::uint32_t hash) noexcept {
    const std::uint32_t own_end = end_bit | bucket_of(hash);
    // Recycling can lead a reader astray again and again; it may give up after twice the size of the table.
    std::uint64_t steps = 2 * std::uint64_t{elements_.count()} + 64;
    while (true) {
        std::uint32_t link =
            buckets_[bucket_of(hash)].head.load(std::memory_order_acquire);  // acquire [chain]
        while (!is_end(link)) {
            if (steps-- == 0) return no_node;
            const node& here = elements_.at(link);
            // relaxed: compared only; the key decides
            if (here.hash.load(std::memory_order_relaxed) == hash &&
                holds(elements_.key(link), key, elements_.key_size()))
                return link;
            link = here.chain_next.load(std::memory_order_acquire);  // acquire [chain]
        }
        if (link == own_end) return no_node;
    }
}

node_number bucket_table::find_locked(const void* key, std::uint32_t hash) noexcept {
    for (node_number n = first(bucket_of(hash)); n != no_node; n = after(n))
        // relaxed: guarded by the bucket's lock
        if (elements_.at(n).hash.load(std::memory_order_relaxed) == hash &&
            holds(elements_.key(n), key, elements_.key_size()))
            return n;
    return no_node;
}

void bucket_table::link(node_number n) noexcept {
    node& mine = elements_.at(n);
    auto& head = buckets_[bucket_of(mine.hash.load(std::memory_order_relaxed))].head;  // relaxed: own node
    // relaxed: under the lock; published by the next line
    mine.chain_next.store(head.load(std::memory_order_relaxed), std::memory_order_relaxed);
    head.store(n, std::memory_order_release);  // release [chain]: key, hash and next are there first
}

bool bucket_table::unlink(node_number n) noexcept {
    const node& mine = elements_.at(n);
    auto* link =
        &buckets_[bucket_of(mine.hash.load(std::memory_order_relaxed))].head;    // relaxed: under the lock
    for (std::uint32_t at = link->load(std::memory_order_relaxed); !is_end(at);  // relaxed: under the lock
         at = link->load(std::memory_order_relaxed)) {                           // relaxed: under the lock
        if (at == n) {
            // release [chain]: what follows was published through this chain before
            link->store(mine.chain_next.load(std::memory_order_relaxed), std::memory_order_release);
            return true;
        }
        link = &elements_.at(at).chain_next;
    }
    return false;
}

bool bucket_table::remove_victim(node_number n) noexcept {
    const std::uint32_t bucket =
        bucket_of(elements_.at(n).hash.load(std::memory_order_relaxed));  // relaxed: hint
    if (lock(bucket) != 0) return false;
    const bool was_there = unlink(n);
    unlock(bucket);
    return was_there;
}

}  // namespace resile::inline RESILE_PLATFORM::linux_lru_detail
