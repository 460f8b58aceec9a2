// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Who has to go: a clock hand over the nodes.
//
// Use raises an entry's level to 2; the hand lowers what it passes, and takes the first it finds at 0. An
// entry that was inserted and not used since is lowered to 0 at once. So it survives at least one full turn
// of the hand, one that is used two. Where nearly everything is used, turns are short. So what is fresh is
// no victim: a tenth to two fifths of max_entries insertions have to pass before. Measured on the traces of
// docs/lru_map.md this never falls 0.3 percentage points below true LRU and is above it on average; the usual
// single bit falls 1 point below. Idea: second chance (Corbato, 1968); the levels are ours.
//
// What is known of recency is advice, read and written without care for order: if a handler or another thread
// comes between, some nodes are passed twice, or once too few, which costs nothing but a little justice.

#include <resile/detail/lru/buckets.hpp>
#include <resile/detail/lru/clock_hand.hpp>

#include <algorithm>
#include <array>
#include <bit>

namespace resile::inline RESILE_PLATFORM {

// Who is preferred as a victim. shared: whoever was idle longest. per_cpu: of about a thousand neighbours
// that have been idle as long, those that were inserted on the CPU that needs the room. In both any CPU can
// get all of the capacity.
enum class recency : std::uint8_t { shared, per_cpu };

}  // namespace resile::inline RESILE_PLATFORM

namespace resile::inline RESILE_PLATFORM::detail::lru {

// Where a victim's key and value go, for those who ask, and how they are told of each.
struct victim_copy {
    word* key;
    word* value;
    void* listener;
    void (*tell)(const victim_copy&) noexcept;
};

enum class evict_result : std::uint8_t {
    evicted,
    none,        // there is no other entry now; a node is on its way, in the hands of another context
    all_pinned,  // every other entry has a handle
};

template <class Rules>
class victims : public buckets<Rules> {
  public:
    victims(const Rules& how, const dimensions& size, bool huge_pages, recency order)
        : buckets<Rules>(how, size, huge_pages),
          order_(order),
          tick_shift_(static_cast<unsigned>(
              std::bit_width(std::clamp<std::size_t>(epoch_of(size), 1, 2 * size.shares)) - 1)),
          insertions_per_tick_(
              static_cast<std::uint32_t>(std::max<std::size_t>(epoch_of(size) >> tick_shift_, 1))) {}
    using buckets<Rules>::link;
    using buckets<Rules>::rules;
    using buckets<Rules>::table;

    void mark_inserted(const caller& who, node_index node) const noexcept {
        set_level(who, node, recency_level::inserted);
    }
    // A level that is right already is not written: hot entries stay shared in all caches.
    [[gnu::always_inline]] void mark_used(node_index node) const noexcept {
        auto& level = table().recency(node);
        const std::uint8_t now = level.load(std::memory_order_relaxed);  // relaxed: levels are advice
        if ((now & recency_level::mask) != recency_level::used)
            // relaxed: as above. Never absent: an insertion might have come between, and the hand would never
            // find it.
            level.store(static_cast<std::uint8_t>((now & ~(recency_level::mask | recency_level::absent)) |
                                                  recency_level::used),
                        std::memory_order_relaxed);
    }
    void mark_replacement(const caller& who, node_index node) const noexcept {
        set_level(who, node, recency_level::used);
    }

    // Evicts one entry other than `fresh`; its node goes to `to`.
    [[nodiscard]] evict_result evict(const caller& who, node_index fresh, pool to, victim_copy* copy,
                                     word& restarts) noexcept {
        for (std::uint32_t passed = 0;;) {
            clock_hand hand(table(), *who.share);
            while (hand.has_candidate()) {
                const node_index node = hand.next_candidate();
                fetch_bucket_of(hand.candidate_ahead());
                // relaxed: advice; it may have been used since the hand came to its run
                const std::uint8_t level = table().recency(node).load(std::memory_order_relaxed);
                if ((level & (recency_level::mask | recency_level::absent)) == recency_level::idle &&
                    try_evict(who, node, fresh, to, copy, restarts) == attempt::evicted) [[likely]]
                    return evict_result::evicted;
            }
            const std::uint32_t most = std::min(most_runs, few_turns * table().level_runs());
            if (passed == most) return evict_any(fresh, to, copy, restarts);
            passed += find_idle(who.cpu, most - passed, fresh);
        }
    }
    // Whether evict() would find one now. Changes nothing but dead nodes on the way.
    [[nodiscard, gnu::noinline]] bool could_evict(node_index fresh, word& restarts) noexcept {
        for (node_index node = 1; node <= table().size().nodes(); ++node) {
            if (node == fresh || has_handle(node)) continue;
            const std::uint32_t hash =
                this->hash_of(node).load(std::memory_order_acquire);  // acquire [content]
            if (this->find_node(node, hash, restarts).node != no_node) return true;
        }
        return false;
    }
    // The time of a map: insertions, a tick for so many on one CPU, an epoch for so many ticks. What a CPU
    // has not told yet makes epochs longer, never shorter.
    void note_insertion(const caller& who) const noexcept {
        auto& untold = who.share->insertions;
        // relaxed: advice, all three; who comes between may be forgotten
        const std::uint32_t told = untold.load(std::memory_order_relaxed) + 1;
        const bool ticks = told >= insertions_per_tick_;
        untold.store(ticks ? 0 : told, std::memory_order_relaxed);
        // n -> n + 1, relaxed: as above
        if (ticks) table().ticks().fetch_add(1, std::memory_order_relaxed);
    }

