// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include <resile/detail/lru/counters.hpp>
#include <resile/detail/lru/node_table.hpp>

#include <bit>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>

namespace resile::inline RESILE_PLATFORM::detail::lru {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t line = 128;

// Adds up areas, and says so when no address space could hold them.
class area_plan {
  public:
    // Returns where the area begins.
    std::size_t add(std::size_t count, std::size_t bytes_each) {
        constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 4;
        if (bytes_each != 0 && count > (most - end_) / bytes_each) throw std::bad_alloc();
        const std::size_t begin = end_;
        end_ = (end_ + count * bytes_each + line - 1) / line * line;
        return begin;
    }
    [[nodiscard]] std::size_t bytes() const { return end_; }

  private:
    std::size_t end_ = 0;
};

// Nobody else knows the table yet: plain stores would do.
void fill_stack(const node_table& table, atomic_word& stack, node_index first, std::size_t count) {
    const std::size_t bytes = table.size().shape.bytes();
    for (std::size_t i = count; i-- > 0;) {
        const auto node = static_cast<node_index>(first + i);
        auto& link = *reinterpret_cast<atomic_word*>(table.nodes() + node * bytes);
        // relaxed: as above
        link.store(static_cast<std::uint32_t>(stack.load(std::memory_order_relaxed)),
                   std::memory_order_relaxed);
        stack.store(node, std::memory_order_relaxed);  // relaxed: as above
    }
}

}  // namespace

node_table::node_table(const dimensions& size, bool huge_pages)
    : size_(size),
      share_mask_(static_cast<std::uint32_t>(size.shares - 1)),
      share_bits_(static_cast<std::uint32_t>(std::countr_zero(size.shares))),
      room_mask_(static_cast<std::uint32_t>(size.room_shares() - 1)) {
    area_plan plan;
    const std::size_t room_shares_at = plan.add(size.room_shares(), sizeof(room_share));
    const std::size_t cpu_shares_at = plan.add(size.shares, sizeof(cpu_share));
    const std::size_t rows_at = plan.add(size.own_slots * depths + depths, sizeof(event_row));
    const std::size_t spares_at = plan.add(size.spares, sizeof(spare_place));
    const std::size_t shared_at = plan.add(1, sizeof(shared_words));
    const std::size_t buckets_at = plan.add(size.buckets, sizeof(bucket));
    // Where number 1 is: there is no node 0. So what a CPU's hand claims at a time shares no line with
    // others.
    const std::size_t runs = (size.nodes() + level_run::size - 1) / level_run::size;
    const std::size_t recency_at = plan.add(runs, level_run::size);
    const std::size_t nodes_at = plan.add(size.nodes(), size.shape.bytes());

    const bool large = huge_pages && plan.bytes() >= huge_page;
    bytes_ = plan.bytes() + (large ? huge_page : 0);
    memory_ = platform::map_memory(bytes_);
    if (memory_ == nullptr) throw std::bad_alloc();
    auto begin = reinterpret_cast<std::uintptr_t>(memory_);
    if (large) {
        begin = (begin + huge_page - 1) / huge_page * huge_page;
        platform::prefer_huge_pages(reinterpret_cast<void*>(begin), plan.bytes());
    }
    auto* base = reinterpret_cast<std::byte*>(begin);
    room_shares_ = reinterpret_cast<room_share*>(base + room_shares_at);
    cpu_shares_ = reinterpret_cast<cpu_share*>(base + cpu_shares_at);
    rows_ = reinterpret_cast<event_row*>(base + rows_at);
    spares_ = reinterpret_cast<spare_place*>(base + spares_at);
    shared_ = reinterpret_cast<shared_words*>(base + shared_at);
    buckets_ = reinterpret_cast<bucket*>(base + buckets_at);
    recency_ = reinterpret_cast<platform::atomic<std::uint8_t>*>(base + recency_at) - 1;
    nodes_ = base + nodes_at - size.shape.bytes();

    level_runs_ = static_cast<std::uint32_t>(runs);
    for (std::uint32_t group = 0; group < level_runs_ * level_run::groups; ++group)
        levels(group).store(level_group::all * recency_level::absent,
                            std::memory_order_relaxed);  // relaxed: as above

    // Each CPU's hand begins with a run of its own.
    for (std::size_t share = 0; share < size.shares; ++share)
        cpu_shares_[share].runs.store(share % runs, std::memory_order_relaxed);  // relaxed: as above
    shared_->hand.store(static_cast<std::uint32_t>(size.shares % runs),
                        std::memory_order_relaxed);  // relaxed: as above

    // Each CPU begins with its part of both pools.
    std::size_t next = 1;
    for (const auto& [which, all] :
         {std::pair{pool::capacity, size.max_entries}, {pool::reserve, size.reserve}}) {
        const std::size_t shares = shares_of(which);
        for (std::size_t share = 0; share < shares; ++share) {
            const std::size_t part = all / shares + (share < all % shares ? 1U : 0U);
            fill_stack(*this, free_of_cpu(which, static_cast<unsigned>(share)), static_cast<node_index>(next),
                       part);
            next += part;
        }
    }
}

node_table::~node_table() {
    platform::unmap_memory(memory_, bytes_);
}

void count_in_common(const node_table& table, event what, word times) noexcept {
    if (this_record.load(std::memory_order_relaxed) == nullptr) {  // relaxed: this thread's own
        if (claim_record() != nullptr) return count(table, what, times);
    }
    const slot_record* record = this_record.load(std::memory_order_relaxed);  // relaxed: as above
    std::size_t depth = 0;
    if (record != nullptr)
        depth = record->counting_row.load(std::memory_order_relaxed) % depths;  // relaxed: as above
    auto& counts = table.row(table.own_rows() + depth).counts;
    // n -> n + times, relaxed: a statistic
    counts[static_cast<std::size_t>(what)].fetch_add(times, std::memory_order_relaxed);
}

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
