// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The platform door in the lab: every access is a scheduling point of a deterministic scheduler. The product
// is compiled against it unchanged, with
//     RESILE_PLATFORM=scheduled RESILE_PLATFORM_HEADER=<lab/schedule/platform_scheduled.hpp>
// and lives in another inline namespace than the real one; both fit into one program.
//
// Memory is sequentially consistent here: each access happens at once and for all. Fences have nothing to
// do, and the orders that are asked for are not looked at. What a missing barrier does is seen elsewhere
// (docs/lab.md).

#include "lab/schedule/door.hpp"

#include <atomic>  // std::memory_order
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace resile::inline RESILE_PLATFORM::platform {

namespace door = resile_lab::door;

// A word of memory that the scheduler watches. It has the layout of T, and T's zero is its zero.
template <class T>
class atomic {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);

  public:
    static constexpr bool is_always_lock_free = true;

    constexpr atomic() noexcept = default;
    constexpr atomic(T value) noexcept : value_(value) {}  // NOLINT: as std::atomic
    atomic(const atomic&) = delete;
    atomic& operator=(const atomic&) = delete;

    [[nodiscard]] T load(std::memory_order) const noexcept {
        arrive(door::act::load);
        if (door::now.telling) door::tell(door::act::load, &value_, bits_of(value_), bits_of(value_), true);
        return value_;
    }
    void store(T desired, std::memory_order) noexcept {
        arrive(door::act::store);
        change(door::act::store, desired);
    }
    T exchange(T desired, std::memory_order) noexcept {
        arrive(door::act::exchange);
        return change(door::act::exchange, desired);
    }
    bool compare_exchange_strong(T& expected, T desired, std::memory_order,
                                 std::memory_order = std::memory_order_seq_cst) noexcept {
        arrive(door::act::compare_exchange);
        return compare_and_change(expected, desired);
    }
    // Never fails for no reason: its callers go round a loop, and a loop that goes round once more is none of
    // the things that can go wrong.
    bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                               std::memory_order = std::memory_order_seq_cst) noexcept {
        return compare_exchange_strong(expected, desired, success);
    }
    T fetch_add(T amount, std::memory_order) noexcept {
        arrive(door::act::exchange);
        return change(door::act::exchange, static_cast<T>(value_ + amount));
    }
    T fetch_sub(T amount, std::memory_order) noexcept {
        arrive(door::act::exchange);
        return change(door::act::exchange, static_cast<T>(value_ - amount));
    }
    T fetch_and(T mask, std::memory_order) noexcept {
        arrive(door::act::exchange);
        return change(door::act::exchange, static_cast<T>(value_ & mask));
    }
    T fetch_or(T mask, std::memory_order) noexcept {
        arrive(door::act::exchange);
        return change(door::act::exchange, static_cast<T>(value_ | mask));
    }

    // --- for the functions below, and for the lab ---
    void arrive(door::act what) const noexcept {
        if (door::now.scheduling) door::arrive(what, &value_, sizeof(T));
    }
    T change(door::act what, T desired) noexcept {
        const T before = value_;
        if (door::now.logging) door::will_change(what, &value_, sizeof(T));
        value_ = desired;
        if (door::now.watching) door::did_change(&value_, bits_of(desired));
        if (door::now.telling) door::tell(what, &value_, bits_of(before), bits_of(desired), true);
        return before;
    }
    bool compare_and_change(T& expected, T desired) noexcept {
        if (std::memcmp(&value_, &expected, sizeof(T)) == 0) {
            change(door::act::compare_exchange, desired);
            return true;
        }
        if (door::now.telling)
            door::tell(door::act::compare_exchange, &value_, bits_of(value_), bits_of(desired), false);
        expected = value_;
        return false;
    }
    [[nodiscard]] T unwatched() const noexcept { return value_; }
    [[nodiscard]] const T* address() const noexcept { return &value_; }

  private:
    [[nodiscard]] static std::uint64_t bits_of(const T& value) noexcept {
        std::uint64_t bits = 0;
        std::memcpy(&bits, &value, sizeof(T));
        return bits;
    }

    T value_{};
};

