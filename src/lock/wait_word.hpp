// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What one context waits for, in one atomic word; and beside it, how often that has changed.
//
// slot_record::wait[level]
//
//   bits   name      meaning                                           changed by
//   0-54   lock      address of the lock / 4; 0 = not waiting          the waiting slot
//   55-63  sequence  low bits of the entry's count of changes          with the lock
//
// slot_record::changes[level]
//
//   0-47   count     changes of the entry                              before each change of the word
//   48-63  owner     of the lock, as the waiter saw it: a hint         with the count
//
// Idle: lock 0. The word differs from what it was after every change, except after a multiple of 512 changes;
// that exception is closed by the whole count, which is raised before each change of the word. A reader that
// finds both the same (count, word ... word, count) knows that nothing changed between its two readings of
// the word: one change in between differs in the sequence, several differ in the count.

#include <resile/detail/slot_record.hpp>

#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail {

class wait_word {
  public:
    constexpr explicit wait_word(std::uint64_t bits) noexcept : bits_(bits) {}
    constexpr wait_word(std::uintptr_t lock, std::uint64_t change) noexcept
        : bits_((lock >> 2) | (change << lock_bits)) {}

    [[nodiscard]] constexpr bool is_waiting() const noexcept { return lock() != 0; }
    [[nodiscard]] constexpr std::uintptr_t lock() const noexcept {
        return (bits_ & ((std::uint64_t{1} << lock_bits) - 1)) << 2;
    }
    [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return bits_; }
    constexpr bool operator==(const wait_word&) const noexcept = default;

  private:
    static constexpr unsigned lock_bits =
        55;  // user addresses have at most 57 bits, and locks are aligned to 4
    std::uint64_t bits_;
};

class wait_changes {
  public:
    constexpr explicit wait_changes(std::uint64_t bits) noexcept : bits_(bits) {}

    [[nodiscard]] constexpr wait_changes one_more(owner_id owner) const noexcept {
        return wait_changes(((bits_ + 1U) & count_mask) | (std::uint64_t{owner.bits()} << count_bits));
    }
    [[nodiscard]] constexpr std::uint64_t count() const noexcept { return bits_ & count_mask; }
    [[nodiscard]] constexpr owner_id owner() const noexcept {
        return owner_id(static_cast<std::uint16_t>(bits_ >> count_bits));
    }
    [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return bits_; }
    constexpr bool operator==(const wait_changes&) const noexcept = default;

  private:
    static constexpr unsigned count_bits = 48;  // a change a microsecond: nine years
    static constexpr std::uint64_t count_mask = (std::uint64_t{1} << count_bits) - 1U;
    std::uint64_t bits_;
};

static_assert(!wait_word(0).is_waiting());
static_assert(wait_word(0x01fffffffffffffcU, 511).lock() == 0x01fffffffffffffcU);
static_assert(wait_word(64, 3) != wait_word(64, 4));
static_assert(wait_changes(0).one_more(owner_id(9, 2)).one_more(owner_id(5, 1)).count() == 2);
static_assert(wait_changes(0).one_more(owner_id(9, 2)).one_more(owner_id(5, 1)).owner() == owner_id(5, 1));

}  // namespace resile::inline RESILE_PLATFORM::detail
