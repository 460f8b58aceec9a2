// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What concerns all entries: iteration, clear, and the count of nodes that must always come out right.

#include <resile/detail/lru/core.hpp>

#include <array>
#include <bit>
#include <vector>

namespace resile::inline RESILE_PLATFORM {

// Where the nodes of a map are. Means something only while no operation is under way.
struct lru_census {
    std::size_t in_table = 0;
    std::size_t free = 0;            // could become entries
    std::size_t reserve = 0;         // what contexts work with
    std::size_t pinned_retired = 0;  // out of the table, but somebody holds a handle
    std::size_t lost = 0;            // none of these
    std::size_t twice = 0;           // more than one of these
    std::size_t duplicate_keys = 0;
    // M5: every node once, the capacity complete.
    [[nodiscard]] bool conserved(std::size_t max_entries) const noexcept {
        return lost == 0 && twice == 0 && duplicate_keys == 0 &&
               (pinned_retired != 0 || in_table + free == max_entries);
    }
};

}  // namespace resile::inline RESILE_PLATFORM

namespace resile::inline RESILE_PLATFORM::detail::lru {

template <class Rules>
class whole_table : public core<Rules> {
  public:
    using core<Rules>::core;
    using core<Rules>::link;
    using core<Rules>::rules;
    using core<Rules>::table;

    // visit(key words, value words) for every entry, on copies in `key` and `value`. An entry that is present
    // from beginning to end is visited once, also if its value is replaced meanwhile (exact as long as its
    // bucket holds at most 24 entries, or nothing dies there); others once or not at all. Recency stays as it
    // is.
    template <class Visit>
    void for_each(word* key, word* value, Visit&& visit) const {
        for (std::size_t bucket = 0; bucket < table().size().buckets; ++bucket) {
            visited_entries visited(*this);
            const std::uint32_t hash = table().size().hash_of_bucket(bucket);
            while (next_of_bucket(hash, visited, key, value)) visit(key, value);
        }
    }

    // Empties bucket after bucket: each is seen empty once. `key`: room for one. `copy`: see make_room().
    void clear(word* key, victim_copy* copy) noexcept {
        for (std::size_t bucket = 0; bucket < table().size().buckets; ++bucket) {
            const std::uint32_t bucket_hash = table().size().hash_of_bucket(bucket);
            for (;;) {
                std::uint32_t hash = 0;
                const place any = this->look_behind(
                    no_node, bucket_hash, any_seat,
                    [&](node_index node) {
                        this->copy_out(this->key_of(node), rules().shape().key_words, key);
                        hash = this->hash_of(node).load(std::memory_order_acquire);  // acquire [content]
                        return true;
                    },
                    [](node_index) {});
                if (any.node == no_node) break;
                (void)this->erase(key, hash, nullptr, copy);
            }
        }
    }