    // Operations that hold a node, iterations do, keep it from being freed, but not its entry from being
    // evicted.
    [[nodiscard]] bool has_handle(node_index node) const noexcept {
        // relaxed: a pin too late changes nothing
        return (this->pins(node).load(std::memory_order_relaxed) & this->handles_mask) != 0;
    }

  private:
    // Runs that an eviction passes before it takes whatever comes next. Bounds the time that a handler spends
    // here; a map where so many neighbours were all used since the hand came by does not care which of them
    // goes.
    static constexpr std::uint32_t most_runs = 64;
    static constexpr std::uint32_t few_turns = 2;  // the first has found everything idle, or made it so
    static constexpr std::uint32_t most_preferred_runs = 16;
    static constexpr std::size_t most_fetched = 2048;  // bytes of nodes, ahead of the hand
    // In insertions, at most; at least half of it. Eight of them are longer than a turn of the hand.
    [[nodiscard]] static constexpr std::size_t epoch_of(const dimensions& size) noexcept {
        return size.max_entries / 5;
    }
    static constexpr std::size_t least_protecting = 64;  // entries of a map that keeps what is fresh

    enum class attempt : std::uint8_t { evicted, not_there, pinned, lost };

    void set_level(const caller& who, node_index node, std::uint8_t level) const noexcept {
        const unsigned owner = table().owner_of_cpu(who.cpu);
        const unsigned byte =
            owner << recency_level::owner_shift | epoch() << recency_level::epoch_shift | level;
        // relaxed: advice
        table().recency(node).store(static_cast<std::uint8_t>(byte), std::memory_order_relaxed);
    }

    [[nodiscard]] unsigned epoch() const noexcept {
        // relaxed: advice
        return table().ticks().load(std::memory_order_relaxed) >> tick_shift_ & (recency_level::epochs - 1);
    }
    [[nodiscard]] word fresh_ones(const level_group& now) const noexcept {
        return table().size().max_entries < least_protecting ? 0 : now.fresh(epoch());
    }

    // Moves the hand to a run with idle entries, past at most `most` runs, and gives it candidates. Returns
    // how many it passed. What it passes is lowered; and if it passes a whole turn, or `most`, and nothing is
    // idle, all of that is, until something is.
    [[gnu::noinline]] std::uint32_t find_idle(unsigned cpu, std::uint32_t most,
                                              node_index fresh) const noexcept {
        clock_hand hand(table(), table().share_of_cpu(cpu));
        const std::uint8_t mine = table().owner_of_cpu(cpu);
        std::array<std::uint32_t, most_runs> passed;
        const std::uint32_t first = hand.run_after();
        std::uint32_t count = 0;
        const auto claim = [&](std::uint32_t) { return passed[count++] = hand.next_run(); };
        const std::uint32_t turn = std::min(most, table().level_runs());
        const std::uint32_t found = choose(hand, turn, fresh, mine, claim);
        if (found < turn) {
            for (std::uint32_t i = 0; i <= found; ++i) lower(passed[i], mine);
            fetch_nodes_of(hand.run_after());
            return count;
        }
        // As many runs again, but one after the other: what is claimed may come twice, and leave others out.
        const auto nth = [&](std::uint32_t i) { return (first + i) % table().level_runs(); };
        for (int level = recency_level::used; level != recency_level::idle; --level) {
            for (std::uint32_t i = 0; i < turn; ++i) lower(nth(i), mine);
            const std::uint32_t nearest = choose(hand, turn, fresh, mine, nth);
            if (nearest == turn) continue;
            hand.goes_on_after(nth(nearest));
            break;
        }
        return count;
    }
    [[nodiscard]] level_group levels_of(std::uint32_t run, std::uint32_t group) const noexcept {
        // relaxed: advice
        return level_group(table().levels(run * level_run::groups + group).load(std::memory_order_relaxed));
    }
    // Sends the hand to the first of the runs that has idle entries; with recency::per_cpu to the first that
    // has such of this CPU, if it is not far behind. Those of others are its own from now on (lower()), so
    // that they are spared once: one with few entries would otherwise evict them again and again, and never
    // get more of the capacity.
    template <class Run>
    std::uint32_t choose(clock_hand& hand, std::uint32_t runs, node_index fresh, std::uint8_t mine,
                         Run&& run_at) const noexcept {
        std::uint32_t first = runs, first_run = 0;
        word of_first = 0;
        for (std::uint32_t i = 0; i < runs && (first == runs || i - first < most_preferred_runs); ++i) {
            const std::uint32_t run = run_at(i);
            const word not_fresh = ~level_run::place_of(fresh, run);
            word idle = 0, preferred = 0;
            for (std::uint32_t group = 0; group < level_run::groups; ++group) {
                const level_group now = levels_of(run, group);
                const word concerned = order_ == recency::per_cpu ? now.owned_by(mine) : level_group::all;
                const word old = now.idle() & ~fresh_ones(now);
                idle |= word{level_group::places(old)} << group * level_group::size;
                preferred |= word{level_group::places(old & concerned)} << group * level_group::size;
            }
            if ((preferred & not_fresh) != 0) {
                hand.go_to(run, preferred & not_fresh);
                return i;
            }
            if (first == runs && (idle & not_fresh) != 0) {
                first = i;
                first_run = run;
                of_first = idle & not_fresh;
            }
        }
        if (first < runs) hand.go_to(first_run, of_first);
        return first;
    }
    void lower(std::uint32_t run, std::uint8_t mine) const noexcept {
        for (std::uint32_t group = 0; group < level_run::groups; ++group) {
            auto& levels = table().levels(run * level_run::groups + group);
            word seen = levels.load(std::memory_order_relaxed);  // relaxed: advice
            const level_group now(seen);
            const word wanted = (order_ == recency::per_cpu ? now.idle_owned_by(mine) : now).passed(epoch());
            // n -> lowered, relaxed: advice. If somebody came between, this group is passed once without
            // effect; were it stored, an insertion here might remain marked absent, and the hand would never
            // find it.
            if (wanted != seen) (void)levels.compare_exchange_strong(seen, wanted, std::memory_order_relaxed);
        }
    }

