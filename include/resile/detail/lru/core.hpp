// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The operations, on words. Each has one step at which it happens, a compare-and-swap; before it nobody sees
// anything, after it everybody does, and what remains to be done anyone can do.
//
// Insert: a new entry is made of a node of the reserve and enters its bucket; then its context settles
// (room.hpp).

#include <resile/detail/lru/room.hpp>

#include <type_traits>

namespace resile::inline RESILE_PLATFORM {

// What became of a write. no_memory: every entry is pinned, or in the hands of more contexts than the map was
// told of.
enum class put_result : std::uint8_t { inserted, replaced, exists, absent, no_memory, no_such_cpu };

}  // namespace resile::inline RESILE_PLATFORM

namespace resile::inline RESILE_PLATFORM::detail::lru {

enum class wanted : std::uint8_t { either, absent, present };

// What makes the value of a write. There are three types of it, so the long half of a write is compiled at
// most three times per map, and not again for each function that somebody hands to it.
struct nothing_to_make {  // the value is known before
    void operator()(word*, const word*) const noexcept {}
};
// The same, for get_or_insert: g++ makes its way shorter if nobody else goes there, 4 ns of 55.
struct nothing_but_to_read : nothing_to_make {};
class maker {  // refers to a function
  public:
    template <class Make>
    explicit maker(Make& make) noexcept
        : make_(&make), call_([](void* self, word* fresh, const word* old) noexcept {
              (*static_cast<Make*>(self))(fresh, old);
          }) {}
    void operator()(word* fresh, const word* old) const noexcept { call_(make_, fresh, old); }

  private:
    void* make_;
    void (*call_)(void*, word*, const word*) noexcept;
};
template <class Make>
[[nodiscard]] auto one_of_three(Make& make) noexcept {
    if constexpr (std::is_base_of_v<nothing_to_make, Make>)
        return make;
    else
        return maker(make);
}

template <class Rules>
class core : public room<Rules> {
  public:
    using room<Rules>::room;
    using room<Rules>::link;
    using room<Rules>::rules;
    using room<Rules>::table;

    // Reads a value. `uses`: the entry counts as used, and the lookup is counted.
    [[nodiscard, gnu::always_inline]] bool get(const word* key, std::uint32_t hash, word* value,
                                               bool uses) const noexcept {
        const place at = this->look(key, hash, [&](node_index node) {
            if (value != nullptr) this->copy_out(this->value_of(node), rules().shape().value_words, value);
        });
        note_lookup(at.node, uses);
        return at.node != no_node;
    }

    // Writes. make(fresh, old) fills `fresh`, given the present value (old == nullptr: there is none); it may
    // be called again if somebody comes between. `old` is room for the present value; null: it is not wanted.
    // With wanted::absent and `old`, what is there is read instead: the entry counts as used.
    template <class Make>
    [[nodiscard]] put_result write(const word* key, std::uint32_t hash, wanted state, Make& make, word* fresh,
                                   word* old, victim_copy* copy) noexcept {
        return write_in_place(key, hash, state, make, fresh, old, [&](auto... found) {
            return write_from(key, hash, state, one_of_three(make), fresh, old, copy, found...);
        });
    }

