// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// An lru_map with one value per key and CPU: each CPU counts for itself, and whoever wants to know adds up.
//
// The promises of lru_map hold, for each CPU's value: whole, also when its writer was interrupted by a
// handler that writes the same one. A value that was never written since its key was inserted reads as all
// zero bytes, as in Linux. A thread may be moved to another CPU at any time: "this CPU" is where it was when
// the operation began.

#include <resile/detail/lru/cpu_cells.hpp>
#include <resile/lru_map.hpp>

#include <array>
#include <memory>
#include <span>
#include <vector>

namespace resile::inline RESILE_PLATFORM {

// The answer to a question about a CPU's value.
enum class cpu_lookup : std::uint8_t { found, absent, no_such_cpu };

// CPUs that a per-CPU map has values for: those that the system is configured for. Contexts: the task.
[[nodiscard]] std::size_t configured_cpus() noexcept;

template <class Key, class Value, class Hash = resile::hash<Key>, class Equal = std::equal_to<Key>>
class percpu_lru_map {
    static_assert(
        std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<Value>,
        "resile::percpu_lru_map: keys and values are copied while they may be interrupted; both must "
        "be trivially copyable");
    using word = detail::lru::word;
    using node_index = detail::lru::node_index;
    using key_words = detail::lru::object_words<Key>;
    using value_words = detail::lru::object_words<Value>;

    // What a new entry begins with: the value of one CPU.
    struct first_value {
        word cpu;
        value_words value;
    };
    // Of the core's own value, one word, nothing is used; the values are in the cells.
    struct rules : detail::lru::typed_rules<Key, word, Equal> {
        const detail::lru::cpu_cells* cells = nullptr;
        [[nodiscard]] bool prepare(node_index node, const word* first) const noexcept {
            for (std::size_t cpu = 0; cpu < cells->cpus(); ++cpu) cells->empty(node, cpu, nullptr);
            const auto& start = *reinterpret_cast<const first_value*>(first);
            return cells->begin(node, start.cpu, start.value.data());
        }
    };
    using core = detail::lru::whole_table<rules>;

  public:
    using key_type = Key;
    using mapped_type = Value;

    // As lru_map. Memory: one value per entry and configured CPU.
    explicit percpu_lru_map(std::size_t max_entries, const lru_options& options = {})
        : percpu_lru_map(max_entries, options, detail::lru::plan_map(max_entries, rules::shape(), options)) {}

    // --- reading ---
    // This CPU's value; nothing: the key is absent. Cost: 15 ns.
    [[nodiscard]] std::optional<Value> get(const Key& key) const noexcept {
        Value value;
        return lookup(key, this_cpu(), value, true) ? std::optional<Value>(value) : std::nullopt;
    }
    [[nodiscard]] std::optional<Value> peek(const Key& key) const noexcept {
        Value value;
        return lookup(key, this_cpu(), value, false) ? std::optional<Value>(value) : std::nullopt;
    }
    // A named CPU's.
    [[nodiscard]] cpu_lookup get_on(const Key& key, std::size_t cpu, Value& value) const noexcept {
        if (cpu >= cpus()) return cpu_lookup::no_such_cpu;
        return lookup(key, cpu, value, true) ? cpu_lookup::found : cpu_lookup::absent;
    }
    // All of them, values[cpu]; as many as fit. False: the key is absent. Each value is whole; together they
    // are no snapshot. Cost: one value per CPU.
    [[nodiscard]] bool get_all(const Key& key, std::span<Value> values) const noexcept {
        return each_value(key, true, [&](std::size_t cpu, const Value& value) {
            if (cpu < values.size()) values[cpu] = value;
        });
    }
    // combine(combine(initial, value of CPU 0), value of CPU 1) ... Nothing: the key is absent.
    template <class Sum, class Combine>
    [[nodiscard]] std::optional<Sum> fold(const Key& key, Sum initial, Combine&& combine) const {
        Sum sum = initial;
        const bool found = each_value(key, true, [&](std::size_t cpu, const Value& value) {
            if (cpu == 0) sum = initial;  // it begins anew if somebody came between
            sum = combine(sum, value);
        });
        return found ? std::optional<Sum>(sum) : std::nullopt;
    }
    [[nodiscard]] bool contains(const Key& key) const noexcept {
        const key_words words(key);
        return core_.get(words.data(), hash_of(key), nullptr, false);
    }

