// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What a storm and its judge need of a map. Keys are 64-bit numbers.

#include <resile/linux_lru.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace resile_lab {

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
    [[nodiscard]] virtual resile::linux_lru::node_census census() const = 0;
    [[nodiscard]] virtual resile::linux_lru::refusals refused() const noexcept = 0;
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
    resile::linux_lru::node_census census() const override { return map_.census(); }
    resile::linux_lru::refusals refused() const noexcept override { return map_.refused(); }
    std::unique_ptr<map_under_test> another() const override {
        return std::make_unique<linux_map_under_test>(options_);
    }

  private:
    resile::linux_lru_options options_;
    resile::linux_lru map_;
    std::vector<unsigned char> zeros_;
};

}  // namespace resile_lab
