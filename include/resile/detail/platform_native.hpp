// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The platform door on real hardware (Linux, x86-64 and aarch64).

#include <atomic>
#include <cstddef>
#include <cstdint>

#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#define RESILE_HAS_RSEQ 1
#else
#define RESILE_HAS_RSEQ 0
#endif

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

// A word that a lock guards: plain memory. Only the lab wants to know who touches it.
template <class T>
using guarded = T;

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
// That of the process: another one in the child of a fork.
std::int32_t process_id() noexcept;
// False when no thread of this process has that id any more.
bool thread_exists(std::int32_t thread_id) noexcept;
// The CPU the caller runs on; may be out of date as soon as it is returned.
int current_cpu() noexcept;
// The same, or any other number where that would cost a call: good enough to keep CPUs out of each other's
// way.
inline unsigned current_cpu_hint() noexcept {
#if RESILE_HAS_RSEQ
    // The kernel keeps the CPU's number in thread-local memory; where it does not, the field is a constant.
    const char* thread;
#if defined(__x86_64__)
    __asm__("mov %%fs:0, %0" : "=r"(thread));
#else
    __asm__("mrs %0, tpidr_el0" : "=r"(thread));
#endif
    constexpr std::ptrdiff_t cpu_id_at = 4;
    return *reinterpret_cast<const volatile unsigned*>(thread + __rseq_offset + cpu_id_at);
#else
    return static_cast<unsigned>(current_cpu());
#endif
}
// CPUs that this system can have; at least 1.
[[nodiscard]] std::size_t configured_cpus() noexcept;
// Two neighbouring words, aligned to 16 bytes, changed by one step if both are as expected. Acquire and
// release.
[[nodiscard]] inline bool compare_exchange_pair(std::atomic<std::uint64_t>* words, std::uint64_t first,
                                                std::uint64_t second, std::uint64_t new_first,
                                                std::uint64_t new_second) noexcept {
#if defined(__x86_64__)
    bool done;
    __extension__ using pair = unsigned __int128;
    __asm__ __volatile__("lock cmpxchg16b %1"
                         : "=@ccz"(done), "+m"(*reinterpret_cast<pair*>(words)), "+a"(first), "+d"(second)
                         : "b"(new_first), "c"(new_second)
                         : "memory");
    return done;
#else
    // A signal between the two halves clears the reservation, and the loop goes round once more.
    std::uint64_t now_first, now_second;
    unsigned failed;
    do {
        __asm__ __volatile__("ldaxp %0, %1, [%2]"
                             : "=&r"(now_first), "=&r"(now_second)
                             : "r"(words)
                             : "memory");
        if (now_first != first || now_second != second) {
            __asm__ __volatile__("clrex" ::: "memory");
            return false;
        }
        __asm__ __volatile__("stlxp %w0, %1, %2, [%3]"
                             : "=&r"(failed)
                             : "r"(new_first), "r"(new_second), "r"(words)
                             : "memory");
    } while (failed != 0);
    return true;
#endif
}
// A word that only contexts of one thread read and write: changed by one step, as seen by handlers on this
// thread; not atomic towards other threads.
[[nodiscard]] inline bool compare_exchange_private(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                                                   std::uint32_t desired) noexcept {
#if defined(__x86_64__) && !defined(RESILE_UNDER_TSAN)
    bool done;
    __asm__ __volatile__("cmpxchgl %3, %1"
                         : "=@ccz"(done), "+m"(word), "+a"(expected)
                         : "r"(desired)
                         : "memory");
    return done;
#else
    // n -> n', relaxed: seen by this thread alone
    return word.compare_exchange_strong(expected, desired, std::memory_order_relaxed);
#endif
}
// Which of eight numbers, aligned to 16 bytes, are equal to `wanted`, one bit each, of those whose bits are
// set in `among`. Acquire.
[[nodiscard]] inline unsigned equal_ones(const std::atomic<std::uint16_t>* numbers, std::uint16_t wanted,
                                         unsigned among) noexcept {
#if defined(__SSE2__) && !defined(RESILE_UNDER_TSAN)
    // One read of all: each number is read whole, and later reads of this thread come later.
    using eight = short __attribute__((vector_size(16), may_alias));
    using bytes = char __attribute__((vector_size(16)));
    const auto one = static_cast<short>(wanted);
    const eight equal =
        *reinterpret_cast<const eight*>(numbers) == eight{one, one, one, one, one, one, one, one};
    std::atomic_signal_fence(std::memory_order_acquire);  // [seat]: the compiler keeps that order, too
    const bytes halves = __builtin_ia32_packsswb128(equal, eight{});
    return static_cast<unsigned>(__builtin_ia32_pmovmskb128(halves)) & among;
#else
    unsigned equal = 0;
    for (unsigned left = among; left != 0; left &= left - 1) {
        const int i = __builtin_ctz(left);
        // acquire [seat]
        if (numbers[i].load(std::memory_order_acquire) == wanted) equal |= 1U << i;
    }
    return equal;
#endif
}
// Asks the processor to fetch a line that will be written soon, and to take it from all other caches.
inline void prefetch_to_write(const void* address) noexcept {
#if defined(__x86_64__)
    // Said by hand: without -mprfchw the compiler's built-in function fetches the line to read only, and the
    // write has to ask the other caches again. Where the instruction does not exist it does nothing.
    __asm__ __volatile__("prefetchw (%0)" : : "r"(address));
#else
    __builtin_prefetch(address, 1);
#endif
}
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
// Asks for huge pages there; a wish.
void prefer_huge_pages(void* memory, std::size_t bytes) noexcept;
// Gives the CPU to another runnable thread, if there is one.
void yield() noexcept;

// All functions above may be called from any context and leave errno alone.

}  // namespace resile::inline RESILE_PLATFORM::platform
