// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Who has to go: a clock hand over the nodes.
//
// Use raises an entry's level to 2, insertion sets 1; the hand lowers the levels that it passes, and takes
// the first entry it finds at 0. So an entry just inserted survives at least one full turn of the hand, one
// that is used two. Measured on the traces of docs/lru_map.md this never falls 0.4 percentage points below
// true LRU and is above it on average; the usual single bit falls 1 point below. Idea: second chance
// (Corbato, 1968); the levels are ours.
//
// CPUs claim runs of nodes from the common hand. What remains of a run is written back by a plain store: if a
// handler or another thread was here meanwhile, some nodes are passed twice, or once too few, which costs
// nothing but a little justice.

#include <resile/detail/lru/chains.hpp>

#include <algorithm>

namespace resile::inline RESILE_PLATFORM {

// Who is preferred as a victim. shared: whoever was idle longest. per_cpu: of those, entries that were
// inserted on the CPU that needs the room; any CPU can use all of the capacity in both.
enum class recency : std::uint8_t { shared, per_cpu };

}  // namespace resile::inline RESILE_PLATFORM

namespace resile::inline RESILE_PLATFORM::detail::lru {

// Where a victim's key and value go, for those who ask.
struct victim_copy {
    word* key;
    word* value;
    bool filled = false;
};

enum class evict_result : std::uint8_t {
    evicted,
    none,        // there is no other entry now; a node is on its way, in the hands of another context
    all_pinned,  // every other entry has a handle
};

template <class Rules>
class victims : public chains<Rules> {
  public:
    victims(const Rules& how, const dimensions& size, bool huge_pages, recency order)
        : chains<Rules>(how, size, huge_pages), order_(order) {}
    using chains<Rules>::link;
    using chains<Rules>::rules;
    using chains<Rules>::table;

    void mark_inserted(node_index node) const noexcept { set_level(node, recency_level::inserted); }
    // A level that is right already is not written: hot entries stay shared in all caches.
    void mark_used(node_index node) const noexcept {
        auto& level = table().recency(node);
        const std::uint8_t now = level.load(std::memory_order_relaxed);  // relaxed: levels are advice
        if ((now & recency_level::mask) != recency_level::used)
            level.store(static_cast<std::uint8_t>((now & ~recency_level::mask) | recency_level::used),
                        std::memory_order_relaxed);  // relaxed: as above
    }
    void mark_replacement(node_index node) const noexcept { set_level(node, recency_level::used); }

    // Evicts one entry other than `spare`; its node goes to `to`.
    [[nodiscard]] evict_result evict(node_index spare, pool to, victim_copy* copy, word& restarts) noexcept {
        const unsigned cpu = platform::current_cpu_hint();
        cpu_share& share = table().share_of(cpu);
        const auto mine = static_cast<std::uint8_t>(cpu % recency_level::owners);
        run claimed(*this, share);
        const std::uint32_t preferred = order_ == recency::per_cpu ? few_turns(most_preferred) : 0;
        const std::uint32_t most = std::min(preferred + few_turns(most_passed), most_passed);
        for (std::uint32_t passed = 0; passed < most; ++passed) {
            const node_index node = claimed.next();
            const std::uint8_t seen =
                table().recency(node).load(std::memory_order_relaxed);  // relaxed: advice
            const std::uint8_t level = seen & recency_level::mask;
            if (level == recency_level::absent) continue;
            if (passed < preferred && (seen >> recency_level::owner_shift) != mine) continue;
            if (level != recency_level::idle) {
                table().recency(node).store(static_cast<std::uint8_t>(seen - 1),
                                            std::memory_order_relaxed);  // relaxed: advice
                continue;
            }
            fetch_early(claimed);
            if (try_evict(node, spare, to, copy, restarts) == attempt::evicted) return evict_result::evicted;
        }
        return evict_any(claimed, spare, to, copy, restarts);
    }

  private:
    // Nodes that an eviction passes before it takes whatever comes next. Bounds the time that a handler
    // spends here; a map where so many neighbours were all used since the hand came by does not care which of
    // them goes.
    static constexpr std::uint32_t most_passed = 4096;
    static constexpr std::uint32_t most_preferred = 1024;
    // In a small map no more than three turns: by then each entry has become idle, unless it is used all the
    // time, or there is none.
    [[nodiscard]] std::uint32_t few_turns(std::uint32_t most) const noexcept {
        return static_cast<std::uint32_t>(std::min<std::size_t>(3 * table().size().nodes(), most));
    }
    static constexpr std::uint32_t run_length = 64;
    // How many nodes ahead of the hand the heads of their buckets are fetched: nodes lie in a row, heads
    // anywhere.
    static constexpr std::uint32_t prefetched = 8;

