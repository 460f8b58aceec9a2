// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Nodes by number, and the free ones: per-CPU stacks of two pools, and a spare node of the reserve for each
// thread, which most insertions take and give back without any contention.
//
// Invariant (M5), whenever no operation is under way: every node is in the table, or free in pool `capacity`,
// or free in pool `reserve`, once; table + capacity == max_entries.
//
// Rules that handle gets a node by its number: whoever takes a node out of a stack, or out of a chain, owns
// it alone; its content is written only then.

#include <resile/detail/lru/caller.hpp>

namespace resile::inline RESILE_PLATFORM::detail::lru {

// Rules: shape() (a constant, where the sizes are), same_key(stored, wanted).
template <class Rules>
class node_pools {
  public:
    node_pools(const Rules& how, const dimensions& size, bool huge_pages)
        : rules_(how), table_(size, huge_pages), nodes_(table_.nodes()) {}

    [[nodiscard]] const Rules& rules() const noexcept { return rules_; }
    [[nodiscard]] const node_table& table() const noexcept { return table_; }

    // --- the parts of a node ---
    [[nodiscard]] atomic_word& link(node_index node) const noexcept { return *part<atomic_word>(node, 0); }
    [[nodiscard]] platform::atomic<std::uint32_t>& hash_of(node_index node) const noexcept {
        return *part<platform::atomic<std::uint32_t>>(node, rules_.shape().hash_at());
    }
    // Who keeps the node from being freed: handles of users 16 | holds of operations 15 | retired 1. Retired:
    // out of the table; the last of them frees it.
    [[nodiscard]] platform::atomic<std::uint32_t>& pins(node_index node) const noexcept {
        return *part<platform::atomic<std::uint32_t>>(node, rules_.shape().pins_at());
    }
    [[nodiscard]] atomic_word* key_of(node_index node) const noexcept {
        return part<atomic_word>(node, rules_.shape().key_at());
    }
    // Forced, as mark_used() is: in files with few maps g++ calls both, 14 instructions more for a lookup of
    // bytes.
    [[nodiscard, gnu::always_inline]] atomic_word* value_of(node_index node) const noexcept {
        return part<atomic_word>(node, rules_.shape().value_at());
    }
    static constexpr std::uint32_t one_handle = 1;
    static constexpr std::uint32_t handles_mask = (1U << 16) - 1;
    static constexpr std::uint32_t most_handles = 1U << 15;  // leaves room for those that are taken back
    static constexpr std::uint32_t one_hold = 1U << 16;
    static constexpr std::uint32_t retired_bit = 1U << 31;

    // acquire [content]: who reads a word of a node's next life also sees, afterwards, that the links that
    // led to this one have changed, and looks again
    static void copy_out(const atomic_word* from, std::size_t words, word* to) noexcept {
        for (std::size_t i = 0; i < words; ++i) to[i] = from[i].load(std::memory_order_acquire);
    }
    // release [content]: after everything that took the node out of its former life
    static void copy_in(atomic_word* to, std::size_t words, const word* from) noexcept {
        for (std::size_t i = 0; i < words; ++i) to[i].store(from[i], std::memory_order_release);
    }

    // --- free nodes ---
    [[nodiscard]] caller who_calls() const noexcept { return caller_of(table_); }

