// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The buckets of entries, and how to walk them while others change them. A bucket is a cache line: a head,
// and eight seats, each with a part of the hash and the number of an entry's node; entries that find all
// seats taken stand in a chain.
//
// Invariants:
// 1. An entry is in the bucket exactly as long as the head says that its seat counts, or as words of the
//    chain lead to it. Entries come, and seated ones go or are replaced, by one change of the head: by a swap
//    of 16 bytes, of which eight are a version. So what was read from seats counts if the version still is
//    what it was; and as long as it is, no entry has come.
// 2. A seat that counts does not change. One that does not belongs to whoever wrote a number into it where
//    none was, or took its entry away; he clears it.
// 3. New nodes of the chain come in front. A replacement stands right behind what it replaces, so the entries
//    of a chain never change their order.
// 4. A marked node of the chain is dead, its word is frozen. It leaves by one swap of the (unmarked) word
//    that leads to it; whose swap that was, and only he, frees it.
// 5. What was read from a node of the chain counts only if the last unmarked word on the way, or the version
//    of the head, still is what it was when it was read: then that word led to the node all the while, and
//    all dead nodes between were still there, for they can only leave by a change of that word.
// 6. The link of a seated node is the same as long as it lives, also while its value is changed in place.

#include <resile/detail/lru/node_pools.hpp>

#include <bit>

namespace resile::inline RESILE_PLATFORM::detail::lru {

// What is in no seat stands in the chain; what a reader found there may stand behind dead nodes, which have
// to be taken out before it can be changed.
inline constexpr int no_seat = -1;
inline constexpr int behind_the_dead = -2;

// A place in a bucket. node == no_node: what was looked for is not there, and does not come as long as the
// head's version is `lead`.
struct place {
    atomic_word* from;  // the word that leads there, alive when it was read: the head's version, or a link
    word lead;          // as it was read
    node_index node;
    link_word link;  // the node's own word as it was read
    int seat;        // or no_seat, behind_the_dead
};

// The seats of a bucket that new entries may take: all. (The lab has maps with one, or none, so that most
// entries stand in chains.)
template <class Rules>
inline constexpr unsigned open_seats = bucket::all_seats;

template <class Rules>
class buckets : public node_pools<Rules> {
  public:
    using node_pools<Rules>::node_pools;
    using node_pools<Rules>::link;
    using node_pools<Rules>::rules;
    using node_pools<Rules>::table;

    // The entry of a key, for those who want to change it. Dead nodes on the way are taken out. `restarts`
    // counts the times that somebody came between.
    [[nodiscard]] place find(const word* key, std::uint32_t hash, word& restarts) noexcept {
        return walk(hash, restarts,
                    [this, key](node_index node) { return rules().same_key(this->key_of(node), key); });
    }
    // The place of a node; node == no_node: it is not in that bucket.
    [[nodiscard]] place find_node(node_index wanted, std::uint32_t hash, word& restarts) noexcept {
        return walk(hash, restarts, [wanted](node_index node) { return node == wanted; });
    }

    // For readers: changes nothing, and passes over the dead. `read` copies what it wants of a node that has
    // the key, once or more often; what it copied last stands if the result is a node.
    template <class Read>
    [[nodiscard, gnu::always_inline]] place look(const word* key, std::uint32_t hash,
                                                 Read&& read) const noexcept {
        return look_behind(
            no_node, hash, [&](const bucket& in, unsigned seats) { return in.seats_of(hash, seats); },
            [&](node_index node) { return rules().same_key(this->key_of(node), key); }, read);
    }
    // Any entry that is wanted; behind `start`, a node of the chain that cannot be freed meanwhile (no_node:
    // in the whole bucket). If `start` dies, the bucket is searched from its head. seats_of: which seats are
    // worth a look.
    template <class SeatsOf, class IsWanted, class Read>
    [[nodiscard, gnu::always_inline]] place look_behind(node_index start, std::uint32_t hash,
                                                        SeatsOf&& seats_of, IsWanted&& is_wanted,
                                                        Read&& read) const noexcept {
        bucket& in = table().bucket_of(hash);
        for (;; start = no_node) {
            const word version = in.version.load(std::memory_order_acquire);  // acquire [seat]
            atomic_word* from = &in.version;
            word lead = version;
            node_index node;
            if (start == no_node) {
                const bucket_state state(in.state.load(std::memory_order_acquire));  // acquire [seat]
                int seat = no_seat;
                link_word its(version);
                node = seated(in, seats_of(in, state.seats()), is_wanted, read, seat, its);
                if (!still_leads(&in.version, version)) continue;
                if (node != no_node || state.next() == no_node)
                    return {&in.version, version, node, its, seat};
                node = state.next();
            } else {
                from = &link(start);
                lead = from->load(std::memory_order_acquire);  // acquire [chain]
                if (link_word(lead).is_marked()) continue;
                node = link_word(lead).next();
            }
            for (int seat = no_seat;;) {
                if (node == no_node) return {&in.version, version, no_node, link_word(version), no_seat};
                const link_word its(link(node).load(std::memory_order_acquire));  // acquire [chain]
                if (!its.is_marked() && is_wanted(node)) {
                    read(node);
                    // relaxed: ordered by the acquire loads of the content; the second says that a value that
                    // is changed in place was there while the entry was alive
                    if (!still_leads(from, lead) || link(node).load(std::memory_order_relaxed) != its.bits())
                        break;
                    return {from, lead, node, its, seat};
                }
                if (!still_leads(from, lead)) break;
                if (its.is_marked()) {
                    seat = behind_the_dead;
                } else {
                    seat = no_seat;
                    from = &link(node);
                    lead = its.bits();
                }
                node = its.next();
            }
        }
    }

