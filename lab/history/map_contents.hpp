// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace resile_lab {

// What a map holds, by key. As std::map, but in one piece: judges copy it all the time.
class map_contents {
  public:
    using value_type = std::pair<std::uint64_t, std::uint64_t>;
    using iterator = std::vector<value_type>::iterator;
    using const_iterator = std::vector<value_type>::const_iterator;

    map_contents() = default;
    map_contents(std::initializer_list<value_type> entries) {
        for (const value_type& one : entries) insert(one);
    }

    [[nodiscard]] iterator begin() noexcept { return sorted_.begin(); }
    [[nodiscard]] iterator end() noexcept { return sorted_.end(); }
    [[nodiscard]] const_iterator begin() const noexcept { return sorted_.begin(); }
    [[nodiscard]] const_iterator end() const noexcept { return sorted_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return sorted_.size(); }

    [[nodiscard]] iterator find(std::uint64_t key) {
        const iterator at = place_of(key);
        return at != end() && at->first == key ? at : end();
    }
    [[nodiscard]] std::size_t count(std::uint64_t key) const {
        return std::binary_search(begin(), end(), value_type{key, 0},
                                  [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    std::uint64_t& operator[](std::uint64_t key) {
        const iterator at = place_of(key);
        return (at != end() && at->first == key ? at : sorted_.insert(at, {key, 0}))->second;
    }
    void insert(const value_type& entry) { (*this)[entry.first] = entry.second; }
    void erase(iterator at) { sorted_.erase(at); }
    void erase(std::uint64_t key) {
        if (const iterator at = find(key); at != end()) erase(at);
    }

    friend bool operator==(const map_contents&, const map_contents&) = default;

  private:
    [[nodiscard]] iterator place_of(std::uint64_t key) {
        return std::lower_bound(begin(), end(), value_type{key, 0});
    }
    std::vector<value_type> sorted_;
};

}  // namespace resile_lab