    // Whoever comes next and is not pinned, whatever its level; again, as long as somebody else was faster.
    [[nodiscard, gnu::noinline]] evict_result evict_any(node_index fresh, pool to, victim_copy* copy,
                                                        word& restarts) noexcept {
        const caller who = this->who_calls();
        clock_hand hand(table(), *who.share);
        const std::size_t nodes = table().size().nodes();
        std::size_t with_handle = 0;
        for (bool again = true; again;) {
            again = false;
            with_handle = 0;
            // All of them, one after the other: of claimed runs others would have their share.
            const std::uint32_t first_run = hand.next_run();
            for (std::uint32_t i = 0; i < table().level_runs(); ++i) {
                const node_index first = level_run::first_node((first_run + i) % table().level_runs());
                for (node_index node = first; node < first + level_run::size && node <= nodes; ++node) {
                    switch (try_evict(who, node, fresh, to, copy, restarts)) {
                        case attempt::evicted:
                            return evict_result::evicted;
                        case attempt::pinned:
                            // One whose handle has just ended can go after all: nobody would come back for
                            // it.
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
        }
        return with_handle >= table().size().max_entries ? evict_result::all_pinned : evict_result::none;
    }

    // Nodes lie in a row, buckets anywhere.
    void fetch_nodes_of(std::uint32_t run) const noexcept {
        const auto* first = reinterpret_cast<const char*>(&link(level_run::first_node(run)));
        const std::size_t bytes = level_run::size * rules().shape().bytes();
        for (std::size_t at = 0; at < bytes && at < most_fetched; at += 64)
            platform::prefetch_to_write(first + at);
    }
    void fetch_bucket_of(node_index node) const noexcept {
        if (node > table().size().nodes()) return;
        // acquire [content]: a hint; whatever it reads is the hash of some bucket
        platform::prefetch_to_write(&table().bucket_of(this->hash_of(node).load(std::memory_order_acquire)));
    }

    [[nodiscard]] attempt try_evict(const caller& who, node_index node, node_index fresh, pool to,
                                    victim_copy* copy, word& restarts) noexcept {
        if (node == fresh) [[unlikely]]
            return attempt::not_there;
        const std::uint32_t hash = this->hash_of(node).load(std::memory_order_acquire);  // acquire [content]
        const place at = this->find_node(node, hash, restarts);
        if (at.node == no_node) [[unlikely]]
            return attempt::not_there;
        if (has_handle(node)) [[unlikely]]
            return attempt::pinned;
        if (copy != nullptr) this->copy_out(this->key_of(node), rules().shape().key_words, copy->key);
        if (!this->take_out(who, at, to, copy != nullptr ? copy->value : nullptr, hash, restarts))
            [[unlikely]]
            return attempt::lost;
        if (copy != nullptr) copy->tell(*copy);
        return attempt::evicted;
    }

    recency order_;
    unsigned tick_shift_;  // an epoch has 2^this ticks
    std::uint32_t insertions_per_tick_;
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
