// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Recency levels, and eight of them in one word, looked at all at once: which of them are 0 is random, and a
// branch for each would be guessed wrong half of the time.

#include <resile/detail/platform.hpp>

#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail::lru {

// How recently an entry was used, one byte per node: {absent 1 | who inserted it 5 | level 2}. The hand
// (victims.hpp) lowers it, use raises it.
namespace recency_level {
inline constexpr std::uint8_t idle = 0;      // the next victim
inline constexpr std::uint8_t aged = 1;      // used, but the hand was here since
inline constexpr std::uint8_t used = 2;      // since the hand was here
inline constexpr std::uint8_t inserted = 3;  // since the hand was here, and not used yet
inline constexpr std::uint8_t mask = 3;
inline constexpr unsigned owner_shift = 2;
inline constexpr unsigned owners = 32;
inline constexpr std::uint8_t owner_bits = (owners - 1) << owner_shift;
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
    [[nodiscard]] constexpr std::uint64_t inserted() const noexcept {
        return bytes_ & bytes_ >> 1 & present();
    }
    [[nodiscard]] constexpr std::uint64_t present() const noexcept { return ~bytes_ >> 7 & all; }
    // The same, but idle ones are that owner's.
    [[nodiscard]] constexpr level_group idle_owned_by(std::uint8_t owner) const noexcept {
        return level_group((bytes_ & ~(idle() * recency_level::owner_bits)) |
                           idle() * (std::uint64_t{owner} << recency_level::owner_shift));
    }
    // The bytes after the hand passed: used becomes aged, everything else idle.
    [[nodiscard]] constexpr std::uint64_t passed() const noexcept {
        return (bytes_ & ~(all * recency_level::mask)) | (bytes_ >> 1 & ~bytes_ & all);
    }
    // The bytes with every level one lower.
    [[nodiscard]] constexpr std::uint64_t one_lower() const noexcept {
        return bytes_ - ((bytes_ | bytes_ >> 1) & all);
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
static_assert(level_group(0x0302010083828180).passed() == 0x0001000080818080 &&
              level_group(0x0302010083828180).one_lower() == 0x0201000082818080 &&
              level_group(0x0302010083828180).idle() == 0x0000000100000000);
static_assert(level_group::places(0x0100000000000001) == 0x81 &&
              level_group::places(0x0000000000000100) == 2);

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
