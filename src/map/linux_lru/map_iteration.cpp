// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Walking a map that others change: key by key, or bucket by bucket.
//
// get_next_key starts again when its key has gone meanwhile, and may so never come to an end (a complaint
// since 2018). Batches walk whole buckets, so every element that stays is met exactly once.

#include "map/linux_lru/map_state.hpp"

#include <algorithm>
#include <cerrno>

namespace resile::inline RESILE_PLATFORM {

using linux_lru_detail::copy_out;
using linux_lru_detail::no_node;
using linux_lru_detail::node_number;

int linux_lru::next_key(const void* key, void* next) noexcept {
    auto& buckets = state_->buckets;
    std::uint32_t bucket = 0;
    node_number n = no_node;
    if (key != nullptr) {
        const std::uint32_t hash = buckets.hash(key);
        const node_number found = buckets.find(key, hash);
        if (found != no_node) {
            n = buckets.after(found);
            bucket = buckets.bucket_of(hash) + 1;
        }
    }
    for (; n == no_node && bucket < buckets.buckets(); ++bucket) n = buckets.first(bucket);
    if (n == no_node) return -ENOENT;
    copy_out(next, state_->elements.key(n), state_->elements.key_size());
    return 0;
}

int linux_lru::state::batch(std::uint64_t& position, void* keys, void* values, std::uint32_t& count,
                            bool erase_them) noexcept {
    const std::uint32_t room = count;
    const std::size_t value_bytes =
        options.percpu_values ? cpus * rounded_value_size() : std::size_t{elements.value_size()};
    auto* key_at = static_cast<unsigned char*>(keys);
    auto* value_at = static_cast<unsigned char*>(values);
    count = 0;
    if (room == 0) return 0;
    for (; position < buckets.buckets(); ++position) {
        const auto bucket = static_cast<std::uint32_t>(position);
        if (buckets.first(bucket) == no_node) continue;
        const int error = buckets.lock(bucket);
        if (error != 0) return error;
        std::uint32_t here = 0;
        for (node_number n = buckets.first(bucket); n != no_node; n = buckets.after(n)) ++here;
        if (here > room - count) {
            buckets.unlock(bucket);
            return count == 0 ? -ENOSPC : 0;
        }
        node_number taken = no_node;  // chained through stack_next until the lock is released
        for (node_number n = buckets.first(bucket); n != no_node; ++count) {
            const node_number following = buckets.after(n);
            copy_out(key_at + std::size_t{count} * elements.key_size(), elements.key(n), elements.key_size());
            read_values(n, value_at + count * value_bytes);
            if (erase_them) {
                buckets.unlink(n);
                elements.at(n).stack_next.store(taken,
                                                std::memory_order_relaxed);  // relaxed: ours until given back
                taken = n;
            }
            n = following;
        }
        buckets.unlock(bucket);
        while (taken != no_node) {
            const node_number n = taken;
            taken =
                elements.at(n).stack_next.load(std::memory_order_relaxed);  // relaxed: ours until given back
            lru->give_back(n);
        }
    }
    return -ENOENT;
}

int linux_lru::lookup_batch(std::uint64_t& position, void* keys, void* values,
                            std::uint32_t& count) noexcept {
    return state_->batch(position, keys, values, count, false);
}

int linux_lru::lookup_and_erase_batch(std::uint64_t& position, void* keys, void* values,
                                      std::uint32_t& count) noexcept {
    return state_->batch(position, keys, values, count, true);
}

int linux_lru::update_batch(const void* keys, const void* values, std::uint32_t& count,
                            std::uint64_t flags) noexcept {
    const std::uint32_t wanted = count;
    const auto* key = static_cast<const unsigned char*>(keys);
    const auto* value = static_cast<const unsigned char*>(values);
    const bool whole = (flags & (flag_cpu | flag_all_cpus)) == 0;
    // As in Linux: a batch only says "any", and flags are judged before the count is touched.
    if ((flags & 0xffffffffU & ~(flag_cpu | flag_all_cpus)) != 0) return -EINVAL;
    const int error_of_flags = state_->cpu_flags_error(flags);
    if (error_of_flags != 0) return error_of_flags;
    count = 0;
    const std::size_t value_bytes = whole ? user_value_size() : state_->rounded_value_size();
    for (; count < wanted; ++count) {
        const int error = user_update(key + std::size_t{count} * state_->elements.key_size(),
                                      value + count * value_bytes, flags);
        if (error != 0) return error;
    }
    return 0;
}

int linux_lru::erase_batch(const void* keys, std::uint32_t& count) noexcept {
    const std::uint32_t wanted = count;
    const auto* key = static_cast<const unsigned char*>(keys);
    for (count = 0; count < wanted; ++count) {
        const int error = erase(key + std::size_t{count} * state_->elements.key_size());
        if (error != 0) return error;
    }
    return 0;
}

}  // namespace resile::inline RESILE_PLATFORM