    // --- writing ---
    // This CPU's value; inserts the key if it is absent, the other CPUs' values are zero then. Cost: 25 ns,
    // 20 more for values above 8 bytes; an insertion visits each CPU's cell.
    put_result put(const Key& key, const Value& value) noexcept {
        return write(key, this_cpu(), detail::lru::wanted::either, &value, [&](Value& now) { now = value; });
    }
    put_result put_on(const Key& key, std::size_t cpu, const Value& value) noexcept {
        if (cpu >= cpus()) return put_result::no_such_cpu;
        return write(key, cpu, detail::lru::wanted::either, &value, [&](Value& now) { now = value; });
    }
    // Only if the key is present: replaced, absent.
    put_result replace(const Key& key, const Value& value) noexcept {
        return write(key, this_cpu(), detail::lru::wanted::present, &value, [&](Value& now) { now = value; });
    }
    // change(Value&) on this CPU's value, atomically; see lru_map::update.
    template <class Change>
    put_result update(const Key& key, Change&& change) noexcept {
        return write(key, this_cpu(), detail::lru::wanted::present, nullptr, change);
    }
    template <class Change>
    put_result upsert(const Key& key, const Value& initial, Change&& change) noexcept {
        return write(key, this_cpu(), detail::lru::wanted::either, &initial, change);
    }

    // --- erasing ---
    bool erase(const Key& key) noexcept {
        const key_words words(key);
        return showing_victims([&](detail::lru::victim_copy* copy) {
            return core_.erase(words.data(), hash_of(key), nullptr, copy);
        });
    }
    // Erases, and folds the values that it had: an update either is in the sum, or finds the key absent.
    template <class Sum, class Combine>
    [[nodiscard]] std::optional<Sum> take(const Key& key, Sum initial, Combine&& combine) noexcept {
        const key_words words(key);
        const bool taken = showing_victims([&](detail::lru::victim_copy* copy) {
            return core_.erase_and(words.data(), hash_of(key), copy, [&](node_index node) {
                for (std::size_t cpu = 0; cpu < cpus(); ++cpu) {
                    value_words value;
                    (void)cells_->empty(node, cpu, value.data());
                    initial = combine(initial, value.object());
                }
            });
        });
        return taken ? std::optional<Sum>(initial) : std::nullopt;
    }
    void clear() noexcept {
        key_words key;
        showing_victims([&](detail::lru::victim_copy* copy) { return core_.clear(key.data(), copy), true; });
    }

