// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Linux's BPF LRU hash map in user space, faithfully: its lists, its batches, its early evictions, its lost
// keys, its error numbers. To study, to reproduce, to compare with. Not for production: that its update of
// an existing key can lose that key is a property of the original.
//
// Source: the behaviour of Linux 6.18 (generation::plain) and of June 2026 (generation::resilient), described
// in docs/linux_lru.md. No kernel code is used.

#include <resile/spinlock.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace resile::inline RESILE_PLATFORM {

// Which Linux. They differ in what happens when an interrupt meets a lock that its own thread holds.
enum class generation : std::uint8_t {
    plain,      // before June 2026: it would hang for good; here that is reported, counted, and abandoned
    resilient,  // since: the lock refuses, the operation fails or leaves a node behind (pending_free)
};

struct linux_lru_options {
    std::uint32_t key_size = 8;     // bytes, 1 .. 512
    std::uint32_t value_size = 8;   // bytes, 1 .. 65536 (per-CPU values: of one CPU)
    std::uint32_t max_entries = 0;  // 1 .. 2^26; no_common_lru rounds it up to a multiple of cpus
    bool no_common_lru = false;     // BPF_F_NO_COMMON_LRU: nothing shared between CPUs
    bool percpu_values = false;     // BPF_MAP_TYPE_LRU_PERCPU_HASH
    generation version = generation::resilient;
    std::uint32_t hash_seed = 0;
    std::uint32_t cpus = 0;  // possible CPUs; 0 = those of this machine. A CPU number above is folded
};

// All operations return 0 or a negative error number, as bpf(2) would: -EINVAL bad flags, -ENOENT absent,
// -EEXIST present, -ENOMEM no node could be had, -EDEADLK / -ETIMEDOUT a bucket lock refused (-EBUSY: this
// thread cannot take locks, see lock_result), -ERANGE no such CPU, -ENOSPC a batch has no room for a bucket.
// Contexts: all but construction and destruction may be called from any context (that is what is studied);
// from a handler they may fail as Linux's do. errno: unchanged.
class linux_lru {
  public:
    static constexpr std::uint64_t any = 0, noexist = 1, exist = 2;   // update flags
    static constexpr std::uint64_t flag_cpu = 8, flag_all_cpus = 16;  // per-CPU values; CPU << 32

    // Throws std::invalid_argument (a zero or impossible size, named), std::length_error (too many entries),
    // std::bad_alloc (what() says how much was wanted). Takes all memory here.
    explicit linux_lru(const linux_lru_options&);
    ~linux_lru();
    linux_lru(const linux_lru&) = delete;
    linux_lru& operator=(const linux_lru&) = delete;

    // --- as a program does (in the kernel: BPF side) -----------------------------------------------------
    // The value (per-CPU: of this CPU), or null. Marks the entry as used. The memory may be recycled for
    // another key while the caller still looks at it: that is fault 6 of the original.
    [[nodiscard]] void* lookup(const void* key) noexcept;
    // `value` has value_size bytes; per-CPU: for the CPU that runs, the others become 0 if the key is new.
    int update(const void* key, const void* value, std::uint64_t flags) noexcept;
    int erase(const void* key) noexcept;

    // --- as user space does (bpf(2)) --------------------------------------------------------------------
    // The size of a whole value: value_size, or cpus() times value_size rounded up to 8.
    [[nodiscard]] std::size_t user_value_size() const noexcept;
    // Copies the value(s); does not mark. flags: 0, or for per-CPU values flag_cpu | cpu << 32.
    int user_lookup(const void* key, void* value, std::uint64_t flags = 0) noexcept;
    int user_update(const void* key, const void* value, std::uint64_t flags) noexcept;
    int user_lookup_and_erase(const void* key, void* value) noexcept;
    // The key after `key` in table order; null or unknown: the first. -ENOENT after the last.
    int next_key(const void* key, void* next) noexcept;
    // A batch walks whole buckets. `position` is 0 at first, and is advanced. *count: room on entry, entries
    // delivered on return. 0: there is more. -ENOENT: the end was reached, and what was delivered counts.
    // -ENOSPC: nothing delivered, one bucket holds more than *count. *count == 0: nothing is done, 0.
    int lookup_batch(std::uint64_t& position, void* keys, void* values, std::uint32_t& count) noexcept;
    int lookup_and_erase_batch(std::uint64_t& position, void* keys, void* values,
                               std::uint32_t& count) noexcept;
    // *count: how many on entry, how many were done before the first error on return. flags: any, or for
    // per-CPU values flag_cpu or flag_all_cpus (values then rounded up to 8 bytes each); others: an error,
    // and *count as it was.
    int update_batch(const void* keys, const void* values, std::uint32_t& count,
                     std::uint64_t flags) noexcept;
    int erase_batch(const void* keys, std::uint32_t& count) noexcept;

    // --- to study it ------------------------------------------------------------------------------------
    [[nodiscard]] std::uint32_t max_entries() const noexcept;  // after rounding
    [[nodiscard]] std::uint32_t cpus() const noexcept;

    // Where every node is. Only meaningful while no operation runs. O(max_entries).
    struct node_census {
        std::uint32_t in_table = 0;      // in a chain of the hash table
        std::uint32_t free = 0;          // on a free list, global or local
        std::uint32_t pending_free = 0;  // given up by an operation that could not give it back
        std::uint32_t unaccounted = 0;   // none of these: stranded for good
    };
    [[nodiscard]] node_census census() const;

    // How often an internal lock said no, and where that led. Contexts: any.
    struct refusals {
        std::uint64_t local_lock = 0;   // a CPU's local list
        std::uint64_t global_lock = 0;  // the global LRU (no_common_lru: a CPU's)
        std::uint64_t bucket_lock = 0;
        std::uint64_t nodes_left_behind = 0;  // pending_free set
        std::uint64_t would_have_hung = 0;    // generation::plain: deadlocks reported and abandoned (also
                                              // counted at their lock, above)
    };
    [[nodiscard]] refusals refused() const noexcept;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace resile::inline RESILE_PLATFORM