    // The same in two steps. First what needs no node and takes none out: an entry that is not to be changed,
    // or whose value is changed in place. Otherwise the rest(where), write_from(), which is not compiled into
    // each caller. `where` are the parts of a place, one by one: g++ 12 would copy the whole in parts
    // larger than those that it has just written, and such a read waits until they have left.
    template <class Make, class Rest>
    [[nodiscard, gnu::always_inline]] put_result write_in_place(const word* key, std::uint32_t hash,
                                                                wanted state, Make& make, word* fresh,
                                                                word* old, Rest&& rest) noexcept {
        const bool reads = state == wanted::absent && old != nullptr;
        const place at = this->look(key, hash, [&](node_index node) {
            if (reads) this->copy_out(this->value_of(node), rules().shape().value_words, old);
        });
        if (at.node == no_node) {
            if (state == wanted::present) return put_result::absent;
        } else if (state == wanted::absent) {
            if (reads) note_lookup(at.node, true);
            return put_result::exists;
        } else if (rules().shape().value_beside_link() && change_in_place(at, make, fresh, old)) {
            count(table(), event::replacement);
            return put_result::replaced;
        }
        return rest(at.from, at.lead, at.node, at.link, at.seat);
    }
    template <class Make>
    [[nodiscard, gnu::noinline, gnu::flatten]] put_result write_from(const word* key, std::uint32_t hash,
                                                                     wanted state, Make make, word* fresh,
                                                                     word* old, victim_copy* copy,
                                                                     atomic_word* from, word lead,
                                                                     node_index node, link_word its_link,
                                                                     int seat) noexcept {
        borrowed mine;
        word restarts = 0;
        put_result result = put_result::no_memory;
        place at{from, lead, node, its_link, seat};
        bool is_known = seat != behind_the_dead;
        for (bool done = false; !done; restarts += done ? 0 : 1, is_known = false) {
            if (!is_known) at = this->find(key, hash, restarts);
            if (at.node == no_node) {
                if (state == wanted::present) {
                    result = put_result::absent;
                    break;
                }
                platform::prefetch_to_write(at.from);  // it was read, so other caches may have it, too
                if (!borrow(mine, copy, restarts)) break;
                make(fresh, nullptr);
                if (!fill(mine.node, key, hash, fresh)) break;
                const bool held = hold(mine.node);
                this->mark_inserted(mine.node);
                done = this->enter(mine.node, at, hash);
                if (done &&
                    (mine.home == pool::capacity || this->settle(mine.node, held, hash, copy, restarts)))
                    result = put_result::inserted;
                if (held) this->unpin(mine.node, this->one_hold);
                if (done) mine.node = no_node;
            } else if (state == wanted::absent) {
                if (old != nullptr && !read(at, old)) continue;
                result = put_result::exists;
                break;
            } else if (rules().shape().value_beside_link()) {
                done = change_in_place(at, make, fresh, old);
                if (done) result = put_result::replaced;
            } else {
                if (!borrow(mine, copy, restarts)) break;
                if (old != nullptr) this->copy_out(this->value_of(at.node), rules().shape().value_words, old);
                make(fresh, old);
                if (!fill(mine.node, key, hash, fresh)) break;
                done = replace(mine, at, hash, restarts);
                if (done) result = put_result::replaced;
            }
        }
        if (mine.node != no_node) this->give(mine.node, mine.home);
        if (restarts != 0) count(table(), event::retry, restarts);
        if (result == put_result::inserted) {
            this->note_insertion();
            count(table(), event::insertion);
        }
        if (result == put_result::replaced) count(table(), event::replacement);
        if (result == put_result::no_memory) count(table(), event::no_memory);
        if (state == wanted::absent && old != nullptr)
            count(table(), result == put_result::exists ? event::hit : event::miss);
        return result;
    }

    // Erases. `value`: room for the value that the entry had at its end, or null. `copy`: see make_room().
    [[nodiscard]] bool erase(const word* key, std::uint32_t hash, word* value, victim_copy* copy) noexcept {
        return erase_with(
            key, hash, copy,
            [&](const place& at, pool home, word& restarts) {
                return this->take_out(at, home, value, hash, restarts);
            },
            [](node_index) {});
    }
    // Erases; last(node) is called once, when the entry is dead and its node is still nobody else's.
    template <class Last>
    [[nodiscard]] bool erase_and(const word* key, std::uint32_t hash, victim_copy* copy,
                                 Last&& last) noexcept {
        return erase_with(
            key, hash, copy,
            [&](const place& at, pool home, word& restarts) {
                // Held, so that whoever takes it out does not free it yet.
                // n -> n + 1, seq_cst [pinning]: the entry is alive, or take_out() fails
                this->pins(at.node).fetch_add(this->one_hold, std::memory_order_seq_cst);
                const bool is_out = this->take_out(at, home, nullptr, hash, restarts);
                if (!is_out) this->unpin(at.node, this->one_hold);
                return is_out;
            },
            [&](node_index node) {
                last(node);
                this->unpin(node, this->one_hold);
            });
    }

