// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The 4 bytes of a lock.
//
//   bits   name     meaning                                          changed by
//   0-12   slot     owner's slot + 1; 0 = free                       taker (CAS of the word), owner (store)
//   13-15  depth    waits of that slot below the owning context      with the slot
//   16     sleepers somebody may be asleep on this word              sleeper sets, unlocker clears and wakes
//   one 17     hungry   somebody who runs has waited long: let him       long waiter sets, next taker clears
//   18-31  -        always 0                                         nobody
//
// Idle: all zero. Owner half zero with a flag set is legal: whoever set it was late, or is about to take it.
// 0xabababab, 0xcdcdcdcd and all ones are no legal lock: their upper bits are not 0.
//
// Ownership has no window (L2): the CAS that takes the lock *is* the record of its owner and depth, and the
// store that frees it is the end of that record.

#include <resile/detail/platform.hpp>

#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail {

// A context may wait on top of at most this many frozen waits of its own thread, less one.
inline constexpr unsigned max_nested_waits = 7;

// The low half: who owns the lock. Also what a slot's contexts write to take one.
class owner_id {
  public:
    constexpr owner_id() noexcept = default;
    constexpr explicit owner_id(std::uint16_t bits) noexcept : bits_(bits) {}
    constexpr owner_id(unsigned slot, unsigned depth) noexcept
        : bits_(static_cast<std::uint16_t>((slot + 1U) | (depth << depth_shift))) {}

    [[nodiscard]] constexpr bool is_free() const noexcept { return bits_ == 0; }
    [[nodiscard]] constexpr unsigned slot() const noexcept { return (bits_ & slot_mask) - 1U; }
    [[nodiscard]] constexpr unsigned depth() const noexcept { return bits_ >> depth_shift; }
    [[nodiscard]] constexpr bool same_slot(owner_id other) const noexcept {
        return ((bits_ ^ other.bits_) & slot_mask) == 0;
    }
    [[nodiscard]] constexpr owner_id one_deeper() const noexcept {
        return owner_id(static_cast<std::uint16_t>(bits_ + (1U << depth_shift)));
    }
    [[nodiscard]] constexpr std::uint16_t bits() const noexcept { return bits_; }
    constexpr bool operator==(const owner_id&) const noexcept = default;

  private:
    static constexpr unsigned depth_shift = 13;
    static constexpr unsigned slot_mask = (1U << depth_shift) - 1U;
    std::uint16_t bits_ = 0;
};

// A value of the whole word.
class lock_word {
  public:
    static constexpr std::uint32_t sleepers_bit = 1U << 16;
    static constexpr std::uint32_t hungry_bit = 1U << 17;

    constexpr explicit lock_word(std::uint32_t bits) noexcept : bits_(bits) {}

    [[nodiscard]] constexpr owner_id owner() const noexcept {
        return owner_id(static_cast<std::uint16_t>(bits_));
    }
    [[nodiscard]] constexpr bool has_sleepers() const noexcept { return (bits_ & sleepers_bit) != 0; }
    [[nodiscard]] constexpr bool is_hungry() const noexcept { return (bits_ & hungry_bit) != 0; }
    [[nodiscard]] constexpr lock_word owned_by(owner_id owner) const noexcept {
        return lock_word((bits_ & 0xffff0000U) | owner.bits());
    }
    [[nodiscard]] constexpr lock_word with_sleepers() const noexcept {
        return lock_word(bits_ | sleepers_bit);
    }
    [[nodiscard]] constexpr lock_word without_sleepers() const noexcept {
        return lock_word(bits_ & ~sleepers_bit);
    }
    [[nodiscard]] constexpr lock_word with_hungry() const noexcept { return lock_word(bits_ | hungry_bit); }
    [[nodiscard]] constexpr lock_word without_hungry() const noexcept {
        return lock_word(bits_ & ~hungry_bit);
    }
    [[nodiscard]] constexpr std::uint32_t bits() const noexcept { return bits_; }
    [[nodiscard]] constexpr bool is_legal() const noexcept { return (bits_ >> 18) == 0; }

  private:
    std::uint32_t bits_;
};

static_assert(sizeof(platform::atomic<std::uint32_t>) == 4);
static_assert(platform::atomic<std::uint32_t>::is_always_lock_free);
static_assert(lock_word(0).owner().is_free() && !lock_word(0).has_sleepers() && !lock_word(0).is_hungry());
static_assert(!lock_word(0xababababU).is_legal() && !lock_word(0xcdcdcdcdU).is_legal());
static_assert(!lock_word(0xffffffffU).is_legal());
static_assert(owner_id(8190, 7).slot() == 8190 && owner_id(8190, 7).depth() == 7);

}  // namespace resile::inline RESILE_PLATFORM::detail
