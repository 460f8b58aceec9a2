// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What a storm and its judge need of a map. Keys are 64-bit numbers.

#include "lab/torture/whole_value.hpp"

#include <resile/linux_lru.hpp>
#include <resile/lru_map.hpp>
#include <resile/percpu_lru_map.hpp>

#include <cerrno>

#include <cstdint>
#include <memory>
#include <vector>

namespace resile_lab {

// Nodes that are not where they should be.
struct node_account {
    std::uint32_t pending_free = 0;    // given up by an operation that could not give them back
    std::uint32_t unaccounted = 0;     // neither in the table nor free nor pending
    std::uint32_t duplicate_keys = 0;  // entries whose key another entry has
};

struct lock_refusals {
    std::uint64_t refused = 0;
    std::uint64_t would_have_hung = 0;  // of them, deadlocks that were reported and abandoned
};

class map_under_test {
  public:
    map_under_test() = default;
    map_under_test(const map_under_test&) = delete;
    map_under_test& operator=(const map_under_test&) = delete;
    virtual ~map_under_test() = default;

    // --- from any context; 0 or a negative error number ---
    virtual int update(std::uint64_t key) noexcept = 0;
    virtual int erase(std::uint64_t key) noexcept = 0;
    [[nodiscard]] virtual bool contains(std::uint64_t key) noexcept = 0;

    // --- while nothing runs ---
    // A key that is in the map; false: it is empty.
    [[nodiscard]] virtual bool any_key(std::uint64_t& key) noexcept = 0;
    [[nodiscard]] virtual std::uint32_t max_entries() const noexcept = 0;
    [[nodiscard]] virtual node_account account() const = 0;
    [[nodiscard]] virtual lock_refusals refused() const noexcept { return {}; }
    // A fresh map of the same kind.
    [[nodiscard]] virtual std::unique_ptr<map_under_test> another() const = 0;
};

class linux_map_under_test final : public map_under_test {
  public:
    explicit linux_map_under_test(const resile::linux_lru_options& options)
        : options_(options), map_(options), zeros_(map_.user_value_size()) {}

    int update(std::uint64_t key) noexcept override {
        return map_.update(&key, zeros_.data(), resile::linux_lru::any);
    }
    int erase(std::uint64_t key) noexcept override { return map_.erase(&key); }
    bool contains(std::uint64_t key) noexcept override { return map_.lookup(&key) != nullptr; }
    bool any_key(std::uint64_t& key) noexcept override { return map_.next_key(nullptr, &key) == 0; }
    std::uint32_t max_entries() const noexcept override { return map_.max_entries(); }
    node_account account() const override {
        const auto census = map_.census();
        return {.pending_free = census.pending_free, .unaccounted = census.unaccounted};
    }
    lock_refusals refused() const noexcept override {
        const auto sum = map_.refused();
        return {sum.local_lock + sum.global_lock + sum.bucket_lock, sum.would_have_hung};
    }
    std::unique_ptr<map_under_test> another() const override {
        return std::make_unique<linux_map_under_test>(options_);
    }

  private:
    resile::linux_lru_options options_;
    resile::linux_lru map_;
    std::vector<unsigned char> zeros_;
};

// resile::lru_map, or percpu_lru_map. Its values say who wrote them for which key, and whether they are
// whole; one that is not is an error: EILSEQ.
template <class Map>
class exact_map_under_test final : public map_under_test {
    using value = typename Map::mapped_type;

  public:
    exact_map_under_test(std::uint32_t entries, const resile::lru_options& options)
        : entries_(entries), options_(options), map_(entries, options) {}

    int update(std::uint64_t key) noexcept override {
        if (const auto now = map_.peek(key); now && !now->is_whole(key)) return -EILSEQ;
        return map_.put(key, value::written_for(key)) == resile::put_result::no_memory ? -ENOMEM : 0;
    }
    int erase(std::uint64_t key) noexcept override {
        if constexpr (requires { map_.take(key); }) {
            const auto last = map_.take(key);
            if (!last) return -ENOENT;
            return last->is_whole(key) ? 0 : -EILSEQ;
        } else {
            const auto broken = map_.take(
                key, 0, [&](int sum, const value& last) { return sum + (last.is_whole(key) ? 0 : 1); });
            if (!broken) return -ENOENT;
            return *broken == 0 ? 0 : -EILSEQ;
        }
    }
    bool contains(std::uint64_t key) noexcept override {
        const auto now = map_.get(key);
        return now && now->is_whole(key);
    }
    bool any_key(std::uint64_t& key) noexcept override {
        bool found = false;
        map_.for_each([&](std::uint64_t seen, const auto&) {
            key = seen;
            found = true;
        });
        return found;
    }
    std::uint32_t max_entries() const noexcept override { return entries_; }
    node_account account() const override {
        const resile::lru_census census = map_.census();
        const std::size_t complete = census.in_table + census.free + census.pinned_retired;
        const std::size_t missing = complete < entries_ ? entries_ - complete : complete - entries_;
        return {.unaccounted = static_cast<std::uint32_t>(census.lost + census.twice + missing),
                .duplicate_keys = static_cast<std::uint32_t>(census.duplicate_keys)};
    }
    std::unique_ptr<map_under_test> another() const override {
        return std::make_unique<exact_map_under_test>(entries_, options_);
    }

  private:
    std::uint32_t entries_;
    resile::lru_options options_;
    Map map_;
};

// Values of one word change in place, larger ones are replaced: both are maps to torture.
template <class Value>
using exact_map = exact_map_under_test<resile::lru_map<std::uint64_t, Value>>;
template <class Value>
using exact_percpu_map = exact_map_under_test<resile::percpu_lru_map<std::uint64_t, Value>>;

}  // namespace resile_lab
