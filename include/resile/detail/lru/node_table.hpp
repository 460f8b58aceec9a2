// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Where everything of a map lies: bucket heads, recency bytes, nodes, free pools, counters; one block of
// memory, indices and no pointers inside, so that the same bytes may one day be shared by processes.
//
// A node: link, hash, pins, key, value. A value of one word stands beside the link, so that one 16-byte
// compare-and-swap changes it exactly as long as the node is alive.

#include <resile/detail/lru/level_group.hpp>
#include <resile/detail/lru/link_word.hpp>
#include <resile/detail/platform.hpp>

#include <cstddef>
#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail::lru {

using word = std::uint64_t;
using atomic_word = platform::atomic<word>;

// Words that hold that many bytes.
[[nodiscard]] constexpr std::size_t words_for(std::size_t bytes) noexcept {
    return (bytes + sizeof(word) - 1) / sizeof(word);
}

// Where the parts of a node are, in bytes.
struct node_shape {
    std::size_t key_words, value_words;

    [[nodiscard]] constexpr bool value_beside_link() const noexcept { return value_words == 1; }
    [[nodiscard]] constexpr std::size_t hash_at() const noexcept { return value_beside_link() ? 16 : 8; }
    [[nodiscard]] constexpr std::size_t pins_at() const noexcept { return hash_at() + 4; }
    [[nodiscard]] constexpr std::size_t key_at() const noexcept { return hash_at() + 8; }
    [[nodiscard]] constexpr std::size_t value_at() const noexcept {
        return value_beside_link() ? 8 : key_at() + 8 * key_words;
    }
    // A multiple of 32: small nodes do not cross cache lines, and all are aligned for 16-byte operations.
    [[nodiscard]] constexpr std::size_t bytes() const noexcept {
        const std::size_t end = key_at() + 8 * key_words + (value_beside_link() ? 0 : 8 * value_words);
        return (end + 31) / 32 * 32;
    }
};

// One CPU's share of what is changed often. CPUs beyond the 16th share.
// Two lines: in a full map everybody looks at everybody's free nodes of the capacity, which never change
// then, while the reserve changes at every insertion.
struct cpu_share {
    alignas(128) atomic_word capacity;     // a stack of free nodes: {index 32 | version 32}
    platform::atomic<std::int64_t> taken;  // nodes taken from the capacity here, less those given back
    alignas(128) atomic_word reserve;      // a stack of free nodes
    // The hand of this CPU: the run of nodes that it is in and the one it will come to, {run 32 | run after
    // 32}, and which nodes of the run it found idle.
    atomic_word runs, candidates;

    [[nodiscard]] atomic_word& free(pool which) noexcept {
        return which == pool::capacity ? capacity : reserve;
    }
};
inline constexpr std::size_t most_shares = 16;

// What all CPUs share, and change rarely.
struct shared_words {
    alignas(128) platform::atomic<std::uint32_t> hand;   // where the next run begins
    alignas(128) platform::atomic<std::uint32_t> debts;  // nodes that the capacity owes the reserve
    platform::atomic<std::uint32_t> handles_used;        // not 0: somebody has had a handle
};

// What is counted, per context depth.
enum class event : std::uint8_t {
    hit,
    miss,
    insertion,
    replacement,
    eviction,
    erasure,
    retry,      // an operation looked again because another one came between
    no_memory,  // refused: every entry is pinned
};
inline constexpr std::size_t events = 8;
inline constexpr std::size_t depths = 4;

// What one slot, that is one thread and its handlers, has for itself. The last share is that of all slots
// which have none; it keeps no spare node.
struct alignas(64) slot_share {
    atomic_word counts[depths][events];
    platform::atomic<node_index> spare;  // a free node of the reserve, taken and given without a lock prefix
};
inline constexpr std::size_t own_slot_shares = 64;

// What a map is made of; fixed at construction.
struct dimensions {
    node_shape shape;
    std::size_t max_entries;
    std::size_t reserve;  // those that slots keep as spares included
    std::size_t spares;   // slots that may keep one: the first so many
    std::size_t buckets;  // 2^32 at most
    std::size_t shares;   // a power of two

    [[nodiscard]] std::size_t nodes() const noexcept { return max_entries + reserve; }
    // By its upper bits: any number of buckets will do, so memory follows max_entries and not powers of two.
    [[nodiscard]] std::size_t bucket_of(std::uint32_t hash) const noexcept {
        return word{hash} * buckets >> 32;
    }
    // The least hash that belongs to a bucket.
    [[nodiscard]] std::uint32_t hash_of_bucket(std::size_t bucket) const noexcept {
        return static_cast<std::uint32_t>(((word{bucket} << 32) + buckets - 1) / buckets);
    }
};

// The memory of a map. Owns it.
class node_table {
  public:
    // All nodes free. Throws std::bad_alloc.
    explicit node_table(const dimensions&, bool huge_pages);
    ~node_table();
    node_table(const node_table&) = delete;
    node_table& operator=(const node_table&) = delete;

    [[nodiscard]] const dimensions& size() const noexcept { return size_; }

    [[nodiscard]] atomic_word& head(std::uint32_t hash) const noexcept {
        return heads_[size_.bucket_of(hash)];
    }
    [[nodiscard]] platform::atomic<std::uint8_t>& recency(node_index node) const noexcept {
        return recency_[node];
    }
    // The levels of eight nodes at once, beginning with node 8 * group + 1. Those beyond the last node are
    // absent.
    [[nodiscard]] atomic_word& levels(std::uint32_t group) const noexcept {
        return *reinterpret_cast<atomic_word*>(recency_ + 1 + std::size_t{group} * level_group::size);
    }
    [[nodiscard]] std::uint32_t level_runs() const noexcept { return level_runs_; }
    [[nodiscard]] cpu_share& share_of_cpu(unsigned cpu) const noexcept {
        return cpu_shares_[cpu & share_mask_];
    }
    [[nodiscard]] slot_share& share_of_slot(std::size_t slot) const noexcept { return slot_shares_[slot]; }
    [[nodiscard]] platform::atomic<std::uint32_t>& global_hand() const noexcept { return shared_->hand; }
    [[nodiscard]] platform::atomic<std::uint32_t>& debts() const noexcept { return shared_->debts; }
    [[nodiscard]] platform::atomic<std::uint32_t>& handles_used() const noexcept {
        return shared_->handles_used;
    }
    [[nodiscard]] std::byte* nodes() const noexcept { return nodes_; }

  private:
    dimensions size_;
    std::uint32_t share_mask_, level_runs_;
    void* memory_ = nullptr;
    std::size_t bytes_ = 0;
    atomic_word* heads_ = nullptr;
    platform::atomic<std::uint8_t>* recency_ = nullptr;
    cpu_share* cpu_shares_ = nullptr;
    slot_share* slot_shares_ = nullptr;
    shared_words* shared_ = nullptr;
    std::byte* nodes_ = nullptr;
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
