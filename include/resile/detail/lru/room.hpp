// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// First the entry, then the room. An insertion makes a node of the reserve an entry; only then does its
// context settle: a free node of the capacity goes to the reserve, or, if there is none, an entry is evicted
// and its node goes there. So a victim falls only for an insertion that has happened (M1), a map is full
// before anything is evicted (M2), and a context that is interrupted anywhere in between owes one node and
// nothing else.

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
    [[nodiscard]] pool make_room(const caller& who, node_index before) noexcept {
        const node_index node = this->has_handle(before) ? no_node : this->take(who, pool::reserve);
        if (node == no_node) return pool::capacity;
        this->give(who, node, pool::capacity);
        return pool::reserve;
    }
    // Nothing left after all. If an insertion has used the room, it evicts somebody now.
    void take_room_back(const caller& who, victim_copy* copy, word& restarts) noexcept {
        if (pay_back(who, no_node, copy, restarts) != evict_result::evicted) this->owe();
        pay_debts_of_all(no_node, copy);
    }

    // Debts are paid by whoever brings what they wait for, a free node, an entry, the end of a handle; he
    // looks for them afterwards. Who writes one down looks for all that afterwards. One of them sees the
    // other.
    void pay_debts_of_all(node_index fresh, victim_copy* copy) noexcept {
        if (table().debts().load(std::memory_order_seq_cst) != 0) [[unlikely]]  // seq_cst [debt]
            pay_what_is_owed(fresh, copy);
    }

    // The end of an insertion. False: every other entry is pinned, and the new one has been taken back.
    [[nodiscard]] bool settle(const caller& who, node_index fresh, bool held, std::uint32_t hash,
                              victim_copy* copy, word& restarts) noexcept {
        const evict_result paid = pay_back(who, fresh, copy, restarts);
        if (paid != evict_result::evicted) [[unlikely]]
            return settle_otherwise(paid, fresh, held, hash, copy, restarts);
        pay_debts_of_all(fresh, copy);
        return true;
    }

  private:
    [[nodiscard, gnu::noinline]] bool settle_otherwise(evict_result paid, node_index fresh, bool held,
                                                       std::uint32_t hash, victim_copy* copy,
                                                       word& restarts) noexcept {
        const caller who = this->who_calls();
        for (;; paid = pay_back(who, fresh, copy, restarts)) {
            if (paid != evict_result::all_pinned || !held) {
                if (paid != evict_result::evicted) this->owe();
                pay_debts_of_all(fresh, copy);
                return true;
            }
            const place at = this->find_node(fresh, hash, restarts);
            if (at.node == no_node) continue;  // somebody erased or evicted it: there is room
            if (this->take_out(who, at, pool::reserve, nullptr, hash, restarts)) return false;
        }
    }
    [[gnu::noinline]] void pay_what_is_owed(node_index fresh, victim_copy* copy) noexcept {
        const caller who = this->who_calls();
        word restarts = 0;
        while (this->claim_debt()) {
            if (pay_back(who, fresh, copy, restarts) == evict_result::evicted) continue;
            this->owe();
            if (!this->are_any_free() && !this->could_evict(fresh, restarts)) break;
        }
    }
    // Gives the reserve back a node that the capacity has got.
    [[nodiscard]] evict_result pay_back(const caller& who, node_index fresh, victim_copy* copy,
                                        word& restarts) noexcept {
        // A full map has none, and sees that at two glances.
        const node_index spare = this->are_any_free() ? this->take(who, pool::capacity) : no_node;
        if (spare != no_node) [[unlikely]] {
            this->give(who, spare, pool::reserve);
            return evict_result::evicted;
        }
        const evict_result made_room = this->evict(who, fresh, pool::reserve, copy, restarts);
        if (made_room == evict_result::evicted) count(table(), who.row, event::eviction);
        return made_room;
    }
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
