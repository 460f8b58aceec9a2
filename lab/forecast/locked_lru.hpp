// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What one writes oneself: a list in order of use, a hash table, and a mutex around both. A frugal one: it
// never allocates, and one node, in one cache line, serves list, table and entry. The mutex is that of
// Drepper, "Futexes Are Tricky" (2011): 0 free, 1 taken, 2 taken and somebody sleeps; and it spins before it
// sleeps, as glibc's adaptive one does.

#include <resile/detail/platform.hpp>
#include <resile/hash.hpp>

#include <bit>
#include <cstdint>
#include <vector>

namespace resile_lab::inline RESILE_PLATFORM {

namespace platform = resile::platform;

class futex_mutex {
  public:
    void lock() noexcept {
        for (unsigned round = 0; round < rounds; ++round) {
            std::uint32_t seen = free;
            if (word_.load(std::memory_order_relaxed) == free &&
                word_.compare_exchange_strong(seen, taken, std::memory_order_acquire))
                return;
            platform::pause();
        }
        while (word_.exchange(contended, std::memory_order_acquire) != free)
            platform::park(word_, contended, until_woken);
    }
    void unlock() noexcept {
        if (word_.exchange(free, std::memory_order_release) == contended) platform::unpark_one(word_);
    }

  private:
    static constexpr std::uint32_t free = 0, taken = 1, contended = 2;
    static constexpr unsigned rounds = 100;  // glibc's, too
    static constexpr std::uint64_t until_woken = 3'600'000'000'000;

    platform::atomic<std::uint32_t> word_{free};
};

class locked_lru {
  public:
    explicit locked_lru(unsigned entries)
        : nodes_(entries + 1),
          heads_(std::bit_ceil(entries) / bucket_line::heads + 1),
          mask_(std::bit_ceil(entries) - 1) {
        nodes_[anchor].newer = nodes_[anchor].older = anchor;
        for (std::uint32_t n = 1; n <= entries; ++n) push_newest(n);
    }

    [[nodiscard]] bool lookup(std::uint64_t key) noexcept {
        return locked([&] { return use(key) != nobody; });
    }
    void put(std::uint64_t key, std::uint64_t value) noexcept {
        locked([&] { return nodes_[use_or_insert(key)].value = value, true; });
    }
    void count(std::uint64_t key) noexcept {
        locked([&] { return ++nodes_[use_or_insert(key)].value, true; });
    }

  private:
    using number = std::uint32_t;
    template <class T>
    using guarded = platform::guarded<T>;
    static constexpr number anchor = 0;  // of the list
    static constexpr number nobody = 0;

    struct alignas(64) node {
        guarded<number> newer = 0, older = 0;  // a ring through the anchor
        guarded<number> next = nobody;         // in the bucket
        guarded<bool> in_table = false;
        guarded<std::uint64_t> key = 0, value = 0;
    };
    struct alignas(64) bucket_line {
        static constexpr number heads = 16;
        guarded<number> head[heads] = {};
    };

    template <class Do>
    bool locked(Do&& act) noexcept {
        mutex_.lock();
        const bool answer = act();
        mutex_.unlock();
        return answer;
    }
    [[nodiscard]] guarded<number>& head_of(std::uint64_t key) noexcept {
        const auto hash = static_cast<number>(resile::hash_number(key, {}));
        const number bucket = hash & mask_;
        return heads_[bucket / bucket_line::heads].head[bucket % bucket_line::heads];
    }
    [[nodiscard]] number find(std::uint64_t key) noexcept {
        number n = head_of(key);
        while (n != nobody && nodes_[n].key != key) n = nodes_[n].next;
        return n;
    }
    void take_out(number n) noexcept {
        nodes_[nodes_[n].newer].older = static_cast<number>(nodes_[n].older);
        nodes_[nodes_[n].older].newer = static_cast<number>(nodes_[n].newer);
    }
    void push_newest(number n) noexcept {
        const number before = nodes_[anchor].older;
        nodes_[n].newer = anchor;
        nodes_[n].older = before;
        nodes_[before].newer = n;
        nodes_[anchor].older = n;
    }
    number use(std::uint64_t key) noexcept {
        const number n = find(key);
        if (n == nobody || nodes_[anchor].older == n) return n;
        take_out(n);
        push_newest(n);
        return n;
    }
    number use_or_insert(std::uint64_t key) noexcept {
        if (const number found = use(key); found != nobody) return found;
        const number victim = nodes_[anchor].newer;  // the oldest
        take_out(victim);
        if (nodes_[victim].in_table) unlink(victim);
        guarded<number>& head = head_of(key);
        nodes_[victim].key = key;
        nodes_[victim].value = 0;
        nodes_[victim].in_table = true;
        nodes_[victim].next = static_cast<number>(head);
        head = victim;
        push_newest(victim);
        return victim;
    }
    void unlink(number n) noexcept {
        guarded<number>* link = &head_of(nodes_[n].key);
        while (*link != n) link = &nodes_[static_cast<number>(*link)].next;
        *link = static_cast<number>(nodes_[n].next);
    }

    alignas(64) futex_mutex mutex_;
    std::vector<node> nodes_;
    std::vector<bucket_line> heads_;
    number mask_;
};

}  // namespace resile_lab::inline RESILE_PLATFORM
