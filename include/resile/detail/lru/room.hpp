// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// First the entry, then the room. An insertion appends a node of the reserve; only then does its context
// settle: a free node of the capacity goes to the reserve, or, if there is none, an entry is evicted and its
// node goes there. So a victim falls only for an insertion that has happened (M1), a map is full before
// anything is evicted (M2), and a context that is interrupted anywhere in between owes one node and nothing
// else.

#include <resile/detail/lru/counters.hpp>
#include <resile/detail/lru/victims.hpp>

namespace resile::inline RESILE_PLATFORM::detail::lru {

template <class Rules>
class room : public victims<Rules> {
  public:
    using victims<Rules>::victims;
    using victims<Rules>::link;
    using victims<Rules>::rules;
    using victims<Rules>::table;

  protected:
    // Before an entry leaves, room is made in the capacity by a node of the reserve, and the entry's own goes
    // there instead. In the other order a handler in between would find neither the entry nor its room, and
    // evict another one from a map that is not full. Returns where the entry's node is to go. An entry with a
    // handle keeps its room until the handle ends: handles must not use up what operations work with.
    [[nodiscard]] pool make_room(const place& before) noexcept {
        const node_index node = this->has_handle(before.node) ? no_node : this->take(pool::reserve);
        if (node == no_node) return pool::capacity;
        this->give(node, pool::capacity);
        return pool::reserve;
    }
    // Nothing left after all. If an insertion has used the room, it evicts somebody now.
    void take_room_back(victim_copy* copy, word& restarts) noexcept {
        if (pay_back(no_node, copy, restarts) != evict_result::evicted) this->owe();
        pay_debts_of_all(no_node, copy);
    }

    // alive -> dead, at home in `home`. With `value`: the one that it had at that moment.
    [[nodiscard]] bool kill(const place& at, pool home, word* value) noexcept {
        atomic_word& its_link = link(at.node);
        const link_word dead = at.link.dead(at.link.next(), home);
        if (value != nullptr && rules().shape().value_beside_link()) {
            // The value may be changed in place, through a handle: both, or neither.
            *value = this->value_of(at.node)->load(std::memory_order_acquire);  // acquire [content]
            return platform::compare_exchange_pair(&its_link, at.link.bits(), *value, dead.bits(), *value);
        }
        if (value != nullptr) this->copy_out(this->value_of(at.node), rules().shape().value_words, value);
        word expected = at.link.bits();
        // alive -> dead, acq_rel [chain]: what was copied was the entry's until now
        return its_link.compare_exchange_strong(expected, dead.bits(), std::memory_order_acq_rel,
                                                std::memory_order_relaxed);
    }

    // Debts are paid by whoever brings what they wait for, a free node, an entry, the end of a handle; he
    // looks for them afterwards. Who writes one down looks for all that afterwards. One of them sees the
    // other.
    void pay_debts_of_all(node_index fresh, victim_copy* copy) noexcept {
        if (table().debts().load(std::memory_order_seq_cst) == 0) [[likely]]  // seq_cst [debt]
            return;
        word restarts = 0;
        while (this->claim_debt()) {
            if (pay_back(fresh, copy, restarts) == evict_result::evicted) continue;
            this->owe();
            if (!this->are_any_free() && !this->could_evict(fresh, restarts)) break;
        }
    }

    // The end of an insertion. False: every other entry is pinned, and the new one has been taken back.
    [[nodiscard]] bool settle(node_index fresh, bool held, std::uint32_t hash, victim_copy* copy,
                              word& restarts) noexcept {
        for (;;) {
            const evict_result paid = pay_back(fresh, copy, restarts);
            if (paid != evict_result::all_pinned || !held) {
                if (paid != evict_result::evicted) this->owe();
                pay_debts_of_all(fresh, copy);
                return true;
            }
            const place at = this->find_node(fresh, hash, restarts);
            if (at.node == no_node) continue;  // somebody erased or evicted it: there is room
            if (!kill(at, pool::reserve, nullptr)) continue;
            this->unlink(at, at.link.dead(at.link.next(), pool::reserve), hash, restarts);
            return false;
        }
    }

  private:
    // Gives the reserve back a node that the capacity has got.
    [[nodiscard]] evict_result pay_back(node_index fresh, victim_copy* copy, word& restarts) noexcept {
        const node_index spare = this->take(pool::capacity);
        if (spare != no_node) {
            this->give(spare, pool::reserve);
            return evict_result::evicted;
        }
        const evict_result made_room = this->evict(fresh, pool::reserve, copy, restarts);
        if (made_room == evict_result::evicted) count(table(), event::eviction);
        return made_room;
    }
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