    // no_node: there is none, on any CPU.
    [[nodiscard]] node_index take(const caller& who, pool from) noexcept {
        const node_index spare = from == pool::reserve ? take_spare(who) : no_node;
        if (spare != no_node) [[likely]]
            return spare;
        return take_shared(who.cpu, from);
    }
    [[nodiscard]] node_index take(pool from) noexcept { return take(who_calls(), from); }
    // The caller owns the node, and nobody holds a handle.
    void give(const caller& who, node_index node, pool to) noexcept {
        put_back(who, node, to);
        // seq_cst [debt]: after the push, and owe() looks for nodes after its debt is written
        if (to == pool::capacity && table_.debts().load(std::memory_order_seq_cst) != 0) [[unlikely]]
            pay_debts();
    }
    void give(node_index node, pool to) noexcept { give(who_calls(), node, to); }
    // An entry stands on a node of the reserve, and there is no node to give for it.
    void owe() noexcept {
        // n -> n + 1, seq_cst [debt]
        table_.debts().fetch_add(1, std::memory_order_seq_cst);
    }
    // False: there is none.
    [[nodiscard]] bool claim_debt() noexcept {
        auto& debts = table_.debts();
        std::uint32_t owed = debts.load(std::memory_order_seq_cst);  // seq_cst [debt]
        while (owed != 0)
            // n -> n - 1, seq_cst [debt]: one payment for one debt
            if (debts.compare_exchange_weak(owed, owed - 1, std::memory_order_seq_cst,
                                            std::memory_order_seq_cst))
                return true;
        return false;
    }
    // Of the capacity. False: at one instant there was none.
    [[nodiscard]] bool are_any_free() const noexcept {
        const auto rooms = table_.rooms();
        return !were_empty_at_once(
            rooms.size(), [&](std::size_t i) -> auto& { return rooms[i].free; });
    }
    // The caller took the node, at home in `home`, out of the table. It is freed by him, or by whoever lets
    // the last handle go.
    void retire(const caller& who, node_index node, pool home) noexcept {
        // relaxed: a hint for the hand, right or wrong
        table_.recency(node).store(recency_level::absent, std::memory_order_relaxed);
        auto& handles = pins(node);
        // seq_cst [pinning]: after the change that took the node out of the table; who pins it and does not
        // see that change is seen here
        std::uint32_t seen = handles.load(std::memory_order_seq_cst);
        while (seen != 0) {
            // n -> n + retired, acq_rel [retired]: the node's death, before the last handle's end; and, if
            // that handle has just been let go, what was done through it before the node is used again
            if (handles.compare_exchange_weak(seen, seen | retired_bit, std::memory_order_acq_rel,
                                              std::memory_order_acquire))
                return;
        }
        give(who, node, home);
    }
    // One handle, or hold, fewer.
    void unpin(node_index node, std::uint32_t one = one_handle) noexcept {
        auto& handles = pins(node);
        // n -> n - 1, acq_rel [retired]: what was done through the handle, before the node is used again
        std::uint32_t left = handles.fetch_sub(one, std::memory_order_acq_rel) - one;
        // retired, none left -> 0, acq_rel [retired]: of all who find it so, one frees the node
        if (left == retired_bit &&
            handles.compare_exchange_strong(left, 0, std::memory_order_acq_rel, std::memory_order_relaxed))
            free_dead(node);
    }

    // Entries in the table, but for those of operations under way.
    [[nodiscard]] std::size_t taken() const noexcept {
        std::int64_t sum = 0;
        for (const room_share& one : table_.rooms())
            sum += one.taken.load(std::memory_order_relaxed);  // relaxed: a sum of snapshots
        const auto most = static_cast<std::int64_t>(table_.size().max_entries);
        return static_cast<std::size_t>(sum < 0 ? 0 : sum > most ? most : sum);
    }

  protected:
    // A node of this context leads to another one; its version goes up, so that no swap prepared in a former
    // life succeeds.
    void lead_to(node_index node, node_index next) noexcept {
        atomic_word& its_link = link(node);
        const link_word before(its_link.load(std::memory_order_relaxed));  // relaxed: this context's
        // release [chain]: as every change of a link
        its_link.store(before.leading_to(next).bits(), std::memory_order_release);
    }

  private:
    template <class Part>
    [[nodiscard]] Part* part(node_index node, std::size_t at) const noexcept {
        return reinterpret_cast<Part*>(nodes_ + std::size_t{node} * rules_.shape().bytes() + at);
    }

