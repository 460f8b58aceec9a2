// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Compiled twice, against the real platform and against the scheduled one.

#include "lab/forecast/contestant.hpp"
#include "lab/forecast/locked_lru.hpp"

#include <resile/linux_lru.hpp>
#include <resile/lru_map.hpp>

#include <stdexcept>

namespace resile_lab::inline RESILE_PLATFORM {
namespace {

class exact_contestant final : public contestant {
  public:
    exact_contestant(const contestant_size& size, resile::recency order)
        : map_(size.entries, {.order = order, .seed = 1, .huge_pages = false}) {}

    bool lookup(std::uint64_t key) noexcept override { return map_.get(key).has_value(); }
    bool put(std::uint64_t key, std::uint64_t value) noexcept override {
        return map_.put(key, value) != resile::put_result::no_memory;
    }
    bool count(std::uint64_t key) noexcept override {
        return map_.upsert(key, 1, [](std::uint64_t& value) { ++value; }) != resile::put_result::no_memory;
    }

  private:
    resile::lru_map<std::uint64_t, std::uint64_t> map_;
};

class linux_contestant final : public contestant {
  public:
    linux_contestant(const contestant_size& size, bool no_common_lru)
        : map_({.max_entries = size.entries, .no_common_lru = no_common_lru, .cpus = size.cpus}) {}

    bool lookup(std::uint64_t key) noexcept override { return map_.lookup(&key) != nullptr; }
    bool put(std::uint64_t key, std::uint64_t value) noexcept override {
        return map_.update(&key, &value, resile::linux_lru::any) == 0;
    }
    // As programs do: in place, under the pointer.
    bool count(std::uint64_t key) noexcept override {
        void* const value = map_.lookup(&key);
        if (value == nullptr) return put(key, 1);
        static_cast<platform::atomic<std::uint64_t>*>(value)->fetch_add(1, std::memory_order_relaxed);
        return true;
    }

  private:
    resile::linux_lru map_;
};

class locked_contestant final : public contestant {
  public:
    explicit locked_contestant(const contestant_size& size) : map_(size.entries) {}

    bool lookup(std::uint64_t key) noexcept override { return map_.lookup(key); }
    bool put(std::uint64_t key, std::uint64_t value) noexcept override { return map_.put(key, value), true; }
    bool count(std::uint64_t key) noexcept override { return map_.count(key), true; }

  private:
    locked_lru map_;
};

}  // namespace

std::unique_ptr<contestant> make_contestant(const std::string& name, const contestant_size& size) {
    if (name == "exact") return std::make_unique<exact_contestant>(size, resile::recency::shared);
    if (name == "exact-per-cpu") return std::make_unique<exact_contestant>(size, resile::recency::per_cpu);
    if (name == "linux") return std::make_unique<linux_contestant>(size, false);
    if (name == "linux-per-cpu") return std::make_unique<linux_contestant>(size, true);
    if (name == "mutex") return std::make_unique<locked_contestant>(size);
    throw std::invalid_argument("there is no contestant " + name);
}

}  // namespace resile_lab::inline RESILE_PLATFORM