    // The insertion: a node of this context becomes an entry, if the head is as it was when the key was found
    // to be absent.
    [[nodiscard]] bool enter(node_index node, const place& nowhere, std::uint32_t hash) noexcept {
        return join(bucket_at(nowhere), nowhere.lead, 0, node, hash);
    }
    // The replacement of an entry by a node of this context, of the same key: one step by which the one goes
    // and the other comes, so that a reader finds the one or the other, never both, never none. The old node
    // goes to `home`.
    [[nodiscard]] bool substitute(const caller& who, const place& old, node_index node, pool home,
                                  std::uint32_t hash, word& restarts) noexcept {
        if (old.seat == no_seat) [[unlikely]]
            return substitute_in_chain(old, node, home, hash, restarts);
        bucket& in = bucket_at(old);
        if (!join(in, old.lead, 1U << old.seat, node, hash)) return false;
        end_seated(who, in, old, home, nullptr);
        return true;
    }
    // The end of an entry: its node goes to `home`. With `value`: the one that it had at its end. False: it
    // is not there any more, or not as it was found.
    [[nodiscard]] bool take_out(const caller& who, const place& at, pool home, word* value,
                                std::uint32_t hash, word& restarts) noexcept {
        if (at.seat == no_seat) [[unlikely]]
            return take_out_of_chain(at, home, value, hash, restarts);
        bucket& in = bucket_at(at);
        const bucket_state now = state_of(in);
        if (!change_head(in, at.lead, now, {now.seats() & ~(1U << at.seat), now.next()})) return false;
        end_seated(who, in, at, home, value);
        return true;
    }

  protected:
    // Invariants 1 and 5: the word that led on still is what it was.
    [[nodiscard]] static bool still_leads(const atomic_word* from, word lead) noexcept {
        // relaxed: ordered by the acquire loads of what was read in between
        return from->load(std::memory_order_relaxed) == lead;
    }

  private:
    // By value: whose address is known to a function that is not compiled in stays in memory from the start.
    [[nodiscard, gnu::noinline]] bool substitute_in_chain(place old, node_index node, pool home,
                                                          std::uint32_t hash, word& restarts) noexcept {
        this->lead_to(node, old.link.next());
        const link_word dead = old.link.dead(node, home);
        word expected = old.link.bits();
        // alive -> dead, leading to the new one, acq_rel [chain]
        if (!link(old.node).compare_exchange_strong(expected, dead.bits(), std::memory_order_acq_rel,
                                                    std::memory_order_relaxed))
            return false;
        unlink(old, dead, hash, restarts);
        return true;
    }
    [[nodiscard, gnu::noinline]] bool take_out_of_chain(place at, pool home, word* value, std::uint32_t hash,
                                                        word& restarts) noexcept {
        if (!kill(at, home, value)) return false;
        unlink(at, at.link.dead(at.link.next(), home), hash, restarts);
        return true;
    }