    [[nodiscard]] static node_index take_spare(const caller& who) noexcept {
        if (who.spare == nullptr) return no_node;
        const node_index spare = who.spare->load(std::memory_order_relaxed);  // relaxed: this thread's own
        // If a handler took it just now, it is gone; if he gave it back, or another one, all is well too.
        return spare != no_node && platform::compare_exchange_private(*who.spare, spare, no_node) ? spare
                                                                                                  : no_node;
    }
    [[nodiscard]] static bool keep_as_spare(const caller& who, node_index node) noexcept {
        return who.spare != nullptr && platform::compare_exchange_private(*who.spare, no_node, node);
    }
    // Whether so many stacks all were empty at one instant. They are looked at one after the other, and while
    // one is, a node may come into another that was empty before; so it takes two looks at all of them,
    // between which no version has gone up.
    template <class StackAt>
    [[nodiscard, gnu::always_inline]] static bool were_empty_at_once(std::size_t stacks,
                                                                     StackAt&& stack_at) noexcept {
        for (;;) {
            word tops = 0, first_look = 0, second_look = 0;
            for (std::size_t i = 0; i < stacks; ++i) {
                const word top = stack_at(i).load(std::memory_order_seq_cst);  // seq_cst [debt]: after a debt
                tops |= top;
                first_look += top;
            }
            if (static_cast<node_index>(tops) != no_node) [[unlikely]]
                return false;
            for (std::size_t i = 0; i < stacks; ++i)
                second_look += stack_at(i).load(std::memory_order_seq_cst);  // seq_cst [debt]: as above
            if (second_look == first_look) [[likely]]
                return true;
        }
    }
    // From the stacks, the caller's CPU's first.
    [[nodiscard, gnu::noinline]] node_index take_shared(unsigned cpu, pool from) noexcept {
        const auto stack_at = [&](std::size_t i) -> auto& {
            return table_.free_of_cpu(from, static_cast<unsigned>(i));
        };
        do {
            for (unsigned i = 0; i < table_.shares_of(from); ++i) {
                const node_index node = pop(stack_at(cpu + i));
                if (node == no_node) continue;
                // n -> n + 1, relaxed: a sum that is read alone
                if (from == pool::capacity)
                    table_.room_of_cpu(cpu + i).taken.fetch_add(1, std::memory_order_relaxed);
                return node;
            }
        } while (!were_empty_at_once(table_.shares_of(from), stack_at));
        return no_node;
    }
    [[gnu::noinline]] void give_shared(unsigned cpu, node_index node, pool to) noexcept {
        // n -> n - 1, relaxed: a sum that is read alone
        if (to == pool::capacity) table_.room_of_cpu(cpu).taken.fetch_sub(1, std::memory_order_relaxed);
        push(table_.free_of_cpu(to, cpu), node);
    }

    void put_back(const caller& who, node_index node, pool to) noexcept {
        if (to != pool::reserve || !keep_as_spare(who, node)) [[unlikely]]
            give_shared(who.cpu, node, to);
    }
    [[gnu::noinline]] void pay_debts() noexcept {
        const caller who = who_calls();
        while (table_.debts().load(std::memory_order_seq_cst) != 0) {  // seq_cst [debt]: as after any push
            const node_index node = take(who, pool::capacity);
            if (node == no_node) return;  // whoever gives one will look
            put_back(who, node, claim_debt() ? pool::reserve : pool::capacity);
        }
    }

    // By its link, which knows where it is at home.
    [[gnu::noinline]] void free_dead(node_index node) noexcept {
        // relaxed: the word of a dead node does not change, and the caller has seen it dead
        give(node, link_word(link(node).load(std::memory_order_relaxed)).home());
    }

    // A stack's top: {index 32 | version 32}.
    static constexpr word top_after(word top, node_index node) noexcept {
        return ((top >> 32) + 1) << 32 | node;
    }
    [[nodiscard]] node_index pop(atomic_word& stack) noexcept {
        // seq_cst [debt], [free-stack]: after a debt that was written before; and the link of what is on top
        word top = stack.load(std::memory_order_seq_cst);
        for (;;) {
            const auto node = static_cast<node_index>(top);
            if (node == no_node) return no_node;
            // relaxed: if somebody else took the node meanwhile, the top has another version, and this is not
            // used
            const node_index below = link_word(link(node).load(std::memory_order_relaxed)).next();
            // {node, v} -> {below, v + 1}, acquire [free-stack]: what the giver did with the node
            if (stack.compare_exchange_weak(top, top_after(top, below), std::memory_order_acquire,
                                            std::memory_order_acquire))
                return node;
        }
    }
    void push(atomic_word& stack, node_index node) noexcept {
        word top = stack.load(std::memory_order_relaxed);  // relaxed: only pushed on, not followed
        for (;;) {
            lead_to(node, static_cast<node_index>(top));
            // {below, v} -> {node, v + 1}, seq_cst [debt], [free-stack]: before the look for debts
            if (stack.compare_exchange_weak(top, top_after(top, node), std::memory_order_seq_cst,
                                            std::memory_order_relaxed))
                return;
        }
    }

    Rules rules_;
    node_table table_;
    std::byte* nodes_;
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
