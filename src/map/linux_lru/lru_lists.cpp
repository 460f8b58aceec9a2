// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// ACTIVE, INACTIVE, FREE: an approximation of "least recently used" by second chances, as Linux makes it.

#include "map/linux_lru/lru_lists.hpp"

namespace resile::inline RESILE_PLATFORM::linux_lru_detail {

void lru_lists::attach(element_table& elements, bucket_table& buckets, node_number first_anchor,
                       std::uint32_t scans) noexcept {
    elements_ = &elements;
    buckets_ = &buckets;
    active_.attach(elements, first_anchor, list_type::active);
    inactive_.attach(elements, first_anchor + 1, list_type::inactive);
    free_.attach(elements, first_anchor + 2, list_type::free);
    cursor_ = inactive_.anchor();
    scans_ = scans;
}

list_type lru_lists::type_of(node_number n) const noexcept {
    return elements_->at(n).type.load(std::memory_order_relaxed);  // relaxed: under the lock
}

void lru_lists::take_out(node_number n) noexcept {
    if (n == cursor_) cursor_ = inactive_.before(n);
    switch (type_of(n)) {
        case list_type::active:
            active_.remove(n);
            break;
        case list_type::inactive:
            inactive_.remove(n);
            break;
        case list_type::free:
            free_.remove(n);
            break;
        case list_type::local_pending:
        case list_type::local_free:
            break;  // not on one of these lists
    }
}

void lru_lists::move_to(node_list& target, node_number n) noexcept {
    take_out(n);
    elements_->at(n).ref.store(false, std::memory_order_relaxed);  // relaxed: advice
    target.push_head(n);
}

void lru_lists::add_flushed(node_number n) noexcept {
    node& mine = elements_->at(n);
    // relaxed: both are set by others before they give up on the node, and looked at again next time
    const bool given_up = mine.pending_free.exchange(false, std::memory_order_relaxed);  // true -> false
    const bool used = mine.ref.exchange(false, std::memory_order_relaxed);  // true -> false, relaxed:
    (given_up ? free_ : used ? active_ : inactive_).push_head(n);
}

void lru_lists::rotate() noexcept {
    if (inactive_.size() < active_.size()) rotate_active();
    rotate_inactive();
}

void lru_lists::rotate_active() noexcept {
    const node_number first = active_.head();
    node_number n = active_.tail();
    for (std::uint32_t i = 0; i < scans_ && n != active_.anchor(); ++i) {
        const node_number next = active_.before(n);
        const bool used = elements_->at(n).ref.load(std::memory_order_relaxed);  // relaxed: advice
        move_to(used ? active_ : inactive_, n);
        if (n == first) break;
        n = next;
    }
}

void lru_lists::rotate_inactive() noexcept {
    if (inactive_.empty()) return;
    // One circle ends with the node behind the cursor.
    node_number last = inactive_.behind(cursor_);
    if (last == inactive_.anchor()) last = inactive_.behind(last);
    node_number n = cursor_;
    node_number next = n;
    for (std::uint32_t i = 0; i < scans_;) {
        if (n == inactive_.anchor()) {
            n = inactive_.before(n);
            continue;
        }
        next = inactive_.before(n);
        const bool used = elements_->at(n).ref.load(std::memory_order_relaxed);  // relaxed: advice
        if (used) move_to(active_, n);
        if (n == last) break;
        n = next;
        ++i;
        if (inactive_.empty()) break;
    }
    cursor_ = next;
}

bool lru_lists::can_harvest(node_number n) noexcept {
    // relaxed: set for good until the node is harvested
    return elements_->at(n).pending_free.load(std::memory_order_relaxed) || buckets_->remove_victim(n);
}

node_number lru_lists::take_free() noexcept {
    if (free_.empty()) return no_node;
    const node_number n = free_.head();
    free_.remove(n);
    return n;
}

void lru_lists::move_to_free(node_number n) noexcept {
    take_out(n);
    push_free(n);
}

void lru_lists::push_free(node_number n) noexcept {
    // relaxed: a free node has no marks; under the lock
    elements_->at(n).ref.store(false, std::memory_order_relaxed);
    elements_->at(n).pending_free.store(false, std::memory_order_relaxed);  // relaxed: as above
    free_.push_head(n);
}

void lru_lists::push_inactive(node_number n) noexcept {
    inactive_.push_head(n);
}

}  // namespace resile::inline RESILE_PLATFORM::linux_lru_detail
