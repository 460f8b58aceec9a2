// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Threads and handlers that take free nodes and give them back: nobody may get a node that another one has,
// and in the end all must be there. Compiled against the scheduled platform only.

#include "lab/schedule/map_words.hpp"
#include "lab/schedule/product_scenario.hpp"

#include <resile/detail/lru/node_pools.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace resile_lab {

struct pool_rules {
    [[nodiscard]] static constexpr resile::detail::lru::node_shape shape() noexcept { return {1, 1}; }
    [[nodiscard]] static bool same_key(const resile::detail::lru::atomic_word*,
                                       const resile::detail::lru::word*) noexcept {
        return false;
    }
};

// +1: takes a node; -1: gives the first of its nodes back; -2: the last one.
using pool_script = std::vector<int>;

template <class Rules>
class pool_scenario : public product_scenario {
    using pools = resile::detail::lru::node_pools<Rules>;

  public:
    pool_scenario(std::vector<pool_script> scripts, pool_script handler, unsigned threads)
        : product_scenario(threads), scripts_(std::move(scripts)), handler_(std::move(handler)) {}
    [[nodiscard]] unsigned cpus() const override { return 1; }

    void prepare(scheduler& how) override {
        product_scenario::prepare(how);
        resile::detail::lru::dimensions size{};
        size.shape = Rules::shape();
        size.max_entries = 1;
        size.reserve = nodes;
        size.buckets = 1;
        size.shares = 1;
        pools_ = std::make_unique<pools>(Rules{}, size, false);
    }
    void begin() override { owned_ = {}; }
    void run_thread(scheduler& how, unsigned thread) override {
        act(how, scripts_[thread % scripts_.size()]);
    }
    void run_handler(scheduler& how, unsigned, unsigned) override { act(how, handler_); }

    [[nodiscard]] std::string judge(scheduler&) override {
        // All are given back: each of them can be taken again, once.
        std::array<bool, nodes + 2> seen{};
        unsigned found = 0;
        for (; found <= nodes; ++found) {
            const auto node = pools_->take(reserve);
            if (node == resile::detail::lru::no_node) break;
            if (std::exchange(seen[node], true)) return "node " + std::to_string(node) + " is free twice";
        }
        return found == nodes ? ""
                              : std::to_string(found) + " nodes are free of " + std::to_string(nodes) +
                                    " that were given back";
    }
    [[nodiscard]] named_word name(const void* word) const override {
        return name_of_pool_word(*pools_, word);
    }

  private:
    static constexpr unsigned nodes = 4;
    static constexpr auto reserve = resile::detail::lru::pool::reserve;

    void act(scheduler& how, const pool_script& script) {
        std::array<resile::detail::lru::node_index, 8> mine{};
        unsigned first = 0, end = 0;
        const auto give = [&](resile::detail::lru::node_index node) {
            owned_[node] = false;
            if (how.is_telling()) how.note("gives node " + std::to_string(node));
            pools_->give(node, reserve);
        };
        for (const int what : script) {
            if (what > 0) {
                if (how.is_telling()) how.note("takes a node");
                const auto node = pools_->take(reserve);
                if (node == resile::detail::lru::no_node) continue;
                if (how.is_telling()) how.note("= node " + std::to_string(node));
                if (std::exchange(owned_[node], true))
                    how.fail("node " + std::to_string(node) + " was taken, and somebody has it already");
                mine[end++] = node;
            } else if (first != end) {
                give(what == -1 ? mine[first++] : mine[--end]);
            }
        }
        while (first != end) give(mine[first++]);
    }

    std::vector<pool_script> scripts_;
    pool_script handler_;
    std::unique_ptr<pools> pools_;
    std::array<bool, nodes + 2> owned_{};
};

}  // namespace resile_lab