// A word that a lock guards. Others can come in between at the lock's own word as well as here, so this is no
// scheduling point; but changes are taken back, and whoever counts cache lines is told.
template <class T>
class guarded {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);

  public:
    constexpr guarded() noexcept = default;
    constexpr guarded(T value) noexcept : value_(value) {}  // NOLINT: as a plain T
    guarded(const guarded& other) noexcept : value_(other) {}
    guarded& operator=(const guarded& other) noexcept { return *this = static_cast<T>(other); }

    operator T() const noexcept {  // NOLINT: as a plain T
        if (door::now.counting) door::touch(door::act::load, &value_);
        return value_;
    }
    guarded& operator=(T desired) noexcept {
        if (door::now.counting) door::touch(door::act::store, &value_);
        if (door::now.logging) door::will_change(door::act::store, &value_, sizeof(T));
        value_ = desired;
        return *this;
    }
    guarded& operator++() noexcept { return *this = static_cast<T>(*this + 1); }
    guarded& operator--() noexcept { return *this = static_cast<T>(*this - 1); }

  private:
    T value_{};
};

inline void full_fence() noexcept {}
inline void signal_fence() noexcept {}
inline void prefetch_to_write(const void*) noexcept {}
inline void pause() noexcept {
    door::pause();
}
inline void yield() noexcept {
    door::pause();
}

template <class Integer>
inline void add_private(atomic<Integer>& counter, Integer amount) noexcept {
    counter.arrive(door::act::add);
    counter.change(door::act::add, static_cast<Integer>(counter.unwatched() + amount));
}

[[nodiscard]] inline bool compare_exchange_private(atomic<std::uint32_t>& word, std::uint32_t expected,
                                                   std::uint32_t desired) noexcept {
    return word.compare_exchange_strong(expected, desired, std::memory_order_seq_cst);
}

[[nodiscard]] inline bool compare_exchange_pair(atomic<std::uint64_t>* words, std::uint64_t first,
                                                std::uint64_t second, std::uint64_t new_first,
                                                std::uint64_t new_second) noexcept {
    if (door::now.scheduling)
        door::arrive_at_pair(words[0].address(), words[1].address(), sizeof(std::uint64_t));
    if (words[0].unwatched() != first || words[1].unwatched() != second) {
        const bool first_differs = words[0].unwatched() != first;
        std::uint64_t expected = first_differs ? first : second;
        return words[first_differs ? 0 : 1].compare_and_change(expected,
                                                               first_differs ? new_first : new_second);
    }
    words[0].change(door::act::compare_exchange, new_first);
    words[1].change(door::act::compare_exchange, new_second);
    return true;
}

[[nodiscard]] inline unsigned equal_ones(const atomic<std::uint16_t>* numbers, std::uint16_t wanted,
                                         unsigned among) noexcept {
    unsigned equal = 0;
    for (unsigned i = 0; among >> i != 0; ++i)
        if ((among >> i & 1) != 0 && numbers[i].load(std::memory_order_acquire) == wanted) equal |= 1U << i;
    return equal;
}

inline std::uint64_t now_ns() noexcept {
    return door::now_ns();
}
inline std::int32_t thread_id() noexcept {
    return door::thread_id();
}
inline std::int32_t process_id() noexcept {
    return 1;
}
inline bool thread_exists(std::int32_t thread_id) noexcept {
    return door::thread_exists(thread_id);
}
inline int current_cpu() noexcept {
    return static_cast<int>(door::current_cpu());
}
inline unsigned current_cpu_hint() noexcept {
    return door::current_cpu();
}
inline std::size_t configured_cpus() noexcept {
    return door::cpus();
}

inline void park(const atomic<std::uint32_t>& word, std::uint32_t expected,
                 std::uint64_t nanoseconds) noexcept {
    word.arrive(door::act::park);
    if (door::now.telling)
        door::tell(door::act::park, word.address(), word.unwatched(), expected, word.unwatched() == expected);
    door::park(word.address(), word.unwatched() == expected, nanoseconds);
}
inline void unpark_one(const atomic<std::uint32_t>& word) noexcept {
    word.arrive(door::act::wake);
    if (door::now.telling)
        door::tell(door::act::wake, word.address(), word.unwatched(), word.unwatched(), true);
    door::unpark_one(word.address());
}

// One after the other, as a system call that reads several words does.
[[nodiscard]] inline bool read_words(const std::uintptr_t* addresses, std::size_t count,
                                     std::uint32_t* values) noexcept {
    for (std::size_t i = 0; i < count; ++i)
        values[i] = reinterpret_cast<const atomic<std::uint32_t>*>(addresses[i])  // NOLINT: an address
                        ->load(std::memory_order_relaxed);
    return true;
}

[[nodiscard]] inline void* map_memory(std::size_t bytes) noexcept {
    return door::map_memory(bytes);
}
inline void unmap_memory(void* memory, std::size_t bytes) noexcept {
    door::unmap_memory(memory, bytes);
}
inline void prefer_huge_pages(void*, std::size_t) noexcept {}

}  // namespace resile::inline RESILE_PLATFORM::platform
