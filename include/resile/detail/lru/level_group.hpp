// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Recency levels, and eight of them in one word, looked at all at once: which of them are 0 is random, and a
// branch for each would be guessed wrong half of the time.

#include <resile/detail/platform.hpp>

#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail::lru {

// How recently an entry was used, one byte per node: {absent 1 | owner 2 | epoch 3 | level 2}. The hand
// (victims.hpp) lowers the level, use raises it. owner: which quarter of the CPUs inserted it. epoch: when,
// in fifths of max_entries insertions, modulo 8. One that was inserted in this epoch or the one before is
// *fresh*, and no victim.
namespace recency_level {
inline constexpr std::uint8_t idle = 0;      // the next victim
inline constexpr std::uint8_t aged = 1;      // used, but the hand was here since
inline constexpr std::uint8_t used = 2;      // since the hand was here
inline constexpr std::uint8_t inserted = 3;  // since the hand was here, and not used yet
inline constexpr std::uint8_t mask = 3;
inline constexpr unsigned epoch_shift = 2;
inline constexpr unsigned epochs = 8;
inline constexpr unsigned owner_shift = 5;
inline constexpr unsigned owners = 4;
inline constexpr std::uint8_t owner_bits = (owners - 1) << owner_shift;
inline constexpr std::uint8_t epoch_bits = (epochs - 1) << epoch_shift;
inline constexpr std::uint8_t absent = 0x80;  // the node is no entry; a hint
}  // namespace recency_level

// Eight levels. Results have bit 0 of a byte set where something is so.
class level_group {
  public:
    static constexpr std::uint32_t size = 8;
    static constexpr std::uint64_t all = 0x0101010101010101;

    constexpr explicit level_group(std::uint64_t bytes) noexcept : bytes_(bytes) {}

    [[nodiscard]] constexpr std::uint64_t idle() const noexcept {
        return ~(bytes_ | bytes_ >> 1 | bytes_ >> 7) & all;
    }
    [[nodiscard]] constexpr std::uint64_t owned_by(std::uint8_t owner) const noexcept {
        const std::uint64_t different =
            (bytes_ >> recency_level::owner_shift ^ all * owner) & all * (recency_level::owners - 1);
        // 0 + 0x7f stays below 0x80, everything else reaches it.
        return ~(different + all * 0x7f) >> 7 & all;
    }
    // Inserted in that epoch or the one before.
    [[nodiscard]] constexpr std::uint64_t fresh(unsigned epoch) const noexcept {
        const std::uint64_t theirs = bytes_ >> recency_level::epoch_shift & all * (recency_level::epochs - 1);
        // In each byte epoch + 8 - theirs, at least 1: nothing is borrowed from the next byte.
        const std::uint64_t ages = all * (epoch + recency_level::epochs) - theirs;
        return ~(ages >> 1 | ages >> 2) & all;
    }
    // The same, but idle ones are that owner's.
    [[nodiscard]] constexpr level_group idle_owned_by(std::uint8_t owner) const noexcept {
        return level_group((bytes_ & ~(idle() * recency_level::owner_bits)) |
                           idle() * (std::uint64_t{owner} << recency_level::owner_shift));
    }
    // The bytes after the hand passed: used becomes aged, everything else idle. What was lowered and is not
    // fresh is two epochs old from now on: eight would look fresh.
    [[nodiscard]] constexpr std::uint64_t passed(unsigned epoch) const noexcept {
        const std::uint64_t lowered = (bytes_ & ~(all * recency_level::mask)) | (bytes_ >> 1 & ~bytes_ & all);
        const std::uint64_t old = ~(fresh(epoch) | bytes_ >> 7) & all;
        const std::uint64_t before = (epoch + recency_level::epochs - 2) % recency_level::epochs;
        return (lowered & ~(old * recency_level::epoch_bits)) | old * (before << recency_level::epoch_shift);
    }
    // A result as one bit per place, the first node's lowest.
    [[nodiscard]] static constexpr unsigned places(std::uint64_t result) noexcept {
        return static_cast<unsigned>(result * 0x0102040810204080 >> 56);
    }

  private:
    std::uint64_t bytes_;
};
// What the hand looks at in one go: a cache line of levels.
struct level_run {
    static constexpr std::uint32_t groups = 8;
    static constexpr std::uint32_t size = groups * level_group::size;
    [[nodiscard]] static constexpr std::uint32_t first_node(std::uint32_t run) noexcept {
        return run * size + 1;
    }
    [[nodiscard]] static constexpr std::uint32_t run_of(std::uint32_t node) noexcept {
        return (node - 1) / size;
    }
    // The node's bit in a run; none, if it is not there.
    [[nodiscard]] static constexpr std::uint64_t place_of(std::uint32_t node, std::uint32_t run) noexcept {
        const std::uint32_t place = node - first_node(run);
        return place < size ? std::uint64_t{1} << place : 0;
    }
};
static_assert(level_group(0x0302010083828180).passed(0) == 0x0001000080818080 &&
              level_group(0x0302010083828180).idle() == 0x0000000100000000);
static_assert(level_group(0x1f1b17130f0b0703).fresh(0) == 0x0100000000000001 &&
              level_group(0x1f1b17130f0b0703).fresh(3) == 0x0000000001010000 &&
              level_group(0x0f0e0d0c03020100).passed(3) == 0x0c0d0c0c04050404);
static_assert(level_group::places(0x0100000000000001) == 0x81 &&
              level_group::places(0x0000000000000100) == 2);

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