    // --- all of it ---
    // visit(const Key&, std::span<const Value>): see lru_map::for_each. Allocates room for one value per CPU.
    // Contexts: the task.
    template <class Visit>
    void for_each(Visit&& visit) const {
        std::vector<Value> values(cpus());
        key_words key;
        word ignored;
        core_.for_each(key.data(), &ignored, [&](const word*, const word*) {
            const Key seen = key.object();
            if (each_value(seen, false, [&](std::size_t cpu, const Value& value) { values[cpu] = value; }))
                visit(seen, std::span<const Value>(values));
        });
    }
    [[nodiscard]] std::size_t cpus() const noexcept { return cells_->cpus(); }
    [[nodiscard]] std::size_t size() const noexcept { return core_.taken(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] std::size_t max_size() const noexcept { return core_.table().size().max_entries; }
    [[nodiscard]] map_stats statistics() const noexcept { return detail::lru::statistics_of(core_.table()); }
    [[nodiscard]] lru_census census() const { return core_.census(); }

  private:
    percpu_lru_map(std::size_t, const lru_options& options, const detail::lru::dimensions& size)
        : seed_(detail::lru::seed_for(options)),
          hook_(options.on_eviction),
          hook_context_(options.eviction_context),
          cells_(std::make_unique<detail::lru::cpu_cells>(size.nodes(), configured_cpus(),
                                                          value_words::size(), options.contexts)),
          core_(rules{{}, cells_.get()}, size, options.huge_pages, options.order) {}

    [[nodiscard]] std::size_t this_cpu() const noexcept {
        const auto cpu = static_cast<std::size_t>(platform::current_cpu());
        return cpu < cpus() ? cpu : 0;
    }
    [[nodiscard]] std::uint32_t hash_of(const Key& key) const noexcept {
        return detail::lru::seeded_hash(hash_, key, seed_);
    }

    [[nodiscard]] bool lookup(const Key& key, std::size_t cpu, Value& value, bool uses) const noexcept {
        const key_words words(key);
        value_words copy;
        word state = 0;
        const auto at = core_.look(words.data(), hash_of(key), [&](node_index node) {
            (void)cells_->read(node, cpu, copy.data(), state);
        });
        core_.note_lookup(at.node, uses);
        if (at.node == detail::lru::no_node) return false;
        value = copy.object();
        return true;
    }

    template <class Visit>
    [[nodiscard]] bool each_value(const Key& key, bool uses, Visit&& visit) const {
        const key_words words(key);
        const auto at = core_.look(words.data(), hash_of(key), [&](node_index node) {
            for (std::size_t cpu = 0; cpu < cpus(); ++cpu) {
                value_words copy;
                word state = 0;
                (void)cells_->read(node, cpu, copy.data(), state);
                visit(cpu, copy.object());
            }
        });
        if (uses) core_.note_lookup(at.node, true);
        return at.node != detail::lru::no_node;
    }

    template <class Change>
    put_result write(const Key& key, std::size_t cpu, detail::lru::wanted state, const Value* initial,
                     Change&& change) noexcept {
        using detail::lru::cpu_cells;
        const key_words words(key);
        const std::uint32_t hash = hash_of(key);
        for (;;) {
            value_words copy;
            word cell_state = 0;
            // Read while the entry is alive; the cell changes before the entry's node can be another one.
            const auto at = core_.look(words.data(), hash, [&](node_index node) {
                (void)cells_->read(node, cpu, copy.data(), cell_state);
            });
            if (at.node != detail::lru::no_node) {
                Value value = copy.object();
                change(value);
                const value_words fresh(value);
                const auto result = cells_->change(at.node, cpu, cell_state, fresh.data());
                if (result == cpu_cells::change_result::lost) continue;
                if (result == cpu_cells::change_result::no_memory) return put_result::no_memory;
                core_.note_replacement(at.node);
                return put_result::replaced;
            }
            if (state == detail::lru::wanted::present) return put_result::absent;
            first_value start{cpu, value_words(*initial)};
            const put_result result = showing_victims([&](detail::lru::victim_copy* victim) {
                return core_.write_from(words.data(), hash, detail::lru::wanted::absent,
                                        detail::lru::nothing_to_make{}, &start.cpu, nullptr, victim, at.lead);
            });
            if (result != put_result::exists) return result;
        }
    }

    // Gets to know each entry that has to go during an operation.
    struct listener {
        const percpu_lru_map& of;
        key_words key;
        word value;

        static void tell(const detail::lru::victim_copy& copy) noexcept {
            const auto& self = *static_cast<const listener*>(copy.listener);
            const Key gone = self.key.object();
            self.of.hook_(self.of.hook_context_, &gone, nullptr);
        }
    };
    // operation(copy), where copy is null if nobody wants to know.
    template <class Operation>
    auto showing_victims(Operation&& operation) noexcept {
        if (hook_ == nullptr) return operation(nullptr);
        listener all{*this, {}, 0};
        detail::lru::victim_copy copy{all.key.data(), &all.value, &all, &listener::tell};
        return operation(&copy);
    }

    [[no_unique_address]] Hash hash_{};
    hash_seed seed_;
    eviction_hook hook_;
    void* hook_context_;
    std::unique_ptr<detail::lru::cpu_cells> cells_;
    core core_;
};

}  // namespace resile::inline RESILE_PLATFORM
