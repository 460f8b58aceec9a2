// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Threads and handlers that call an lru_map; every history must have an order, every node its place.
// Compiled against the scheduled platform only.

#include "lab/history/numbered_values.hpp"
#include "lab/schedule/history_scenario.hpp"
#include "lab/schedule/map_words.hpp"

#include <resile/lru_map.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace resile_lab {

// Keys of the same ten share a bucket: 1 and 2 do, 11 does not.
struct bucket_by_tens {
    [[nodiscard]] std::uint32_t operator()(std::uint64_t key, resile::hash_seed) const noexcept {
        return static_cast<std::uint32_t>(key / 10) * 0x9e3779b9U;  // the upper bits decide
    }
};

template <class Values, class Equal = std::equal_to<std::uint64_t>>
class map_scenario : public history_scenario {
  public:
    using map_type = resile::lru_map<std::uint64_t, typename Values::type, bucket_by_tens, Equal>;

    using history_scenario::history_scenario;

    void prepare(scheduler& how) override {
        history_scenario::prepare(how);
        map_ = std::make_unique<map_type>(
            script().max_entries,
            resile::lru_options{.contexts = 2 * std::size_t{threads()}, .seed = 1, .huge_pages = false});
        how.as_thread(0, [&] {
            for (const auto& [key, value] : script().before) map_->put(key, Values::of(value));
        });
    }
    [[nodiscard]] std::string judge(scheduler&) override {
        if (std::string broken = judge_calls(); !broken.empty()) return broken;
        const resile::lru_census nodes = map_->census();
        if (nodes.conserved(script().max_entries) && nodes.pinned_retired == 0) return {};
        return "nodes are not where they should be: " + std::to_string(nodes.in_table) + " in the table, " +
               std::to_string(nodes.free) + " free, " + std::to_string(nodes.lost) + " lost, " +
               std::to_string(nodes.twice) + " twice, " + std::to_string(nodes.duplicate_keys) +
               " duplicate keys, " + std::to_string(nodes.pinned_retired) +
               " kept by handles that have ended";
    }
    [[nodiscard]] named_word name(const void* word) const override {
        const named_word found = name_of_map_word(*map_, word);
        return found.name.empty() ? history_scenario::name(word) : found;
    }

  protected:
    [[nodiscard]] map_type& map() { return *map_; }

  private:
    map_reply perform(const asked_of_map& asked) override {
        return resile_lab::perform<Values>(*map_, asked);
    }
    map_reply look(std::uint64_t key) override { return perform({map_call::peek, key, 0}); }

    std::unique_ptr<map_type> map_;
};

}  // namespace resile_lab
