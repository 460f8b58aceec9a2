// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Insertions and replacements. Each has one step at which it happens, a compare-and-swap.
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
class writing : public room<Rules> {
  public:
    using room<Rules>::room;
    using room<Rules>::link;
    using room<Rules>::rules;
    using room<Rules>::table;

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
    // or whose value is changed in place. Otherwise rest(...), which is write_from(), with what the search
    // has found; that is not compiled into each caller.
    template <class Make, class Rest>
    [[nodiscard, gnu::always_inline]] put_result write_in_place(const word* key, std::uint32_t hash,
                                                                wanted state, Make& make, word* fresh,
                                                                word* old, Rest&& rest) noexcept {
        const bool reads = is_reading(state, old);
        const place at = this->look(key, hash, [this, reads, old](node_index node) {
            if (reads) this->copy_out(this->value_of(node), rules().shape().value_words, old);
        });
        if (at.node == no_node) {
            if (state == wanted::present) return put_result::absent;
            return rest(at.lead);
        }
        if (state == wanted::absent) {
            if (reads) note_lookup(at.node, true);
            return put_result::exists;
        }
        if (rules().shape().value_beside_link() && change_in_place(at, make, fresh, old)) {
            count(table(), event::replacement);
            return put_result::replaced;
        }
        return rest(at.from, at.lead, at.node, at.link, at.seat);
    }
    // Where the key is absent as long as its bucket has that version.
    template <class Make>
    [[nodiscard, gnu::noinline, gnu::flatten]] put_result write_from(const word* key, std::uint32_t hash,
                                                                     wanted state, Make make, word* fresh,
                                                                     word* old, victim_copy* copy,
                                                                     word version) noexcept {
        const place nowhere{&table().bucket_of(hash).version, version, no_node, link_word(0), no_seat};
        platform::prefetch_to_write(nowhere.from);  // it was read, so other caches may have it, too
        word restarts = 0;
        write_state now{this->who_calls(), restarts};
        if (!insert(now, nowhere, key, hash, make, fresh, copy)) [[unlikely]]
            return write_again(key, hash, state, make, fresh, old, copy, now.mine.node, now.mine.home,
                               restarts);
        return end_of_write(now, is_reading(state, old));
    }
    // Where there is an entry, at a place, which comes in parts: g++ 12 would copy the whole in parts larger
    // than those that it has just written, and such a read waits until they have left.
    template <class Make>
    [[nodiscard, gnu::noinline, gnu::flatten]] put_result write_from(const word* key, std::uint32_t hash,
                                                                     wanted state, Make make, word* fresh,
                                                                     word* old, victim_copy* copy,
                                                                     atomic_word* from, word lead,
                                                                     node_index node, link_word its_link,
                                                                     int seat) noexcept {
        word restarts = 0;
        write_state now{this->who_calls(), restarts};
        if (rules().shape().value_beside_link() || seat == behind_the_dead ||
            !replace_value(now, {from, lead, node, its_link, seat}, key, hash, make, fresh, old, copy))
            return write_again(key, hash, state, make, fresh, old, copy, now.mine.node, now.mine.home,
                               restarts);
        return end_of_write(now, is_reading(state, old));
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

  private:
    // What is there is wanted, and not to be changed.
    [[nodiscard]] static bool is_reading(wanted state, const word* old) noexcept {
        return state == wanted::absent && old != nullptr;
    }
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
    // Its address goes to nobody who is not compiled in, so its parts are kept in registers.
    struct write_state {
        caller who;
        word& restarts;
        borrowed mine{};
        put_result result = put_result::no_memory;
    };

    // From the search on, again and again, as long as somebody comes between. `node`: what was borrowed
    // before.
    template <class Make>
    [[nodiscard, gnu::noinline]] put_result write_again(const word* key, std::uint32_t hash, wanted state,
                                                        Make make, word* fresh, word* old, victim_copy* copy,
                                                        node_index node, pool home, word restarts) noexcept {
        write_state now{this->who_calls(), restarts, {node, home}};
        for (bool done = false; !done;) {
            const place at = this->find(key, hash, now.restarts);
            if (at.node == no_node) {
                now.result = put_result::absent;
                done = state == wanted::present || insert(now, at, key, hash, make, fresh, copy);
                continue;
            }
            if (state == wanted::absent) {
                now.result = put_result::exists;
                done = old == nullptr || read(at, old);
            } else if (rules().shape().value_beside_link()) {
                now.result = put_result::replaced;
                done = change_in_place(at, make, fresh, old);
            } else {
                done = replace_value(now, at, key, hash, make, fresh, old, copy);
                continue;
            }
            now.restarts += done ? 0 : 1;
        }
        return end_of_write(now, is_reading(state, old));
    }
    put_result end_of_write(write_state& now, bool reads) noexcept {
        const auto counted = [&](event what, word times = 1) { count(table(), now.who.row, what, times); };
        if (now.mine.node != no_node) [[unlikely]]
            this->give(now.who, now.mine.node, now.mine.home);
        if (now.restarts != 0) [[unlikely]]
            counted(event::retry, now.restarts);
        if (now.result == put_result::inserted) {
            this->note_insertion(now.who);
            counted(event::insertion);
        } else if (now.result == put_result::replaced) {
            counted(event::replacement);
        } else if (now.result == put_result::no_memory) {
            counted(event::no_memory);
        }
        if (reads) counted(now.result == put_result::exists ? event::hit : event::miss);
        return now.result;
    }

    // Enters an entry where there is none. False: somebody came between.
    template <class Make>
    [[nodiscard]] bool insert(write_state& now, const place& nowhere, const word* key, std::uint32_t hash,
                              Make& make, word* fresh, victim_copy* copy) noexcept {
        now.result = put_result::no_memory;
        if (!borrow(now, copy)) return true;
        make(fresh, nullptr);
        if (!fill(now.mine.node, key, hash, fresh)) return true;
        const node_index node = now.mine.node;
        const bool held = hold(node);
        this->mark_inserted(now.who, node);
        const bool entered = this->enter(node, nowhere, hash);
        if (entered &&
            (now.mine.home == pool::capacity || this->settle(now.who, node, held, hash, copy, now.restarts)))
            now.result = put_result::inserted;
        if (held) [[unlikely]]
            this->unpin(node, this->one_hold);
        if (entered) [[likely]]
            now.mine.node = no_node;
        else
            ++now.restarts;
        return entered;
    }
    // Replaces an entry, and thereby its value. False: somebody came between.
    template <class Make>
    [[nodiscard]] bool replace_value(write_state& now, const place& at, const word* key, std::uint32_t hash,
                                     Make& make, word* fresh, word* old, victim_copy* copy) noexcept {
        now.result = put_result::no_memory;
        if (!borrow(now, copy)) return true;
        if (old != nullptr) this->copy_out(this->value_of(at.node), rules().shape().value_words, old);
        make(fresh, old);
        if (!fill(now.mine.node, key, hash, fresh)) return true;
        now.result = put_result::replaced;
        if (replace(now, at, hash)) return true;
        ++now.restarts;
        return false;
    }

    [[nodiscard]] bool borrow(write_state& now, victim_copy* copy) noexcept {
        if (now.mine.node != no_node) return true;
        now.mine = {this->take(now.who, pool::reserve), pool::reserve};
        if (now.mine.node == no_node) [[unlikely]]
            now.mine = {borrow_capacity(copy, now.restarts), pool::capacity};
        return now.mine.node != no_node;
    }
    // More contexts are inside than the map was told of: they work with the capacity.
    [[nodiscard, gnu::noinline]] node_index borrow_capacity(victim_copy* copy, word& restarts) noexcept {
        const caller who = this->who_calls();
        for (;;) {
            const node_index node = this->take(who, pool::capacity);
            if (node != no_node) return node;
            if (this->evict(who, no_node, pool::capacity, copy, restarts) != evict_result::evicted)
                return no_node;
            count(table(), who.row, event::eviction);
        }
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
        if (table().handles_used().load(std::memory_order_relaxed) == 0) [[likely]]  // relaxed: see above
            return false;
        // n -> n + 1, relaxed: the node is this context's
        this->pins(node).fetch_add(this->one_hold, std::memory_order_relaxed);
        return true;
    }

    // The old node goes where the new one came from.
    [[nodiscard]] bool replace(write_state& now, const place& at, std::uint32_t hash) noexcept {
        this->mark_replacement(now.who, now.mine.node);
        if (!this->substitute(now.who, at, now.mine.node, now.mine.home, hash, now.restarts)) return false;
        now.mine.node = no_node;
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
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
