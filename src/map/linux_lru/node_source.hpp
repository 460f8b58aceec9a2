// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The two verbs that both flavours of the LRU offer: take a node, give it back.

#include "map/linux_lru/element.hpp"

namespace resile::inline RESILE_PLATFORM::linux_lru_detail {

class node_source {
  public:
    node_source() = default;
    node_source(const node_source&) = delete;
    node_source& operator=(const node_source&) = delete;
    virtual ~node_source() = default;

    // A node for an element with this hash, evicting others if need be; no_node: none could be had.
    [[nodiscard]] virtual node_number take(std::uint32_t cpu, std::uint32_t hash) noexcept = 0;
    // A node that is not in the table (any more). If the lock of its list refuses, it stays where it is.
    virtual void give_back(node_number) noexcept = 0;

    // Calls `seen` for each free node. Only while no operation runs.
    using visitor = void (*)(void* context, node_number);
    virtual void for_each_free(visitor seen, void* context) const = 0;
};

}  // namespace resile::inline RESILE_PLATFORM::linux_lru_detail