    // The entry that is wanted among those in some seats, or no_node; its seat, and its link. Stands if the
    // version still is what it was. (Results one by one: g++ 12 makes a whole place of parts smaller than
    // those that it reads it in, and such a read waits until they have left the processor.)
    template <class IsWanted, class Read>
    [[nodiscard, gnu::always_inline]] node_index seated(const bucket& in, unsigned seats,
                                                        IsWanted&& is_wanted, Read&& read, int& where,
                                                        link_word& its) const noexcept {
        for (; seats != 0; seats &= seats - 1) {
            const int seat = std::countr_zero(seats);
            const node_index node = in.nodes[seat].load(std::memory_order_acquire);  // acquire [seat]
            if (node == no_node) break;                                              // the head has changed
            const link_word now(link(node).load(std::memory_order_acquire));         // acquire [chain]
            if (!is_wanted(node)) continue;
            read(node);
            where = seat;
            its = now;
            return node;
        }
        return no_node;
    }

    template <class IsWanted>
    place walk(std::uint32_t hash, word& restarts, IsWanted is_wanted) noexcept {
        bucket& in = table().bucket_of(hash);
        for (;; ++restarts) {
            const word version = in.version.load(std::memory_order_acquire);     // acquire [seat]
            const bucket_state state(in.state.load(std::memory_order_acquire));  // acquire [seat]
            int seat = no_seat;
            link_word of_seated(version);
            const node_index found = seated(
                in, in.seats_of(hash, state.seats()), is_wanted, [](node_index) {}, seat, of_seated);
            if (!still_leads(&in.version, version)) continue;
            if (found != no_node || state.next() == no_node)
                return {&in.version, version, found, of_seated, seat};
            const place behind = walk_chain(in, version, state.next(), is_wanted);
            // In parts: returned whole, the place would lie in memory, also if it is in a seat.
            if (behind.from != nullptr)
                return {behind.from, behind.lead, behind.node, behind.link, behind.seat};
        }
    }
    // From its first node on. from == nullptr: somebody came between.
    template <class IsWanted>
    [[nodiscard, gnu::noinline]] place walk_chain(bucket& in, word version, node_index node,
                                                  IsWanted is_wanted) noexcept {
        constexpr place nobody_knows{nullptr, 0, no_node, link_word(0), no_seat};
        atomic_word* from = &in.version;
        word lead = version;
        while (node != no_node) {
            const link_word its(link(node).load(std::memory_order_acquire));  // acquire [chain]
            if (its.is_marked()) {
                if (!pass_over(in, from, lead, its.next())) return nobody_knows;
                this->retire(this->who_calls(), node, its.home());
                if (from == &in.version) version = lead;
                node = its.next();
                continue;
            }
            const bool wanted = is_wanted(node);
            if (!still_leads(from, lead)) return nobody_knows;
            if (wanted) return {from, lead, node, its, no_seat};
            from = &link(node);
            lead = its.bits();
            node = its.next();
        }
        return {&in.version, version, no_node, link_word(version), no_seat};
    }

