// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Lists of nodes, and the LRU made of three of them: ACTIVE, INACTIVE, FREE. All of it under one lock, which
// the caller holds.

#include "map/linux_lru/bucket_table.hpp"
#include "map/linux_lru/element.hpp"

#include <cstdint>

namespace resile::inline RESILE_PLATFORM::linux_lru_detail {

// A circular list through prev and next, with an anchor of its own in the element table.
class node_list {
  public:
    void attach(element_table& elements, node_number anchor, list_type type) noexcept {
        elements_ = &elements;
        anchor_ = anchor;
        type_ = type;
        at(anchor).prev = at(anchor).next = anchor;
    }
    [[nodiscard]] bool empty() const noexcept { return elements_->at(anchor_).next == anchor_; }
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    [[nodiscard]] node_number anchor() const noexcept { return anchor_; }
    [[nodiscard]] node_number head() const noexcept { return elements_->at(anchor_).next; }
    [[nodiscard]] node_number tail() const noexcept { return elements_->at(anchor_).prev; }
    // Towards the head; the anchor stands before the head and behind the tail.
    [[nodiscard]] node_number before(node_number n) const noexcept { return elements_->at(n).prev; }
    [[nodiscard]] node_number behind(node_number n) const noexcept { return elements_->at(n).next; }

    void push_head(node_number n) noexcept {
        node& mine = at(n);
        mine.prev = anchor_;
        mine.next = at(anchor_).next;
        at(mine.next).prev = n;
        at(anchor_).next = n;
        mine.type.store(type_, std::memory_order_relaxed);  // relaxed: a reader without the lock looks again
        ++size_;
    }
    void remove(node_number n) noexcept {
        const node& mine = at(n);
        at(mine.prev).next = mine.next;
        at(mine.next).prev = mine.prev;
        --size_;
    }

  private:
    [[nodiscard]] node& at(node_number n) noexcept { return elements_->at(n); }

    element_table* elements_ = nullptr;
    node_number anchor_ = no_node;
    list_type type_ = list_type::free;
    platform::guarded<std::uint32_t> size_ = 0;
};

class lru_lists {
  public:
    static constexpr std::uint32_t anchors = 3;  // numbers taken in the element table

    void attach(element_table& elements, bucket_table& buckets, node_number first_anchor,
                std::uint32_t scans) noexcept;

    lru_lock lock;

    // Where a node that comes from a local pending list belongs.
    void add_flushed(node_number) noexcept;
    // Second chances for the tail of ACTIVE, and for INACTIVE from the cursor on.
    void rotate() noexcept;
    // Harvests up to `wanted` nodes from the tail of INACTIVE, or one by force, and gives each to `take`.
    template <class Take>
    void shrink(std::uint32_t wanted, Take&& take) noexcept;
    // The head of FREE, taken out; no_node if there is none.
    [[nodiscard]] node_number take_free() noexcept;
    // From wherever it is in these lists to the head of FREE / INACTIVE.
    void move_to_free(node_number) noexcept;
    void push_free(node_number) noexcept;  // a node that is on no list
    void push_inactive(node_number) noexcept;

    [[nodiscard]] const node_list& free() const noexcept { return free_; }

  private:
    void rotate_active() noexcept;
    void rotate_inactive() noexcept;
    void take_out(node_number) noexcept;
    void move_to(node_list&, node_number) noexcept;
    // A node that may leave the table: given up already, or taken out now.
    [[nodiscard]] bool can_harvest(node_number) noexcept;
    [[nodiscard]] list_type type_of(node_number) const noexcept;

    element_table* elements_ = nullptr;
    bucket_table* buckets_ = nullptr;
    node_list active_, inactive_, free_;
    platform::guarded<node_number> cursor_ = no_node;  // in INACTIVE, where the next rotation begins
    std::uint32_t scans_ = 0;
};

template <class Take>
void lru_lists::shrink(std::uint32_t wanted, Take&& take) noexcept {
    std::uint32_t harvested = 0;
    node_number n = inactive_.tail();
    for (std::uint32_t i = 0; i < scans_ && n != inactive_.anchor() && harvested < wanted; ++i) {
        const node_number next = inactive_.before(n);
        const node& mine = elements_->at(n);
        // relaxed: advice from lookups, and marks set before the lock was released
        if (mine.ref.load(std::memory_order_relaxed) && !mine.pending_free.load(std::memory_order_relaxed)) {
            move_to(active_, n);
        } else if (can_harvest(n)) {
            take_out(n);
            take(n);
            ++harvested;
        }
        n = next;
    }
    if (harvested != 0) return;
    node_list& source = inactive_.empty() ? active_ : inactive_;
    for (n = source.tail(); n != source.anchor(); n = source.before(n)) {
        if (!can_harvest(n)) continue;
        take_out(n);
        take(n);
        return;
    }
}

}  // namespace resile::inline RESILE_PLATFORM::linux_lru_detail
