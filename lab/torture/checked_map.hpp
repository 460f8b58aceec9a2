// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What the history check needs of a map: calls as data.

#include "lab/history/map_calls.hpp"
#include "lab/injection/lru_kinds.hpp"

#include <resile/lru_options.hpp>

#include <cstddef>
#include <functional>
#include <memory>

namespace resile_lab {

class checked_map {
  public:
    checked_map() = default;
    checked_map(const checked_map&) = delete;
    checked_map& operator=(const checked_map&) = delete;
    virtual ~checked_map() = default;

    // From any context.
    virtual map_reply perform(const asked_of_map&) noexcept = 0;
    // While nothing runs.
    [[nodiscard]] virtual map_contents contents() const = 0;
    [[nodiscard]] virtual bool has_all_its_nodes() const = 0;
};

using checked_map_maker =
    std::function<std::unique_ptr<checked_map>(std::size_t max_entries, const resile::lru_options&)>;

// A map of one of the kinds that the explorer knows, too.
template <class Kind>
class checked_map_of final : public checked_map {
  public:
    checked_map_of(std::size_t max_entries, const resile::lru_options& options)
        : max_entries_(max_entries), map_(max_entries, options) {}

    map_reply perform(const asked_of_map& asked) noexcept override { return Kind::perform(map_, asked); }
    map_contents contents() const override { return contents_of<Kind>(map_); }
    bool has_all_its_nodes() const override {
        const resile::lru_census census = map_.census();
        return census.conserved(max_entries_) && census.pinned_retired == 0;
    }

    [[nodiscard]] static checked_map_maker maker(resile::recency order) {
        return [order](std::size_t max_entries, resile::lru_options options) {
            options.order = order;
            return std::make_unique<checked_map_of>(max_entries, options);
        };
    }

  private:
    std::size_t max_entries_;
    typename Kind::map_type map_;
};

}  // namespace resile_lab
