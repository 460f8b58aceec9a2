// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What one CPU keeps for itself (common flavour): a pending list of nodes that it has handed out, a few free
// nodes, and the place where its next theft begins.

#include "map/linux_lru/element.hpp"
#include "map/linux_lru/lru_lists.hpp"

namespace resile::inline RESILE_PLATFORM::linux_lru_detail {

// A stack that any context may push to and pop from at any moment: Treiber (1986), with a version beside the
// index so that a head that has come back is not taken for one that never went (ABA).
//
//   bits   name     meaning
//   0-31   node     top of the stack, all ones = empty
//   32-63  version  goes up at every change
class free_stack {
  public:
    void push(element_table& elements, node_number n) noexcept {
        elements.at(n).type.store(list_type::local_free,
                                  std::memory_order_relaxed);       // relaxed: looked at again
        std::uint64_t seen = top_.load(std::memory_order_relaxed);  // relaxed: the CAS decides
        do {
            // relaxed: published by the CAS
            elements.at(n).stack_next.store(node_of(seen), std::memory_order_relaxed);
            // (old, v) -> (n, v + 1), release [free-stack]: the popper sees stack_next
        } while (!top_.compare_exchange_weak(seen, changed(seen, n), std::memory_order_release,
                                             std::memory_order_relaxed));
    }
    // no_node when empty.
    [[nodiscard]] node_number pop(element_table& elements) noexcept {
        std::uint64_t seen = top_.load(std::memory_order_acquire);  // acquire [free-stack]
        while (node_of(seen) != no_node) {
            // relaxed: stale if somebody else popped it; then the version has changed and the CAS fails
            const node_number below = elements.at(node_of(seen)).stack_next.load(std::memory_order_relaxed);
            // (n, v) -> (below, v + 1), acquire [free-stack]
            if (top_.compare_exchange_weak(seen, changed(seen, below), std::memory_order_acquire,
                                           std::memory_order_acquire))
                return node_of(seen);
        }
        return no_node;
    }
    [[nodiscard]] node_number top() const noexcept {
        return node_of(top_.load(std::memory_order_acquire));  // acquire [free-stack]
    }

  private:
    static constexpr node_number node_of(std::uint64_t word) noexcept {
        return static_cast<node_number>(word);
    }
    static constexpr std::uint64_t changed(std::uint64_t word, node_number n) noexcept {
        return (((word >> 32) + 1) << 32) | n;
    }
    platform::atomic<std::uint64_t> top_{no_node};
};

struct alignas(128) local_list {
    static constexpr std::uint32_t anchors = 1;

    lru_lock lock;
    node_list pending;
    free_stack free;
    platform::atomic<std::uint32_t> next_steal{0};  // looked at and set without the lock
};

}  // namespace resile::inline RESILE_PLATFORM::linux_lru_detail
