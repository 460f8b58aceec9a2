// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The platform door on real hardware (Linux, x86-64 and aarch64).

#include <atomic>
#include <cstddef>
#include <cstdint>

#if defined(__SANITIZE_THREAD__)
#define RESILE_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RESILE_UNDER_TSAN 1
#endif
#endif

namespace resile::inline RESILE_PLATFORM::platform {

template <class T>
using atomic = std::atomic<T>;

// A store before it and a load after it are not reordered. Every caller names its partner.
inline void full_fence() noexcept {
#ifdef RESILE_UNDER_TSAN
    // TSan has no model of fences. What it must see is carried by the release stores and acquire loads
    // around them; the store-load order itself cannot be a data race.
#if defined(__x86_64__)
    __asm__ __volatile__("mfence" ::: "memory");
#else
    __asm__ __volatile__("dmb ish" ::: "memory");
#endif
#else
    std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

// Orders this thread's accesses as seen by handlers on this thread; costs nothing.
inline void signal_fence() noexcept {
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

// One step of a spin loop: tells the core that somebody else is expected to act.
inline void pause() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb" ::: "memory");
#else
#error "resile supports x86-64 and aarch64"
#endif
}

// A counter that only contexts of one thread write and any thread may read. Adding is atomic towards
// handlers of this thread, not towards other threads: one unlocked instruction where there is one. What the
// thread wrote before is visible to whoever sees the sum (release).
template <class Integer>
inline void add_private(std::atomic<Integer>& counter, Integer amount) noexcept {
#if defined(__x86_64__) && !defined(RESILE_UNDER_TSAN)
    static_assert(sizeof(counter) == 4 || sizeof(counter) == 8);
    if constexpr (sizeof(counter) == 8) {
        __asm__ __volatile__("addq %1, %0" : "+m"(counter) : "er"(amount) : "cc", "memory");
    } else {
        __asm__ __volatile__("addl %1, %0" : "+m"(counter) : "er"(amount) : "cc", "memory");
    }
#else
    // release [owned-count]: pairs with retire() in slot_table.cpp
    counter.fetch_add(amount, std::memory_order_release);
#endif
}

// Nanoseconds of CLOCK_MONOTONIC.
std::uint64_t now_ns() noexcept;
// Kernel id of the calling thread.
std::int32_t thread_id() noexcept;
// False when no thread of this process has that id any more.
bool thread_exists(std::int32_t thread_id) noexcept;
// The CPU the caller runs on; may be out of date as soon as it is returned.
int current_cpu() noexcept;
// Sleeps while `word` holds `expected`, at most `nanoseconds`. May return early for no reason.
void park(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t nanoseconds) noexcept;
// Wakes at most one context parked on `word`.
void unpark_one(const std::atomic<std::uint32_t>& word) noexcept;
// Copies 4-byte words from addresses that may no longer be mapped; an unmapped one reads as 0. False: this
// system offers no way to do that, and `values` means nothing.
[[nodiscard]] bool read_words(const std::uintptr_t* addresses, std::size_t count,
                              std::uint32_t* values) noexcept;
// Zeroed memory from the kernel, outside of any allocator; null if there is none.
[[nodiscard]] void* map_memory(std::size_t bytes) noexcept;
void unmap_memory(void* memory, std::size_t bytes) noexcept;
// Gives the CPU to another runnable thread, if there is one.
void yield() noexcept;

// All functions above may be called from any context and leave errno alone.

}  // namespace resile::inline RESILE_PLATFORM::platform
