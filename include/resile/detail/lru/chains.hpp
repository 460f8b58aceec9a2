// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The chains of entries, and how to walk them while others change them.
//
// Invariants:
// 1. A node is in the chain exactly as long as the words lead to it. New ones are appended at the end; a
//    replacement stands right behind what it replaces. So the entries of a chain never change their order.
// 2. A marked node is dead, its word is frozen. It leaves the chain by one compare-and-swap of the (unmarked)
// word
//    that leads to it; whose swap that was, and only he, frees it.
// 3. What was read from a node counts only if the last unmarked word on the way still is what it was when it
// was
//    read: then that word led to the node all the while (its version would tell), and all dead nodes between
//    were still there, for they can only leave by a change of that word.

#include <resile/detail/lru/node_pools.hpp>

namespace resile::inline RESILE_PLATFORM::detail::lru {

// A place in a chain. node == no_node: the end, and `from` is the word to append to.
struct place {
    atomic_word* from;  // the word that leads there, alive when it was read
    link_word word;     // as it was read
    node_index node;
    link_word link;  // the node's own word as it was read
};

template <class Rules>
class chains : public node_pools<Rules> {
  public:
    using node_pools<Rules>::node_pools;
    using node_pools<Rules>::link;
    using node_pools<Rules>::rules;
    using node_pools<Rules>::table;

    // The entry of a key, or the end of its chain, for those who want to change it. Dead nodes on the way are
    // taken out. `restarts` counts the times that somebody came between.
    [[nodiscard]] place find(const word* key, std::uint32_t hash, word& restarts) noexcept {
        return walk(hash, restarts, [&](node_index node) { return has_key(node, key, hash); });
    }
    // The place of a node; node == no_node: it is not in that chain.
    [[nodiscard]] place find_node(node_index wanted, std::uint32_t hash, word& restarts) noexcept {
        return walk(hash, restarts, [&](node_index node) { return node == wanted; });
    }
    // Takes out every dead node that the chain had when this was called.
    [[gnu::noinline]] void sweep(std::uint32_t hash, word& restarts) noexcept {
        (void)walk(hash, restarts, [](node_index) { return false; });
    }

    // For readers: changes nothing, and passes over the dead. `read` copies what it wants of a node that has
    // the key, once or more often; what it copied last stands if the result is a node.
    template <class Read>
    [[nodiscard, gnu::always_inline]] place look(const word* key, std::uint32_t hash,
                                                 Read&& read) const noexcept {
        return look_from(
            no_node, hash, [&](node_index node) { return has_key(node, key, hash); }, read);
    }
    // The first entry that is wanted behind `start`, a node that cannot be freed meanwhile (no_node: in the
    // whole chain). If `start` dies, the chain is searched from its head.
    template <class IsWanted, class Read>
    [[nodiscard, gnu::always_inline]] place look_from(node_index start, std::uint32_t hash,
                                                      IsWanted&& is_wanted, Read&& read) const noexcept {
        for (;; start = no_node) {
            atomic_word* from = start == no_node ? &table().head(hash) : &link(start);
            link_word lead(from->load(std::memory_order_acquire));  // acquire [chain]
            if (lead.is_marked()) continue;
            node_index node = lead.next();
            for (;;) {
                if (node == no_node) return {from, lead, no_node, lead};
                const link_word its(link(node).load(std::memory_order_acquire));  // acquire [chain]
                if (!its.is_marked() && is_wanted(node)) {
                    read(node);
                    // relaxed: ordered by the acquire loads of the content; the second says that a value that
                    // is changed in place was there while the entry was alive
                    if (!still_leads(from, lead) || link(node).load(std::memory_order_relaxed) != its.bits())
                        break;
                    return {from, lead, node, its};
                }
                if (!still_leads(from, lead)) break;
                if (!its.is_marked()) {
                    from = &link(node);
                    lead = its;
                }
                node = its.next();
            }
        }
    }

    // Takes the dead node at a place out of the chain and frees it, or finds that somebody does.
    void unlink(const place& dead_one, link_word its_word, std::uint32_t hash, word& restarts) noexcept {
        word expected = dead_one.word.bits();
        // {dead, v} -> {behind it, v + 1}, acq_rel [chain]: whoever follows finds what is behind
        if (dead_one.from->compare_exchange_strong(expected, dead_one.word.leading_to(its_word.next()).bits(),
                                                   std::memory_order_seq_cst, std::memory_order_relaxed))
            this->retire(dead_one.node);
        else
            sweep(hash, restarts);
    }

    // The first entry of a chain.
    [[nodiscard]] place first(std::uint32_t hash, word& restarts) noexcept {
        return walk(hash, restarts, [](node_index) { return true; });
    }

    [[nodiscard]] bool has_key(node_index node, const word* key, std::uint32_t hash) const noexcept {
        // One word is compared as fast as its hash.
        if (rules().shape().key_words > 1 &&
            this->hash_of(node).load(std::memory_order_acquire) != hash)  // acquire [content]
            return false;
        return rules().same_key(this->key_of(node), key);
    }

  protected:
    // Invariant 3: the word that led on still is what it was.
    [[nodiscard]] static bool still_leads(const atomic_word* from, link_word lead) noexcept {
        // relaxed: ordered by the acquire loads of what was read in between
        return from->load(std::memory_order_relaxed) == lead.bits();
    }

  private:
    template <class IsWanted>
    place walk(std::uint32_t hash, word& restarts, IsWanted&& is_wanted) noexcept {
        for (;; ++restarts) {
            atomic_word* from = &table().head(hash);
            link_word lead(from->load(std::memory_order_acquire));  // acquire [chain]
            for (;;) {
                const node_index node = lead.next();
                if (node == no_node) return {from, lead, no_node, lead};
                const link_word its(link(node).load(std::memory_order_acquire));  // acquire [chain]
                if (its.is_marked()) {
                    word expected = lead.bits();
                    const link_word past = lead.leading_to(its.next());
                    // {dead, v} -> {behind it, v + 1}, seq_cst [chain], [pinning]: who pins the dead node
                    // after this sees that it is out
                    if (!from->compare_exchange_strong(expected, past.bits(), std::memory_order_seq_cst,
                                                       std::memory_order_relaxed))
                        break;
                    this->retire(node);
                    lead = past;
                    continue;
                }
                const bool wanted = is_wanted(node);
                if (!still_leads(from, lead)) break;
                if (wanted) return {from, lead, node, its};
                from = &link(node);
                lead = its;
            }
        }
    }
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
