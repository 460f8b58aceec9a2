// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// One LRU for all CPUs, reached through local lists so that its lock is rarely taken.
//
// take:       local free stack; else refill it from the global LRU; else steal from another CPU.
// give back:  pending on some CPU: to that CPU's free stack; else to the global FREE list.
// Faults that come from here: nodes waiting in local lists are not available to others (early eviction), a
// refill evicts up to free_target at once, and a refused lock leaves a node behind.

#include "map/linux_lru/common_lru.hpp"

#include <algorithm>

namespace resile::inline RESILE_PLATFORM::linux_lru_detail {

common_lru::common_lru(element_table& elements, bucket_table& buckets, std::uint32_t cpus, generation version,
                       refusal_counters& refused)
    : elements_(elements),
      buckets_(buckets),
      refused_(refused),
      cpus_(cpus),
      version_(version),
      free_target_(std::clamp<std::uint32_t>(elements.count() / cpus / 2, 1, most_at_once)),
      local_(std::make_unique<local_list[]>(cpus)) {
    global_.attach(elements, buckets, elements.count(), scans);
    global_.lock.set_name("global LRU");
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
        local_[cpu].pending.attach(elements, elements.count() + lru_lists::anchors + cpu,
                                   list_type::local_pending);
        local_[cpu].lock.set_name("local LRU list");
        local_[cpu].next_steal.store(cpu, std::memory_order_relaxed);  // relaxed: alone
    }
    for (node_number n = elements.count(); n-- > 0;) global_.push_free(n);
}

bool common_lru::lock_local(local_list& local) noexcept {
    return local.lock.lock(version_, refused_, refused_.local_lock);
}

bool common_lru::lock_global() noexcept {
    return global_.lock.lock(version_, refused_, refused_.global_lock);
}

node_number common_lru::take(std::uint32_t cpu, std::uint32_t hash) noexcept {
    local_list& mine = local_[cpu];
    if (!lock_local(mine)) return no_node;
    node_number n = mine.free.pop(elements_);
    if (n == no_node) {
        refill(mine);
        n = mine.free.pop(elements_);
    }
    if (n != no_node) hand_out(mine, n, cpu, hash);
    mine.lock.unlock(version_);
    if (n != no_node) return n;

    n = steal(cpu);
    if (n == no_node) return no_node;
    if (!lock_local(mine)) {
        if (version_ == generation::resilient) mine.free.push(elements_, n);
        return no_node;
    }
    hand_out(mine, n, cpu, hash);
    mine.lock.unlock(version_);
    return n;
}

void common_lru::refill(local_list& mine) noexcept {
    if (!lock_global()) return;
    flush_pending(mine);
    global_.rotate();
    std::uint32_t got = 0;
    while (got < free_target_) {
        const node_number n = global_.take_free();
        if (n == no_node) break;
        mine.free.push(elements_, n);
        ++got;
    }
    if (got < free_target_)
        global_.shrink(free_target_ - got, [&](node_number n) { mine.free.push(elements_, n); });
    global_.lock.unlock(version_);
}

void common_lru::flush_pending(local_list& mine) noexcept {
    while (!mine.pending.empty()) {
        const node_number oldest = mine.pending.tail();
        mine.pending.remove(oldest);
        global_.add_flushed(oldest);
    }
}

void common_lru::hand_out(local_list& mine, node_number n, std::uint32_t cpu, std::uint32_t hash) noexcept {
    node& stamped = elements_.at(n);
    // relaxed, all four: the node belongs to the caller; give_back and victims learn of it through the lock
    stamped.hash.store(hash, std::memory_order_relaxed);
    stamped.cpu.store(static_cast<std::uint16_t>(cpu), std::memory_order_relaxed);  // relaxed: as above
    stamped.ref.store(false, std::memory_order_relaxed);                            // relaxed: as above
    stamped.pending_free.store(false, std::memory_order_relaxed);                   // relaxed: as above
    mine.pending.push_head(n);
}

node_number common_lru::steal(std::uint32_t cpu) noexcept {
    local_list& mine = local_[cpu];
    const std::uint32_t first = mine.next_steal.load(std::memory_order_relaxed);  // relaxed: a hint
    std::uint32_t victim = first;
    node_number n = no_node;
    do {
        local_list& its = local_[victim];
        if (lock_local(its)) {
            n = its.free.pop(elements_);
            if (n == no_node) n = steal_from(its, false);
            if (n == no_node) n = steal_from(its, true);
            its.lock.unlock(version_);
        }
        victim = (victim + 1) % cpus_;
    } while (n == no_node && victim != first);
    mine.next_steal.store(victim, std::memory_order_relaxed);  // relaxed: a hint
    return n;
}

node_number common_lru::steal_from(local_list& its, bool even_if_used) noexcept {
    for (node_number n = its.pending.tail(); n != its.pending.anchor(); n = its.pending.before(n)) {
        const node& candidate = elements_.at(n);
        // relaxed: advice, and a mark that stays
        if (!even_if_used && candidate.ref.load(std::memory_order_relaxed)) continue;
        if (candidate.pending_free.load(std::memory_order_relaxed) ||
            buckets_.remove_victim(n)) {  // relaxed: same
            its.pending.remove(n);
            return n;
        }
    }
    return no_node;
}

void common_lru::leave_behind(node_number n) noexcept {
    if (version_ == generation::plain) return;  // the original would hang here; the node is lost
    elements_.at(n).pending_free.store(true, std::memory_order_relaxed);  // relaxed: found by a later flush
    count_one(refused_.nodes_left_behind);
}

void common_lru::give_back(node_number n) noexcept {
    node& mine = elements_.at(n);
    // relaxed: looked at again under the lock
    if (mine.type.load(std::memory_order_relaxed) == list_type::local_pending) {
        local_list& its =
            local_[mine.cpu.load(std::memory_order_relaxed)];  // relaxed: stamped when handed out
        if (!lock_local(its)) return leave_behind(n);
        const bool still =
            mine.type.load(std::memory_order_relaxed) == list_type::local_pending;  // relaxed: locked
        if (still) {
            its.pending.remove(n);
            mine.ref.store(false, std::memory_order_relaxed);  // relaxed: advice
            its.free.push(elements_, n);
        }
        its.lock.unlock(version_);
        if (still) return;
    }
    if (!lock_global()) return leave_behind(n);
    global_.move_to_free(n);
    global_.lock.unlock(version_);
}

void common_lru::for_each_free(visitor seen, void* context) const {
    for (node_number n = global_.free().head(); n != global_.free().anchor(); n = global_.free().behind(n))
        seen(context, n);
    for (std::uint32_t cpu = 0; cpu < cpus_; ++cpu)
        for (node_number n = local_[cpu].free.top(); n != no_node;
             n = elements_.at(n).stack_next.load(std::memory_order_relaxed))  // relaxed: nothing runs
            seen(context, n);
}

}  // namespace resile::inline RESILE_PLATFORM::linux_lru_detail