    // --- the head ---
    // Of a place in a seat, or nowhere: its word is the version, with which the bucket begins.
    [[nodiscard]] static bucket& bucket_at(const place& at) noexcept {
        return *reinterpret_cast<bucket*>(at.from);
    }
    [[nodiscard]] static bucket_state state_of(const bucket& in) noexcept {
        // relaxed: whoever changes it compares it, and the version, again
        return bucket_state(in.state.load(std::memory_order_relaxed));
    }
    // {v, now} -> {v + 1, wanted}, acq_rel [seat], [pinning]: the content of what comes before its number;
    // what was read of what goes, before its end. retire() looks for handles afterwards, by a seq_cst load,
    // which does not overtake this
    [[nodiscard]] static bool change_head(bucket& in, word version, bucket_state now,
                                          bucket_state wanted) noexcept {
        return platform::compare_exchange_pair(&in.version, version, now.bits(), version + 1, wanted.bits());
    }
    // The head gets one entry more, in a seat or else in front of the chain, and loses those in the seats
    // `without`.
    [[nodiscard]] bool join(bucket& in, word version, unsigned without, node_index node,
                            std::uint32_t hash) noexcept {
        const bucket_state now = state_of(in);
        const unsigned others = now.seats() & ~without;
        const int seat = claim_seat(in, now.seats(), node, hash);
        if (seat == no_seat) [[unlikely]] {
            this->lead_to(node, now.next());
            return change_head(in, version, now, {others, node});
        }
        if (change_head(in, version, now, {others | 1U << seat, now.next()})) [[likely]]
            return true;
        in.nodes[seat].store(no_node, std::memory_order_release);  // release [seat]
        return false;
    }
    // A seat of this context's own for a node, or no_seat: all are taken.
    [[nodiscard]] int claim_seat(bucket& in, unsigned taken, node_index node, std::uint32_t hash) noexcept {
        for (unsigned free = ~taken & open_seats<Rules>; free != 0; free &= free - 1) {
            const int seat = std::countr_zero(free);
            node_index nobody = no_node;
            // none -> node, acq_rel [seat]: after whoever had the seat has cleared it
            if (!in.nodes[seat].compare_exchange_strong(nobody, node, std::memory_order_acq_rel,
                                                        std::memory_order_relaxed)) [[unlikely]]
                continue;
            // release [seat]: after the claim
            in.tags[seat].store(static_cast<bucket::tag>(hash), std::memory_order_release);
            return seat;
        }
        return no_seat;
    }
    // After the head has changed: the entry that was in a seat is dead, and this context's alone.
    void end_seated(const caller& who, bucket& in, const place& at, pool home, word* value) noexcept {
        in.nodes[at.seat].store(no_node, std::memory_order_release);  // release [seat]
        // Changes in place by those who found the entry before come to an end here.
        const link_word dead = at.link.dead(no_node, home);
        if (value != nullptr && rules().shape().value_beside_link()) {
            do {
                *value = this->value_of(at.node)->load(std::memory_order_acquire);  // acquire [content]
                // {alive, value} -> {dead, value}, acq_rel [chain]
            } while (!platform::compare_exchange_pair(&link(at.node), at.link.bits(), *value, dead.bits(),
                                                      *value));
        } else {
            if (value != nullptr) this->copy_out(this->value_of(at.node), rules().shape().value_words, value);
            link(at.node).store(dead.bits(), std::memory_order_release);  // release [chain]
        }
        this->retire(who, at.node, home);
    }

    // --- the chain ---
    // Takes a dead node out: what led to it leads to what is behind it.
    [[nodiscard]] bool pass_over(bucket& in, atomic_word* from, word& lead, node_index next) noexcept {
        if (from == &in.version) {
            const bucket_state now = state_of(in);
            if (!change_head(in, lead, now, {now.seats(), next})) return false;
            ++lead;
            return true;
        }
        const word past = link_word(lead).leading_to(next).bits();
        // {dead, v} -> {behind it, v + 1}, seq_cst [chain], [pinning]: whoever follows finds what is behind;
        // who pins the dead node after this sees that it is out
        if (!from->compare_exchange_strong(lead, past, std::memory_order_seq_cst, std::memory_order_relaxed))
            return false;
        lead = past;
        return true;
    }
    // Alive -> dead, at home in `home`. With `value`: the one that it had at that moment.
    [[nodiscard]] bool kill(const place& at, pool home, word* value) noexcept {
        atomic_word& its_link = link(at.node);
        const link_word dead = at.link.dead(at.link.next(), home);
        if (value != nullptr && rules().shape().value_beside_link()) {
            // The value may be changed in place: both, or neither.
            *value = this->value_of(at.node)->load(std::memory_order_acquire);  // acquire [content]
            return platform::compare_exchange_pair(&its_link, at.link.bits(), *value, dead.bits(), *value);
        }
        if (value != nullptr) this->copy_out(this->value_of(at.node), rules().shape().value_words, value);
        word expected = at.link.bits();
        // alive -> dead, acq_rel [chain]: what was copied was the entry's until now
        return its_link.compare_exchange_strong(expected, dead.bits(), std::memory_order_acq_rel,
                                                std::memory_order_relaxed);
    }
    // Takes the dead node at a place out and frees it, or finds that somebody does.
    void unlink(const place& dead_one, link_word its_word, std::uint32_t hash, word& restarts) noexcept {
        word lead = dead_one.lead;
        if (pass_over(table().bucket_of(hash), dead_one.from, lead, its_word.next()))
            this->retire(this->who_calls(), dead_one.node, its_word.home());
        else
            sweep(hash, restarts);
    }
    // Takes out every dead node that the chain had when this was called.
    [[gnu::noinline]] void sweep(std::uint32_t hash, word& restarts) noexcept {
        (void)walk(hash, restarts, [](node_index) { return false; });
    }
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
