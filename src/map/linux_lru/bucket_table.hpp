// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The hash table: a power of two of buckets, each a lock and a chain. New elements go to the head.
//
// Readers take no lock. A chain ends with a marker that names its bucket: a reader whose node was recycled
// under it arrives in another chain, sees a foreign marker at its end, and starts again.

#include "map/linux_lru/element.hpp"
#include "map/linux_lru/generation.hpp"

#include <cstdint>
#include <memory>

namespace resile::inline RESILE_PLATFORM::linux_lru_detail {

class bucket_table {
  public:
    bucket_table(element_table& elements, std::uint32_t seed, refusal_counters& refused);

    [[nodiscard]] std::uint32_t hash(const void* key) const noexcept;
    [[nodiscard]] std::uint32_t buckets() const noexcept { return mask_ + 1; }
    [[nodiscard]] std::uint32_t bucket_of(std::uint32_t hash) const noexcept { return hash & mask_; }

    // 0, or -EDEADLK, -ETIMEDOUT, -EBUSY as the lock refused.
    [[nodiscard]] int lock(std::uint32_t bucket) noexcept;
    void unlock(std::uint32_t bucket) noexcept;

    // Without a lock; no_node: absent.
    [[nodiscard]] node_number find(const void* key, std::uint32_t hash) noexcept;
    // First and next of a chain, no_node at its end. For walks under the lock, or for a look that may be
    // stale.
    [[nodiscard]] node_number first(std::uint32_t bucket) const noexcept;
    [[nodiscard]] node_number after(node_number) const noexcept;

    // --- under the lock of the node's bucket ---
    [[nodiscard]] node_number find_locked(const void* key, std::uint32_t hash) noexcept;
    void link(node_number) noexcept;
    // False: it is not in its bucket.
    bool unlink(node_number) noexcept;

    // Takes a victim out, for the LRU. False: its bucket's lock refused, or it is not there (any more).
    [[nodiscard]] bool remove_victim(node_number) noexcept;

  private:
    struct guarded_chain {
        spinlock lock;
        platform::atomic<std::uint32_t> head{0};
    };
    [[nodiscard]] bool is_end(std::uint32_t link) const noexcept { return (link & end_bit) != 0; }
    static constexpr std::uint32_t end_bit = 0x80000000U;

    element_table& elements_;
    refusal_counters& refused_;
    std::uint32_t mask_;
    std::uint32_t seed_;
    std::unique_ptr<guarded_chain[]> buckets_;
};

}  // namespace resile::inline RESILE_PLATFORM::linux_lru_detail
