// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Where everything of a map lies: buckets, recency bytes, nodes, free pools, counters; one block of
// memory, indices and no pointers inside, so that the same bytes may one day be shared by processes.
//
// A node: link, hash, pins, key, value. A value of one word stands beside the link, so that one 16-byte
// compare-and-swap changes it exactly as long as the node is alive.

#include <resile/detail/lru/level_group.hpp>
#include <resile/detail/lru/link_word.hpp>
#include <resile/detail/platform.hpp>
#include <resile/detail/slot_record.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

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

// Which entries a bucket has: {seats that count 8 | first node of the chain 32}.
class bucket_state {
  public:
    constexpr explicit bucket_state(word bits) noexcept : bits_(bits) {}
    constexpr bucket_state(unsigned seats, node_index next) noexcept : bits_(word{seats} << 32 | next) {}
    [[nodiscard]] constexpr unsigned seats() const noexcept { return static_cast<unsigned>(bits_ >> 32); }
    [[nodiscard]] constexpr node_index next() const noexcept { return static_cast<node_index>(bits_); }
    [[nodiscard]] constexpr word bits() const noexcept { return bits_; }

  private:
    word bits_;
};

// A cache line. Version and state change by one step, and the version goes up each time.
struct alignas(64) bucket {
    static constexpr unsigned seats = 8;
    static constexpr unsigned all_seats = (1U << seats) - 1;
    // A part of the hash, so that few nodes are read in vain; what it says is looked up in the node.
    using tag = std::uint16_t;

    atomic_word version;
    atomic_word state;
    platform::atomic<tag> tags[seats];
    platform::atomic<node_index> nodes[seats];  // no_node: nobody uses the seat

    // Which of some seats may have that hash.
    [[nodiscard]] unsigned seats_of(std::uint32_t hash, unsigned among) const noexcept {
        return platform::equal_ones(tags, static_cast<tag>(hash), among);
    }
};
static_assert(sizeof(bucket) == 64);

// Free nodes of the capacity. In a full map they never change, and every insertion looks at those of all CPUs
// before it evicts; so there are few, which CPUs beyond the 16th share.
struct alignas(128) room_share {
    atomic_word free;                      // a stack of free nodes: {index 32 | version 32}
    platform::atomic<std::int64_t> taken;  // nodes taken from here, less those given back
};
inline constexpr std::size_t most_room_shares = 16;

// What one CPU changes often, in a full map, too.
struct alignas(128) cpu_share {
    atomic_word reserve;  // a stack of free nodes
    // The hand of this CPU: the run of nodes that it is in and the one it will come to, {run 32 | run after
    // 32}, and which nodes of the run it found idle.
    atomic_word runs, candidates;
    platform::atomic<std::uint32_t> insertions;  // since the last tick
};
inline constexpr std::size_t most_shares = 128;

// What all CPUs share, and change rarely.
struct shared_words {
    alignas(128) platform::atomic<std::uint32_t> hand;   // where the next run begins
    alignas(128) platform::atomic<std::uint32_t> debts;  // nodes that the capacity owes the reserve
    platform::atomic<std::uint32_t> handles_used;        // not 0: somebody has had a handle
    platform::atomic<std::uint32_t> ticks;               // the time of the map, see victims
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
inline constexpr std::size_t depths = counted_depths;

// What contexts of one slot, that is one thread, count at one depth; the number of the row is the
// counting_row of their record. Slots beyond dimensions::own_slots count together, in the last rows.
struct alignas(64) event_row {
    atomic_word counts[events];
};
inline constexpr std::size_t least_own_slots = 64;
inline constexpr std::size_t most_own_slots = 1024;

// A free node of the reserve that a slot keeps for itself, taken and given without a lock prefix.
struct alignas(64) spare_place {
    platform::atomic<node_index> node;
};

// What a map is made of; fixed at construction.
struct dimensions {
    node_shape shape;
    std::size_t max_entries;
    std::size_t reserve;    // those that slots keep as spares included
    std::size_t own_slots;  // slots that count for themselves: the first so many
    std::size_t spares;     // those of them that may keep a spare node
    std::size_t buckets;
    std::size_t shares;  // cpu_shares, a power of two

    [[nodiscard]] std::size_t room_shares() const noexcept { return std::min(shares, most_room_shares); }

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

    [[nodiscard]] bucket& bucket_of(std::uint32_t hash) const noexcept {
        return buckets_[size_.bucket_of(hash)];
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
    // Which quarter of the CPUs it belongs to; neighbours share caches.
    [[nodiscard]] std::uint8_t owner_of_cpu(unsigned cpu) const noexcept {
        return static_cast<std::uint8_t>((cpu & share_mask_) * recency_level::owners >> share_bits_);
    }
    [[nodiscard]] room_share& room_of_cpu(unsigned cpu) const noexcept {
        return room_shares_[cpu & room_mask_];
    }
    [[nodiscard]] std::span<room_share> rooms() const noexcept {
        return {room_shares_, std::size_t{room_mask_} + 1};
    }
    // A CPU's stack of free nodes, and how many such stacks there are.
    [[nodiscard]] atomic_word& free_of_cpu(pool which, unsigned cpu) const noexcept {
        return which == pool::capacity ? room_of_cpu(cpu).free : share_of_cpu(cpu).reserve;
    }
    [[nodiscard]] std::size_t shares_of(pool which) const noexcept {
        return which == pool::capacity ? std::size_t{room_mask_} + 1 : size_.shares;
    }
    // One per depth of each slot that counts for itself, then one per depth for all others.
    [[nodiscard]] event_row& row(std::size_t number) const noexcept { return rows_[number]; }
    [[nodiscard]] std::size_t own_rows() const noexcept { return size_.own_slots * depths; }
    // Of the first size().spares slots.
    [[nodiscard]] platform::atomic<node_index>& spare_of_slot(std::size_t slot) const noexcept {
        return spares_[slot].node;
    }
    [[nodiscard]] platform::atomic<std::uint32_t>& global_hand() const noexcept { return shared_->hand; }
    [[nodiscard]] platform::atomic<std::uint32_t>& debts() const noexcept { return shared_->debts; }
    [[nodiscard]] platform::atomic<std::uint32_t>& handles_used() const noexcept {
        return shared_->handles_used;
    }
    [[nodiscard]] platform::atomic<std::uint32_t>& ticks() const noexcept { return shared_->ticks; }
    [[nodiscard]] std::byte* nodes() const noexcept { return nodes_; }

  private:
    dimensions size_;
    std::uint32_t share_mask_, share_bits_, room_mask_, level_runs_;
    void* memory_ = nullptr;
    std::size_t bytes_ = 0;
    bucket* buckets_ = nullptr;
    platform::atomic<std::uint8_t>* recency_ = nullptr;
    room_share* room_shares_ = nullptr;
    cpu_share* cpu_shares_ = nullptr;
    event_row* rows_ = nullptr;
    spare_place* spares_ = nullptr;
    shared_words* shared_ = nullptr;
    std::byte* nodes_ = nullptr;
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
