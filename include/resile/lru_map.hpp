// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A bounded map that keeps its promises when it is interrupted anywhere.
//
// Every operation but construction and destruction may be called from any context: threads, and signal
// handlers that interrupted any operation of the same map at any instruction. None waits, allocates, throws,
// or changes errno. Each is one atomic step (linearizable), but for for_each, clear and size, which say what
// they are. If an insertion into a full map makes an entry leave, that is a second step, right after the
// first.
//
//   M1 nothing lost: a key leaves by erase, take, clear, or as the one victim of an insertion into a full map
//   M2 all of the capacity: max_entries entries before anything is evicted, from any CPU
//   M3 any context, at any instruction; lock-free
//   M4 whole values: what some writer wrote, never a mixture, never another key's
//   M5 nothing stranded: census() after any storm
//
// How it works: docs/lru_map.md. Costs are for an undisturbed operation on a 64-bit key and value in cache.

#include <resile/detail/lru/typed_words.hpp>
#include <resile/lru_options.hpp>

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace resile::inline RESILE_PLATFORM {

namespace detail::lru {
template <class Map>
struct opened;  // for the lab, which tells the words of a map by name
}  // namespace detail::lru

template <class Key, class Value, class Hash = resile::hash<Key>, class Equal = std::equal_to<Key>>
class lru_map {
    static_assert(std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<Value>,
                  "resile::lru_map: keys and values are copied while they may be interrupted; both must be "
                  "trivially copyable");
    using rules = detail::lru::typed_rules<Key, Value, Equal>;
    using core = detail::lru::whole_table<rules>;
    using key_words = detail::lru::object_words<Key>;
    using value_words = detail::lru::object_words<Value>;

  public:
    using key_type = Key;
    using mapped_type = Value;
    struct entry {
        Key key;
        Value value;
    };

    // Takes all the memory it will ever need. Throws std::invalid_argument (0 entries), std::length_error
    // (more than 2^31), std::bad_alloc. Contexts: the task.
    explicit lru_map(std::size_t max_entries, const lru_options& options = {})
        : seed_(detail::lru::seed_for(options)),
          hook_(options.on_eviction),
          hook_context_(options.eviction_context),
          core_(rules{}, detail::lru::plan_map(max_entries, rules::shape(), options), options.huge_pages,
                options.order) {}

    // --- reading ---

    // The value of a key, which counts as used. Cost: 8 ns.
    [[nodiscard, gnu::always_inline]] std::optional<Value> get(const Key& key) const noexcept {
        return read(key, true);
    }
    // The same, but it does not count, neither as a use nor in the statistics. Cost: 5 ns.
    [[nodiscard, gnu::always_inline]] std::optional<Value> peek(const Key& key) const noexcept {
        return read(key, false);
    }
    [[nodiscard]] bool contains(const Key& key) const noexcept {
        const key_words words(key);
        return core_.get(words.data(), hash_of(key), nullptr, false);
    }

    // --- writing ---
    // Each may return no_memory: every entry is pinned. A form with `victim` hands back the entry that had to
    // go, as it was when it went, or nothing.

    // Inserts or replaces: inserted, replaced. Cost: 12 ns to replace, 39 to insert and evict.
    put_result put(const Key& key, const Value& value) noexcept {
        return write(key, detail::lru::wanted::either, value, nullptr);
    }
    put_result put(const Key& key, const Value& value, std::optional<entry>& victim) noexcept {
        return write(key, detail::lru::wanted::either, value, &victim);
    }
    // Only if it is absent: inserted, exists.
    put_result insert(const Key& key, const Value& value) noexcept {
        return write(key, detail::lru::wanted::absent, value, nullptr);
    }
    put_result insert(const Key& key, const Value& value, std::optional<entry>& victim) noexcept {
        return write(key, detail::lru::wanted::absent, value, &victim);
    }
    // Only if it is present: replaced, absent.
    put_result replace(const Key& key, const Value& value) noexcept {
        return write(key, detail::lru::wanted::present, value, nullptr);
    }
    // change(Value&), atomically: replaced, absent. `change` may be called more than once, each time on the
    // value as it is then; the last call counts. It must be safe where the map is called, and must not throw.
    template <class Change>
    put_result update(const Key& key, Change&& change) noexcept {
        return modify(key, detail::lru::wanted::present, nullptr, change, nullptr);
    }
    // The same; inserts `initial` if the key is absent: inserted, replaced.
    template <class Change>
    put_result upsert(const Key& key, const Value& initial, Change&& change) noexcept {
        return modify(key, detail::lru::wanted::either, &initial, change, nullptr);
    }
    template <class Change>
    put_result upsert(const Key& key, const Value& initial, Change&& change,
                      std::optional<entry>& victim) noexcept {
        return modify(key, detail::lru::wanted::either, &initial, change, &victim);
    }
    // The value that the key has, or `initial`, which it has from now on. Nothing: no_memory. Cost: as get or
    // put.
    [[nodiscard]] std::optional<Value> get_or_insert(const Key& key, const Value& initial) noexcept {
        value_words fresh(initial), old;
        const put_result result = write_words(key, detail::lru::wanted::absent,
                                              detail::lru::nothing_but_to_read{}, fresh, old.data(), nullptr);
        if (result == put_result::exists) return old.object();
        return result == put_result::inserted ? std::optional<Value>(initial) : std::nullopt;
    }

    // --- erasing ---
    // Each lets an insertion that came in between use the room before it is free. If it then finds nothing to
    // erase, the eviction that this insertion owes is made up for, and the hook sees it.

    // False: it was absent.
    bool erase(const Key& key) noexcept {
        const key_words words(key);
        return showing_victims([&](detail::lru::victim_copy* copy) {
            return core_.erase(words.data(), hash_of(key), nullptr, copy);
        });
    }
    // Erases, and returns the last value that it had. The key goes first; what is added in place through a
    // handle between that and the value's end is in what is returned.
    [[nodiscard]] std::optional<Value> take(const Key& key) noexcept {
        const key_words words(key);
        value_words value;
        const bool taken = showing_victims([&](detail::lru::victim_copy* copy) {
            return core_.erase(words.data(), hash_of(key), value.data(), copy);
        });
        return taken ? std::optional<Value>(value.object()) : std::nullopt;
    }
    // Erases the entries that were there when it began, one after the other; and perhaps some that come
    // meanwhile: each bucket is seen empty once. Cost: a look at each bucket.
    void clear() noexcept {
        key_words key;
        showing_victims([&](detail::lru::victim_copy* copy) { return core_.clear(key.data(), copy), true; });
    }

    // --- handles ---

    // A handle on an entry: as long as it lives, the entry's memory is not used for another one, and the
    // entry is not evicted. It can still be erased or, if Value is larger than 8 bytes, be replaced; writes
    // through the handle are then seen by nobody.
    class pinned {
      public:
        pinned() noexcept = default;
        pinned(pinned&& other) noexcept
            : map_(other.map_), node_(std::exchange(other.node_, detail::lru::no_node)) {}
        pinned& operator=(pinned&& other) noexcept {
            std::swap(map_, other.map_);
            std::swap(node_, other.node_);
            return *this;
        }
        ~pinned() {
            if (node_ != detail::lru::no_node)
                map_->showing_victims(
                    [&](detail::lru::victim_copy* copy) { return map_->core_.release(node_, copy), true; });
        }
        explicit operator bool() const noexcept { return node_ != detail::lru::no_node; }

        // The value in place. Others read and write it at the same time: use std::atomic_ref on it, or on its
        // members.
        [[nodiscard]] Value& value() const noexcept {
            return *reinterpret_cast<Value*>(map_->core_.value_of(node_));
        }
        Value* operator->() const noexcept { return &value(); }
        [[nodiscard]] Key key() const noexcept {
            key_words words;
            map_->core_.copy_out(map_->core_.key_of(node_), words.size(), words.data());
            return words.object();
        }

      private:
        friend lru_map;
        pinned(lru_map* of, detail::lru::node_index node) noexcept : map_(of), node_(node) {}
        lru_map* map_ = nullptr;
        detail::lru::node_index node_ = detail::lru::no_node;
    };
    // A handle; it converts to false if the key is absent, or has 32,768 handles already. The entry counts as
    // used.
    [[nodiscard]] pinned find(const Key& key) noexcept {
        const key_words words(key);
        return pinned(this, core_.pin(words.data(), hash_of(key)));
    }

    // --- all of it ---

    // visit(const Key&, const Value&) for every entry. Each that is present from beginning to end is visited
    // exactly once; others once or not at all. Recency stays as it is. `visit` may use the map.
    template <class Visit>
    void for_each(Visit&& visit) const {
        key_words key;
        value_words value;
        core_.for_each(key.data(), value.data(), [&](const detail::lru::word*, const detail::lru::word*) {
            const entry seen{key.object(), value.object()};
            visit(seen.key, seen.value);
        });
    }
    // Entries; those of insertions under way are not counted yet.
    [[nodiscard]] std::size_t size() const noexcept { return core_.taken(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] std::size_t max_size() const noexcept { return core_.table().size().max_entries; }
    [[nodiscard]] map_stats statistics() const noexcept { return detail::lru::statistics_of(core_.table()); }
    // Where all nodes are. Means something only while no operation is under way. Contexts: the task; it
    // allocates.
    [[nodiscard]] lru_census census() const { return core_.census(); }

  private:
    friend struct detail::lru::opened<lru_map>;

    [[nodiscard]] std::uint32_t hash_of(const Key& key) const noexcept {
        return detail::lru::seeded_hash(hash_, key, seed_);
    }

    [[nodiscard, gnu::always_inline]] std::optional<Value> read(const Key& key, bool uses) const noexcept {
        const key_words words(key);
        value_words value;
        if (!core_.get(words.data(), hash_of(key), value.data(), uses)) return std::nullopt;
        return value.object();
    }

    put_result write(const Key& key, detail::lru::wanted state, const Value& value,
                     std::optional<entry>* victim) noexcept {
        value_words fresh(value);
        return write_words(key, state, detail::lru::nothing_to_make{}, fresh, nullptr, victim);
    }

    template <class Change>
    put_result modify(const Key& key, detail::lru::wanted state, const Value* initial, Change&& change,
                      std::optional<entry>* victim) noexcept {
        value_words fresh, old;
        const auto make = [&](detail::lru::word*, const detail::lru::word* present) {
            if (present == nullptr) {
                fresh = value_words(*initial);
            } else {
                Value value = old.object();
                change(value);
                fresh = value_words(value);
            }
        };
        return write_words(key, state, make, fresh, old.data(), victim);
    }

    template <class Make>
    put_result write_words(const Key& key, detail::lru::wanted state, Make make, value_words& fresh,
                           detail::lru::word* old, std::optional<entry>* victim) noexcept {
        const key_words words(key);
        const std::uint32_t hash = hash_of(key);
        if (victim != nullptr) victim->reset();
        return core_.write_in_place(words.data(), hash, state, make, fresh.data(), old, [&](auto... where) {
            return showing_victims(
                [&](detail::lru::victim_copy* copy) {
                    return core_.write_from(words.data(), hash, state, detail::lru::one_of_three(make),
                                            fresh.data(), old, copy, where...);
                },
                victim);
        });
    }

    // Gets to know each entry that has to go during an operation.
    struct listener {
        const lru_map& of;
        std::optional<entry>* first;
        key_words key;
        value_words value;

        static void tell(const detail::lru::victim_copy& copy) noexcept {
            const auto& self = *static_cast<const listener*>(copy.listener);
            const entry gone{self.key.object(), self.value.object()};
            if (self.first != nullptr && !self.first->has_value()) *self.first = gone;
            if (self.of.hook_ != nullptr) self.of.hook_(self.of.hook_context_, &gone.key, &gone.value);
        }
    };
    // operation(copy), where copy is null if nobody wants to know.
    template <class Operation>
    auto showing_victims(Operation&& operation, std::optional<entry>* first = nullptr) noexcept {
        if (first == nullptr && hook_ == nullptr) return operation(nullptr);
        listener all{*this, first, {}, {}};
        detail::lru::victim_copy copy{all.key.data(), all.value.data(), &all, &listener::tell};
        return operation(&copy);
    }

    [[no_unique_address]] Hash hash_{};
    hash_seed seed_;
    eviction_hook hook_;
    void* hook_context_;
    core core_;
};

}  // namespace resile::inline RESILE_PLATFORM
