// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/key_source.hpp"
#include "bench/subject.hpp"

#include <array>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace bench {

// What one writes oneself: a list in order of use, an index into it, and a mutex around both. A full one uses
// the victim's memory again, so that it does not allocate.
class mutex_lru {
  public:
    explicit mutex_lru(std::size_t entries) : entries_(entries) { index_.reserve(entries); }

    bool lookup(std::uint64_t key, std::uint64_t& value) {
        const std::lock_guard held(mutex_);
        const auto found = use(key);
        if (found == order_.end()) return false;
        value = found->value;
        return true;
    }
    void update(std::uint64_t key, std::uint64_t value) { insert(key, value); }
    void insert(std::uint64_t key, std::uint64_t value) {
        const std::lock_guard held(mutex_);
        const auto found = use(key);
        if (found == order_.end())
            add(key, value);
        else
            found->value = value;
    }
    bool lookup_or_insert(std::uint64_t key, std::uint64_t value) {
        const std::lock_guard held(mutex_);
        const auto found = use(key);
        if (found != order_.end()) {
            keep(found->value);
            return true;
        }
        add(key, value);
        return false;
    }
    void count(std::uint64_t key) {
        const std::lock_guard held(mutex_);
        const auto found = use(key);
        if (found != order_.end()) ++found->value;
    }
    void count_or_insert(std::uint64_t key) {
        const std::lock_guard held(mutex_);
        const auto found = use(key);
        if (found == order_.end())
            add(key, 1);
        else
            ++found->value;
    }

  private:
    struct entry {
        std::uint64_t key;
        std::uint64_t value;
    };
    using place = std::list<entry>::iterator;

    place use(std::uint64_t key) {
        const auto found = index_.find(key);
        if (found == index_.end()) return order_.end();
        order_.splice(order_.begin(), order_, found->second);
        return found->second;
    }
    void add(std::uint64_t key, std::uint64_t value) {
        if (order_.size() < entries_) {
            order_.push_front({key, value});
            index_.emplace(key, order_.begin());
            return;
        }
        const place victim = std::prev(order_.end());
        auto node = index_.extract(victim->key);
        node.key() = key;
        *victim = {key, value};
        order_.splice(order_.begin(), order_, victim);
        index_.insert(std::move(node));
    }

    std::mutex mutex_;
    std::size_t entries_;
    std::list<entry> order_;
    std::unordered_map<std::uint64_t, place> index_;
};

// Sixteen of them, each with its share of keys and of entries.
class sharded_mutex_lru {
  public:
    explicit sharded_mutex_lru(std::size_t entries) {
        for (auto& one : shards_) one = std::make_unique<shard>((entries + ways - 1) / ways);
    }

    bool lookup(std::uint64_t key, std::uint64_t& value) { return of(key).lookup(key, value); }
    void update(std::uint64_t key, std::uint64_t value) { of(key).update(key, value); }
    void insert(std::uint64_t key, std::uint64_t value) { of(key).insert(key, value); }
    bool lookup_or_insert(std::uint64_t key, std::uint64_t value) {
        return of(key).lookup_or_insert(key, value);
    }
    void count(std::uint64_t key) { of(key).count(key); }
    void count_or_insert(std::uint64_t key) { of(key).count_or_insert(key); }

  private:
    static constexpr std::size_t ways = 16;
    struct alignas(128) shard : mutex_lru {
        using mutex_lru::mutex_lru;
    };
    mutex_lru& of(std::uint64_t key) noexcept { return *shards_[(key * key_spread) >> 60]; }
    std::array<std::unique_ptr<shard>, ways> shards_;
};

}  // namespace bench
