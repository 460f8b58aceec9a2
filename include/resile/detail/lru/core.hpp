// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The operations, on words. Each has one step at which it happens, a compare-and-swap; before it nobody sees
// anything, after it everybody does, and what remains to be done anyone can do.

#include <resile/detail/lru/writing.hpp>

namespace resile::inline RESILE_PLATFORM::detail::lru {

template <class Rules>
class core : public writing<Rules> {
  public:
    using writing<Rules>::writing;
    using writing<Rules>::link;
    using writing<Rules>::rules;
    using writing<Rules>::table;

    // Reads a value. `uses`: the entry counts as used, and the lookup is counted.
    [[nodiscard, gnu::always_inline]] bool get(const word* key, std::uint32_t hash, word* value,
                                               bool uses) const noexcept {
        const place at = this->look(key, hash, [this, value](node_index node) {
            if (value != nullptr) this->copy_out(this->value_of(node), rules().shape().value_words, value);
        });
        this->note_lookup(at.node, uses);
        return at.node != no_node;
    }

    // Erases. `value`: room for the value that the entry had at its end, or null. `copy`: see make_room().
    [[nodiscard]] bool erase(const word* key, std::uint32_t hash, word* value, victim_copy* copy) noexcept {
        return erase_with(
            key, hash, copy,
            [&](const caller& who, const place& at, pool home, word& restarts) {
                return this->take_out(who, at, home, value, hash, restarts);
            },
            [](node_index) {});
    }
    // Erases; last(node) is called once, when the entry is dead and its node is still nobody else's.
    template <class Last>
    [[nodiscard]] bool erase_and(const word* key, std::uint32_t hash, victim_copy* copy,
                                 Last&& last) noexcept {
        return erase_with(
            key, hash, copy,
            [&](const caller& who, const place& at, pool home, word& restarts) {
                // Held, so that whoever takes it out does not free it yet.
                // n -> n + 1, seq_cst [pinning]: the entry is alive, or take_out() fails
                this->pins(at.node).fetch_add(this->one_hold, std::memory_order_seq_cst);
                const bool is_out = this->take_out(who, at, home, nullptr, hash, restarts);
                if (!is_out) this->unpin(at.node, this->one_hold);
                return is_out;
            },
            [&](node_index node) {
                last(node);
                this->unpin(node, this->one_hold);
            });
    }

    // A handle on an entry, or no_node. release() ends it. An entry that has 32,768 handles gets no more.
    [[nodiscard, gnu::always_inline]] node_index pin(const word* key, std::uint32_t hash) noexcept {
        auto& used = table().handles_used();
        // relaxed: see hold()
        if (used.load(std::memory_order_relaxed) == 0) used.store(1, std::memory_order_relaxed);
        for (;;) {
            const place at = this->look(key, hash, [](node_index) {});
            if (at.node == no_node) {
                count(table(), event::miss);
                return no_node;
            }
            // n -> n + 1, seq_cst [pinning]: before the look that follows
            const std::uint32_t before =
                this->pins(at.node).fetch_add(this->one_handle, std::memory_order_seq_cst);
            const bool one_too_many = (before & this->handles_mask) >= this->most_handles;
            // seq_cst [pinning]: still there, so whoever takes it out later sees the handle
            if (!one_too_many && at.from->load(std::memory_order_seq_cst) == at.lead) {
                this->mark_used(at.node);
                count(table(), event::hit);
                return at.node;
            }
            this->unpin(at.node);
            if (one_too_many) return no_node;
        }
    }

    // `copy`: an entry may have waited for the handle's end to be evicted.
    void release(node_index node, victim_copy* copy) noexcept {
        this->unpin(node);
        this->pay_debts_of_all(no_node, copy);
    }

  private:
    template <class TakeOut, class Last>
    [[nodiscard, gnu::flatten]] bool erase_with(const word* key, std::uint32_t hash, victim_copy* copy,
                                                TakeOut&& try_take_out, Last&& last) noexcept {
        const caller who = this->who_calls();
        word restarts = 0;
        bool erased = false;
        pool home = pool::capacity;
        for (;; ++restarts) {
            const place at = this->find(key, hash, restarts);
            if (at.node == no_node) break;
            if (home == pool::capacity) home = this->make_room(who, at.node);
            if (!try_take_out(who, at, home, restarts)) continue;
            last(at.node);
            erased = true;
            break;
        }
        if (!erased && home == pool::reserve) this->take_room_back(who, copy, restarts);
        if (restarts != 0) count(table(), who.row, event::retry, restarts);
        if (erased) count(table(), who.row, event::erasure);
        return erased;
    }
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
