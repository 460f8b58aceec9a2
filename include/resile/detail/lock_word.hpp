// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The 4 bytes of a lock.
//
//   bits   name     meaning                                          changed by
//   0-12   slot     owner's slot + 1; 0 = free                       taker (CAS of the word), owner (store)
//   13-15  depth    waits of that slot below the owning context      with the slot
//   16     sleepers somebody may be asleep on this word              sleeper sets, unlocker clears and wakes one
//   17     hungry   somebody who runs has waited long: let him       long waiter sets, next taker clears
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
    [[nodiscard]] constexpr lock_word with_sleepers() const noexcept { return lock_word(bits_ | sleepers_bit); }
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

// Frees a lock that nobody sleeps on or is hungry for: owner half to 0, the rest untouched. False: somebody
// is, nothing was done, and the slow way out must be taken.
//
// The flags are read *before* the store, because after it the lock may be taken, released and unmapped by
// others. A context that announces itself in between is not seen; it sleeps for a bounded time only (wait in
// acquire.cpp), and if it slept in vain that is counted as late_wake.
//
// The two halves are accessed as such although the word is one atomic: fine on x86-64 and aarch64, where
// accesses of mixed size to one location are coherent, but outside the C++ model. It is confined to this
// function. Under TSan the whole-word form is used.
[[nodiscard]] inline bool release_unless_wanted(platform::atomic<std::uint32_t>& word) noexcept {
#if defined(RESILE_WHOLE_WORD_RELEASE) || defined(RESILE_UNDER_TSAN)
    std::uint32_t seen = word.load(std::memory_order_relaxed);  // relaxed: the CAS decides
    // (owner, no flags) -> 0, release [critical-section]; relaxed on failure: nothing read is used
    return (seen >> 16) == 0 && word.compare_exchange_strong(seen, 0, std::memory_order_release,
                                                             std::memory_order_relaxed);
#else
    static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the owner half comes first in memory");
    auto* halves = reinterpret_cast<std::uint16_t*>(&word);
    // relaxed: a hint, see above
    if (__atomic_load_n(&halves[1], __ATOMIC_RELAXED) != 0) [[unlikely]] return false;
    // (owner, -) -> (0, -), release [critical-section]: pairs with the acquire of the next taker's CAS; without
    // it the next owner could miss what this one wrote.
    __atomic_store_n(&halves[0], std::uint16_t{0}, __ATOMIC_RELEASE);
    return true;
#endif
}

static_assert(sizeof(platform::atomic<std::uint32_t>) == 4);
static_assert(platform::atomic<std::uint32_t>::is_always_lock_free);
static_assert(lock_word(0).owner().is_free() && !lock_word(0).has_sleepers() && !lock_word(0).is_hungry());
static_assert(!lock_word(0xababababU).is_legal() && !lock_word(0xcdcdcdcdU).is_legal());
static_assert(!lock_word(0xffffffffU).is_legal());
static_assert(owner_id(8190, 7).slot() == 8190 && owner_id(8190, 7).depth() == 7);

}  // namespace resile::inline RESILE_PLATFORM::detail