    // What a lookup that was made elsewhere found.
    void note_lookup(node_index found, bool uses) const noexcept {
        if (!uses) return;
        if (found != no_node) this->mark_used(found);
        count(table(), found != no_node ? event::hit : event::miss);
    }
    void note_replacement(node_index node) const noexcept {
        this->mark_used(node);
        count(table(), event::replacement);
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
    // Copies the value of an entry that was found; false: it is no longer there.
    [[nodiscard]] bool read(const place& at, word* value) noexcept {
        this->copy_out(this->value_of(at.node), rules().shape().value_words, value);
        // relaxed: ordered by the acquire loads of the content; see look_behind()
        if (!this->still_leads(at.from, at.lead) ||
            link(at.node).load(std::memory_order_relaxed) != at.link.bits())
            return false;
        this->mark_used(at.node);
        return true;
    }

    // A node that this context works with.
    struct borrowed {
        node_index node = no_node;
        pool home = pool::reserve;
    };

    [[nodiscard]] bool borrow(borrowed& mine, victim_copy* copy, word& restarts) noexcept {
        while (mine.node == no_node) {
            mine.home = pool::reserve;
            if ((mine.node = this->take(pool::reserve)) != no_node) break;
            // More contexts are inside than the map was told of: they work with the capacity.
            mine.home = pool::capacity;
            if ((mine.node = this->take(pool::capacity)) != no_node) break;
            if (this->evict(no_node, pool::capacity, copy, restarts) != evict_result::evicted) return false;
            count(table(), event::eviction);
        }
        return true;
    }

    // Makes a node of this context into an entry. False: there is no room for its value.
    [[nodiscard]] bool fill(node_index node, const word* key, std::uint32_t hash,
                            const word* value) noexcept {
        this->hash_of(node).store(hash, std::memory_order_release);  // release [content]
        this->copy_in(this->key_of(node), rules().shape().key_words, key);
        this->copy_in(this->value_of(node), rules().shape().value_words, value);
        if constexpr (requires { rules().prepare(node, value); })
            if (!rules().prepare(node, value)) return false;
        this->lead_to(node, no_node);
        return true;
    }

    // An insertion that is refused because everything else has a handle takes its entry back. Held until
    // then, the node is still the same entry's. Where nobody ever had a handle, that is saved: should the
    // first come just now, the insertion is not refused, but its room owed.
    [[nodiscard]] bool hold(node_index node) noexcept {
        if (table().handles_used().load(std::memory_order_relaxed) == 0) return false;  // relaxed: see above
        // n -> n + 1, relaxed: the node is this context's
        this->pins(node).fetch_add(this->one_hold, std::memory_order_relaxed);
        return true;
    }

    // The old node goes where the new one came from.
    [[nodiscard]] bool replace(borrowed& mine, const place& at, std::uint32_t hash, word& restarts) noexcept {
        this->mark_replacement(mine.node);
        if (!this->substitute(at, mine.node, mine.home, hash, restarts)) return false;
        mine.node = no_node;
        return true;
    }

    // A value of one word changes only while the link beside it is what it was: the entry's, and alive.
    template <class Make>
    [[nodiscard]] bool change_in_place(const place& at, Make& make, word* fresh, word* old) noexcept {
        atomic_word& its_link = link(at.node);
        for (;;) {
            const word now = this->value_of(at.node)->load(std::memory_order_acquire);  // acquire [content]
            if (old != nullptr) *old = now;
            make(fresh, old);
            // {alive, old} -> {alive, new}, acq_rel [chain]
            if (platform::compare_exchange_pair(&its_link, at.link.bits(), now, at.link.bits(), *fresh)) {
                this->mark_used(at.node);
                return true;
            }
            // relaxed: only to know whether to search again
            if (its_link.load(std::memory_order_relaxed) != at.link.bits()) return false;
        }
    }

    template <class TakeOut, class Last>
    [[nodiscard]] bool erase_with(const word* key, std::uint32_t hash, victim_copy* copy,
                                  TakeOut&& try_take_out, Last&& last) noexcept {
        word restarts = 0;
        bool erased = false;
        pool home = pool::capacity;
        for (;; ++restarts) {
            const place at = this->find(key, hash, restarts);
            if (at.node == no_node) break;
            if (home == pool::capacity) home = this->make_room(at);
            if (!try_take_out(at, home, restarts)) continue;
            last(at.node);
            erased = true;
            break;
        }
        if (!erased && home == pool::reserve) this->take_room_back(copy, restarts);
        if (restarts != 0) count(table(), event::retry, restarts);
        if (erased) count(table(), event::erasure);
        return erased;
    }
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
