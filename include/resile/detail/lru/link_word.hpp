// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The 8 bytes that lead from one node of a chain, or of a free stack, to the next.
//
//   bits 0-31   next     index of the next node; 0: none
//   bit  32     marked   the node that holds this word is dead: it never changes until the node is free
//   bit  33     pool     of a marked word: which pool the node belongs to when it is free
//   bits 34-63  version  goes up at every change of the word, through freeing and reuse, and never back
//
// So no compare-and-swap can succeed on a word that was anything else in between (2^30 changes of one word
// during one preempted operation excepted). A tag that names the incarnation of the *target* is not enough: a
// replacement puts a recycled node in front of an old successor, the word repeats, and a stale swap hits a
// stranger.

#include <resile/detail/platform.hpp>

#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail::lru {

using node_index = std::uint32_t;
inline constexpr node_index no_node = 0;

// The two pools of free nodes. A free node of pool `capacity` is an entry that the map could hold; those of
// pool `reserve` are what contexts work with before they give one back.
enum class pool : std::uint8_t { capacity, reserve };

class link_word {
  public:
    constexpr explicit link_word(std::uint64_t bits) noexcept : bits_(bits) {}

    [[nodiscard]] constexpr node_index next() const noexcept { return static_cast<node_index>(bits_); }
    [[nodiscard]] constexpr bool is_marked() const noexcept { return (bits_ & mark_bit) != 0; }
    [[nodiscard]] constexpr pool home() const noexcept {
        return (bits_ & pool_bit) != 0 ? pool::reserve : pool::capacity;
    }
    [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return bits_; }

    // The word that follows this one: alive, leading to `next`.
    [[nodiscard]] constexpr link_word leading_to(node_index next) const noexcept {
        return link_word(((bits_ & version_mask) + one_version) | next);
    }
    // The word that follows this one: dead, leading to `next`, at home in `home`.
    [[nodiscard]] constexpr link_word dead(node_index next, pool home) const noexcept {
        return link_word(leading_to(next).bits_ | mark_bit | (home == pool::reserve ? pool_bit : 0));
    }
    constexpr bool operator==(const link_word&) const noexcept = default;

  private:
    static constexpr std::uint64_t mark_bit = 1ULL << 32;
    static constexpr std::uint64_t pool_bit = 1ULL << 33;
    static constexpr std::uint64_t one_version = 1ULL << 34;
    static constexpr std::uint64_t version_mask = ~(one_version - 1);
    std::uint64_t bits_;
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
