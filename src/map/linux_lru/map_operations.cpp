// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Update, lookup, delete, lookup_and_delete: flags and error numbers.
//
// The fault that everybody meets first is in update: it takes a node, evicting others if the map is full,
// before it looks whether the key is there. The evicted one is often that very key.

#include "map/linux_lru/map_state.hpp"

#include <cerrno>

namespace resile::inline RESILE_PLATFORM {

using linux_lru_detail::copy_in;
using linux_lru_detail::no_node;
using linux_lru_detail::node_number;

namespace {

constexpr std::uint64_t presence_flags = linux_lru::noexist | linux_lru::exist;

// The refusal that flags demand, 0 if none.
[[nodiscard]] int presence_error(std::uint64_t flags, bool present) noexcept {
    if (present && (flags & presence_flags) == linux_lru::noexist) return -EEXIST;
    if (!present && (flags & presence_flags) == linux_lru::exist) return -ENOENT;
    return 0;
}

}  // namespace

int linux_lru::state::update(const void* key, const value_part& value, std::uint64_t flags) noexcept {
    if (flags > linux_lru::exist) return -EINVAL;
    return options.percpu_values ? update_percpu(key, value, flags) : update_plain(key, value.data, flags);
}

int linux_lru::state::update_plain(const void* key, const void* value, std::uint64_t flags) noexcept {
    const std::uint32_t hash = buckets.hash(key);
    const node_number fresh = lru->take(this_cpu(), hash);
    if (fresh == no_node) return -ENOMEM;
    copy_in(elements.key(fresh), key, elements.key_size());
    copy_in(elements.value(fresh), value, elements.value_size());

    const std::uint32_t bucket = buckets.bucket_of(hash);
    int error = buckets.lock(bucket);
    node_number old = no_node;
    if (error == 0) {
        old = buckets.find_locked(key, hash);
        error = presence_error(flags, old != no_node);
        if (error == 0) {
            buckets.link(fresh);
            if (old != no_node) {
                buckets.unlink(old);
                elements.at(fresh).ref.store(true, std::memory_order_relaxed);  // relaxed: advice
            }
        }
        buckets.unlock(bucket);
    }
    if (error != 0)
        lru->give_back(fresh);
    else if (old != no_node)
        lru->give_back(old);
    return error;
}

int linux_lru::state::update_percpu(const void* key, const value_part& value, std::uint64_t flags) noexcept {
    const std::uint32_t hash = buckets.hash(key);
    node_number fresh = no_node;
    if (flags != linux_lru::exist) {
        fresh = lru->take(this_cpu(), hash);
        if (fresh == no_node) return -ENOMEM;
    }
    const std::uint32_t bucket = buckets.bucket_of(hash);
    int error = buckets.lock(bucket);
    if (error == 0) {
        const node_number old = buckets.find_locked(key, hash);
        error = presence_error(flags, old != no_node);
        if (error == 0 && old != no_node) {
            elements.at(old).ref.store(true, std::memory_order_relaxed);  // relaxed: advice
            write_values(old, value, false);
        } else if (error == 0) {
            copy_in(elements.key(fresh), key, elements.key_size());
            write_values(fresh, value, true);
            buckets.link(fresh);
            fresh = no_node;
        }
        buckets.unlock(bucket);
    }
    if (fresh != no_node) lru->give_back(fresh);
    return error;
}

int linux_lru::state::erase(const void* key, void* value) noexcept {
    const std::uint32_t hash = buckets.hash(key);
    const std::uint32_t bucket = buckets.bucket_of(hash);
    const int error = buckets.lock(bucket);
    if (error != 0) return error;
    const node_number found = buckets.find_locked(key, hash);
    if (found != no_node) {
        if (value != nullptr) read_values(found, value);
        buckets.unlink(found);
    }
    buckets.unlock(bucket);
    if (found == no_node) return -ENOENT;
    lru->give_back(found);
    return 0;
}

void* linux_lru::lookup(const void* key) noexcept {
    const node_number found = state_->buckets.find(key, state_->buckets.hash(key));
    if (found == no_node) return nullptr;
    auto& ref = state_->elements.at(found).ref;
    // relaxed, both: advice; written only if clear, to leave the line shared between readers
    if (!ref.load(std::memory_order_relaxed)) ref.store(true, std::memory_order_relaxed);  // relaxed: advice
    return state_->elements.value(found, state_->options.percpu_values ? state_->this_cpu() : 0);
}

int linux_lru::update(const void* key, const void* value, std::uint64_t flags) noexcept {
    return state_->update(key, {value, state::value_part::kind::one_cpu, state_->this_cpu()}, flags);
}

int linux_lru::erase(const void* key) noexcept {
    return state_->erase(key, nullptr);
}

int linux_lru::user_lookup_and_erase(const void* key, void* value) noexcept {
    return state_->erase(key, value);
}

}  // namespace resile::inline RESILE_PLATFORM
