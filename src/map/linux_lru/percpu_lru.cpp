// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "map/linux_lru/percpu_lru.hpp"

namespace resile::inline RESILE_PLATFORM::linux_lru_detail {

percpu_lru::percpu_lru(element_table& elements, bucket_table& buckets, std::uint32_t cpus, generation version,
                       refusal_counters& refused)
    : elements_(elements),
      refused_(refused),
      cpus_(cpus),
      version_(version),
      lists_(std::make_unique<own_lists[]>(cpus)) {
    const std::uint32_t share = elements.count() / cpus;
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
        lists_[cpu].attach(elements, buckets, elements.count() + cpu * lru_lists::anchors, scans);
        lists_[cpu].lock.set_name("per-CPU LRU");
        for (node_number n = (cpu + 1) * share; n-- > cpu * share;) {
            elements.at(n).cpu.store(static_cast<std::uint16_t>(cpu),
                                     std::memory_order_relaxed);  // relaxed: alone
            lists_[cpu].push_free(n);
        }
    }
}

node_number percpu_lru::take(std::uint32_t cpu, std::uint32_t hash) noexcept {
    own_lists& mine = lists_[cpu];
    if (!mine.lock.lock(version_, refused_, refused_.global_lock)) return no_node;
    mine.rotate();
    if (mine.free().empty()) mine.shrink(free_target, [&](node_number n) { mine.push_free(n); });
    const node_number n = mine.take_free();
    if (n != no_node) {
        // relaxed, both: the node belongs to the caller; others learn of it through the lock
        elements_.at(n).ref.store(false, std::memory_order_relaxed);
        elements_.at(n).hash.store(hash, std::memory_order_relaxed);  // relaxed: as above
        mine.push_inactive(n);
    }
    mine.lock.unlock(version_);
    return n;
}

void percpu_lru::give_back(node_number n) noexcept {
    node& given = elements_.at(n);
    own_lists& its =
        lists_[given.cpu.load(std::memory_order_relaxed)];  // relaxed: never changes in this flavour
    if (!its.lock.lock(version_, refused_, refused_.global_lock)) {
        if (version_ == generation::plain) return;  // the original would hang here; the node is lost
        given.pending_free.store(true, std::memory_order_relaxed);  // relaxed: found by a later shrink
        count_one(refused_.nodes_left_behind);
        return;
    }
    its.move_to_free(n);
    its.lock.unlock(version_);
}

void percpu_lru::for_each_free(visitor seen, void* context) const {
    for (std::uint32_t cpu = 0; cpu < cpus_; ++cpu) {
        const node_list& free = lists_[cpu].free();
        for (node_number n = free.head(); n != free.anchor(); n = free.behind(n)) seen(context, n);
    }
}

}  // namespace resile::inline RESILE_PLATFORM::linux_lru_detail
