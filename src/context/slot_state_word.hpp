// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Who uses a slot.
//
//   bits   name         meaning                                        changed by
//   0-31   thread       kernel id of the thread                        claimer, forked child
//   32-33  state        0 free, 1 claimed, 2 gone (owner of locks)     claimer, leaver, recoverer
//   34-63  incarnation  number of the slot's life                      claimer
//
// Idle: all zero. One word, so that nobody can see a claimed slot with somebody else's thread id.

#include <resile/detail/platform.hpp>

#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail {

class slot_state_word {
  public:
    enum class state : std::uint8_t { free = 0, claimed = 1, gone = 2 };

    constexpr explicit slot_state_word(std::uint64_t bits) noexcept : bits_(bits) {}

    [[nodiscard]] constexpr state kind() const noexcept { return static_cast<state>((bits_ >> 32) & 3U); }
    [[nodiscard]] constexpr bool is_free() const noexcept { return kind() == state::free; }
    [[nodiscard]] constexpr bool is_claimed() const noexcept { return kind() == state::claimed; }
    [[nodiscard]] constexpr bool is_gone() const noexcept { return kind() == state::gone; }
    [[nodiscard]] constexpr std::int32_t thread() const noexcept { return static_cast<std::int32_t>(bits_); }

    // A new life of the slot, for `thread`.
    [[nodiscard]] constexpr slot_state_word claimed_by(std::int32_t thread) const noexcept {
        const std::uint64_t next_life = (bits_ >> 34) + 1U;
        return slot_state_word((next_life << 34) | (std::uint64_t{1} << 32) |
                               static_cast<std::uint32_t>(thread));
    }
    // The same life under another thread id: the forking thread in the child.
    [[nodiscard]] constexpr slot_state_word renamed_to(std::int32_t thread) const noexcept {
        return slot_state_word((bits_ & ~std::uint64_t{0xffffffffU}) | static_cast<std::uint32_t>(thread));
    }
    [[nodiscard]] constexpr slot_state_word as(state next) const noexcept {
        return slot_state_word((bits_ & ~(std::uint64_t{3} << 32)) |
                               (static_cast<std::uint64_t>(next) << 32));
    }
    [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return bits_; }

  private:
    std::uint64_t bits_;
};

static_assert(slot_state_word(0).is_free());
static_assert(slot_state_word(0).claimed_by(7).thread() == 7 &&
              slot_state_word(0).claimed_by(7).is_claimed());

}  // namespace resile::inline RESILE_PLATFORM::detail