    // For tests and debugging; allocates. Meaningful only while no operation is under way.
    [[nodiscard]] lru_census census() const {
        lru_census found;
        std::vector<std::uint8_t> seen(table().size().nodes() + 1);
        const auto see = [&](node_index node, std::size_t& kind) {
            ++kind;
            if (seen[node]++ != 0) ++found.twice;
            return seen[node] == 1;  // else: going round in circles
        };
        const std::size_t key_words = rules().shape().key_words;
        std::vector<word> keys;
        for (std::size_t bucket = 0; bucket < table().size().buckets; ++bucket) {
            keys.clear();
            const std::uint32_t hash = table().size().hash_of_bucket(bucket);
            const auto has = [&](node_index node) {
                if (!see(node, found.in_table)) return false;
                for (std::size_t other = 0; other < keys.size(); other += key_words)
                    if (rules().same_key(this->key_of(node), &keys[other])) ++found.duplicate_keys;
                keys.resize(keys.size() + key_words);
                this->copy_out(this->key_of(node), key_words, &keys[keys.size() - key_words]);
                return true;
            };
            const auto& in = table().bucket_of(hash);
            const bucket_state state(in.state.load(std::memory_order_acquire));  // acquire [seat]
            for (unsigned seats = state.seats(); seats != 0; seats &= seats - 1)
                (void)has(
                    in.nodes[std::countr_zero(seats)].load(std::memory_order_acquire));  // acquire [seat]
            for (node_index node = state.next(); node != no_node && has(node);)
                node = link_word(link(node).load(std::memory_order_acquire)).next();  // acquire [chain]
        }
        for (const pool which : {pool::capacity, pool::reserve}) {
            for (unsigned i = 0; i < table().shares_of(which); ++i) {
                // acquire [free-stack]
                const word top = table().free_of_cpu(which, i).load(std::memory_order_acquire);
                auto node = static_cast<node_index>(top);
                while (node != no_node && see(node, which == pool::capacity ? found.free : found.reserve))
                    node =
                        link_word(link(node).load(std::memory_order_acquire)).next();  // acquire [free-stack]
            }
        }
        for (std::size_t slot = 0; slot < table().size().spares; ++slot) {
            // relaxed: nothing of the node is read
            const node_index spare = table().spare_of_slot(slot).load(std::memory_order_relaxed);
            if (spare != no_node) (void)see(spare, found.reserve);
        }
        for (node_index node = 1; node <= table().size().nodes(); ++node) {
            if (seen[node] != 0) continue;
            // acquire [retired]
            const bool retired = this->pins(node).load(std::memory_order_acquire) >= this->retired_bit;
            ++(retired ? found.pinned_retired : found.lost);
        }
        return found;
    }

  private:
    static constexpr auto any_seat = [](const bucket&, unsigned seats) { return seats; };

    // Entries of one bucket that were visited, held so that they are known again.
    class visited_entries {
      public:
        explicit visited_entries(const whole_table& of) noexcept : of_(of) {}
        ~visited_entries() {
            for (std::size_t i = 0; i < held(); ++i) of_.unpin_const(nodes_[i]);
        }
        visited_entries(const visited_entries&) = delete;
        visited_entries& operator=(const visited_entries&) = delete;

        void add(node_index node, bool in_chain) noexcept {
            node_index& slot = nodes_[size_ % nodes_.size()];
            if (size_ >= nodes_.size()) of_.unpin_const(slot);
            slot = node;
            ++size_;
            last_of_chain_ = in_chain ? node : no_node;
        }
        // The one visited last, if it stands in the chain: the next is behind it.
        [[nodiscard]] node_index last_of_chain() const noexcept { return last_of_chain_; }
        // By key: a visited entry may have been replaced.
        [[nodiscard]] bool has(const word* key) const noexcept {
            for (std::size_t i = 0; i < held(); ++i)
                if (of_.rules().same_key(of_.key_of(nodes_[i]), key)) return true;
            return false;
        }
        [[nodiscard]] bool is_over() const noexcept { return size_ > of_.table().size().nodes(); }

      private:
        [[nodiscard]] std::size_t held() const noexcept {
            return size_ < nodes_.size() ? size_ : nodes_.size();
        }
        const whole_table& of_;
        std::array<node_index, 24> nodes_{};
        std::size_t size_ = 0;
        node_index last_of_chain_ = no_node;
    };

    void unpin_const(node_index node) const noexcept {
        const_cast<whole_table*>(this)->unpin(node, this->one_hold);
    }

    [[nodiscard]] bool next_of_bucket(std::uint32_t hash, visited_entries& visited, word* key,
                                      word* value) const noexcept {
        while (!visited.is_over()) {
            const place at = this->look_behind(
                visited.last_of_chain(), hash, any_seat,
                [&](node_index node) {
                    this->copy_out(this->key_of(node), rules().shape().key_words, key);
                    return !visited.has(key);
                },
                [&](node_index node) {
                    this->copy_out(this->value_of(node), rules().shape().value_words, value);
                });
            if (at.node == no_node) return false;
            // n -> n + 1, seq_cst [pinning]: as in core::pin
            this->pins(at.node).fetch_add(this->one_hold, std::memory_order_seq_cst);
            if (at.from->load(std::memory_order_seq_cst) == at.lead) {  // seq_cst [pinning]
                visited.add(at.node, at.seat < 0);
                return true;
            }
            unpin_const(at.node);
        }
        return false;
    }
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