    enum class attempt : std::uint8_t { evicted, not_there, pinned, lost };

    class run {
      public:
        run(const victims& of, cpu_share& share) noexcept : of_(of), share_(share) {
            const word all = share.run.load(std::memory_order_relaxed);  // relaxed: advice
            next_ = static_cast<std::uint32_t>(all >> 32);
            left_ = static_cast<std::uint32_t>(all);
        }
        ~run() {
            share_.run.store(word{next_} << 32 | left_, std::memory_order_relaxed);  // relaxed: advice
        }
        run(const run&) = delete;
        run& operator=(const run&) = delete;

        [[nodiscard]] node_index next() noexcept {
            const auto nodes = static_cast<std::uint32_t>(of_.table().size().nodes());
            if (left_ == 0) {
                // n -> n + run, relaxed: a position
                next_ = of_.table().global_hand().fetch_add(run_length, std::memory_order_relaxed) % nodes;
                left_ = run_length;
            }
            --left_;
            const node_index node = next_ + 1;
            next_ = node == nodes ? 0 : node;
            return node;
        }
        // A node that next() will return soon, or another one.
        [[nodiscard]] node_index ahead(std::uint32_t steps) const noexcept {
            const auto nodes = static_cast<std::uint32_t>(of_.table().size().nodes());
            return next_ + steps < nodes ? next_ + steps + 1 : 1;
        }

      private:
        const victims& of_;
        cpu_share& share_;
        std::uint32_t next_, left_;
    };

    void set_level(node_index node, std::uint8_t level) const noexcept {
        const unsigned owner = platform::current_cpu_hint() % recency_level::owners;
        // relaxed: advice
        table().recency(node).store(static_cast<std::uint8_t>(owner << recency_level::owner_shift | level),
                                    std::memory_order_relaxed);
    }

    // Whoever comes next and is not pinned, whatever its level; again, as long as somebody else was faster.
    [[nodiscard]] evict_result evict_any(run& claimed, node_index spare, pool to, victim_copy* copy,
                                         word& restarts) noexcept {
        std::size_t with_handle = 0;
        for (bool again = true; again;) {
            again = false;
            with_handle = 0;
            for (std::size_t i = 0; i < table().size().nodes(); ++i) {
                const node_index node = claimed.next();
                switch (try_evict(node, spare, to, copy, restarts)) {
                    case attempt::evicted:
                        return evict_result::evicted;
                    case attempt::pinned:
                        // One whose handle has just ended can go after all: nobody would come back for it.
                        if (has_handle(node))
                            ++with_handle;
                        else
                            again = true;
                        break;
                    case attempt::lost:
                        again = true;
                        break;
                    case attempt::not_there:
                        break;
                }
            }
        }
        return with_handle >= table().size().max_entries ? evict_result::all_pinned : evict_result::none;
    }

    // Operations that hold a node keep it from being freed, but not its entry from being evicted.
    [[nodiscard]] bool has_handle(node_index node) const noexcept {
        // relaxed: a pin too late changes nothing
        return (this->pins(node).load(std::memory_order_relaxed) & this->handles_mask) != 0;
    }

    // The next victims, and the heads of their buckets.
    void fetch_early(const run& claimed) const noexcept {
        platform::prefetch_to_write(&link(claimed.ahead(2 * prefetched)));
        const node_index soon = claimed.ahead(prefetched);
        // acquire [content]: a hint; whatever it reads is the hash of some bucket
        platform::prefetch_to_write(&table().head(this->hash_of(soon).load(std::memory_order_acquire)));
    }

    [[nodiscard]] attempt try_evict(node_index node, node_index spare, pool to, victim_copy* copy,
                                    word& restarts) noexcept {
        if (node == spare) return attempt::not_there;
        const std::uint32_t hash = this->hash_of(node).load(std::memory_order_acquire);  // acquire [content]
        const place at = this->find_node(node, hash, restarts);
        if (at.node == no_node) return attempt::not_there;
        if (has_handle(node)) return attempt::pinned;
        if (copy != nullptr) {
            this->copy_out(this->key_of(node), rules().shape().key_words, copy->key);
            this->copy_out(this->value_of(node), rules().shape().value_words, copy->value);
        }
        const link_word dead = at.link.dead(at.link.next(), to);
        word expected = at.link.bits();
        // alive -> dead, acq_rel [chain]: what was copied was the entry's until now
        if (!link(node).compare_exchange_strong(expected, dead.bits(), std::memory_order_acq_rel,
                                                std::memory_order_relaxed))
            return attempt::lost;
        this->unlink(at, dead, hash, restarts);
        if (copy != nullptr) copy->filled = true;
        return attempt::evicted;
    }

    recency order_;
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
