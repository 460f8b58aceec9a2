// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A value per node and CPU. A cell is a state word and, beside it, the value if that is one word, or the
// number of a box with the value. Every change of a cell is one 16-byte compare-and-swap, so a value is
// written whole or not at all, whoever interrupts whom; a box that was replaced is used again only after the
// cell has changed.
//
// A cell is emptied when its node is made into a new entry, before anybody can find that entry: nothing of
// the former key shows, on any CPU. A writer who is late, and still means the former entry, fails: the state
// has another version.
//
//   state: {version 63 | filled 1}

#include <resile/detail/lru/node_pools.hpp>

#include <algorithm>
#include <bit>
#include <memory>
#include <new>

namespace resile::inline RESILE_PLATFORM::detail::lru {

class cpu_cells {
    struct box_rules {
        std::size_t value_words;
        // One word more, so that the value does not stand beside the link: boxes are written while nobody
        // reads them.
        [[nodiscard]] node_shape shape() const noexcept { return {1, value_words + 1}; }
    };
    using boxes = node_pools<box_rules>;

  public:
    // Throws std::bad_alloc.
    cpu_cells(std::size_t nodes, std::size_t cpus, std::size_t value_words, std::size_t contexts)
        : nodes_(nodes + 1), cpus_(cpus), value_words_(value_words) {
        if (nodes_ > max_cells / cpus) throw std::bad_alloc();
        const std::size_t cells = nodes_ * cpus;
        bytes_ = cells * sizeof(cell);
        if (value_words > 1) {
            dimensions size{};
            size.shape = box_rules{value_words}.shape();
            size.max_entries = cells;
            size.reserve = contexts;
            size.buckets = 1;
            size.shares = std::min(std::bit_ceil(cpus), most_shares);
            boxes_ = std::make_unique<boxes>(box_rules{value_words}, size, true);
        }
        memory_ = platform::map_memory(bytes_);
        if (memory_ == nullptr) throw std::bad_alloc();
    }
    ~cpu_cells() { platform::unmap_memory(memory_, bytes_); }
    cpu_cells(const cpu_cells&) = delete;
    cpu_cells& operator=(const cpu_cells&) = delete;

    [[nodiscard]] std::size_t cpus() const noexcept { return cpus_; }
    [[nodiscard]] std::size_t value_words() const noexcept { return value_words_; }

    // What a cell holds; false: nothing, and `value` is zeroed. `state` is what change() wants to see again.
    bool read(node_index node, std::size_t cpu, word* value, word& state) const noexcept {
        const cell& at = cell_of(node, cpu);
        for (;;) {
            state = at.state.load(std::memory_order_acquire);                 // acquire [cell]
            const word content = at.content.load(std::memory_order_acquire);  // acquire [cell]
            if ((state & filled) == 0) {
                for (std::size_t i = 0; i < value_words_; ++i) value[i] = 0;
            } else if (value_words_ == 1) {
                value[0] = content;
            } else {
                // The number may be that of another state; it always is one of a box, and the state tells.
                boxes::copy_out(boxes_->value_of(static_cast<node_index>(content)), value_words_, value);
            }
            // relaxed: ordered by the acquire loads above
            if (at.state.load(std::memory_order_relaxed) == state) return (state & filled) != 0;
        }
    }

    enum class change_result : std::uint8_t { done, lost, no_memory };

    // state -> filled with `value`, if the cell still is as it was read.
    [[nodiscard]] change_result change(node_index node, std::size_t cpu, word state,
                                       const word* value) const noexcept {
        cell& at = cell_of(node, cpu);
        const word before = at.content.load(std::memory_order_acquire);  // acquire [cell]
        const word next = (state | filled) + one_version;
        if (value_words_ == 1)
            return platform::compare_exchange_pair(&at.state, state, before, next, value[0])
                       ? change_result::done
                       : change_result::lost;
        node_index box = boxes_->take(pool::reserve);
        if (box == no_node) box = boxes_->take(pool::capacity);
        if (box == no_node) return change_result::no_memory;
        boxes::copy_in(boxes_->value_of(box), value_words_, value);
        const bool done = platform::compare_exchange_pair(&at.state, state, before, next, box);
        // The box that was there, or the one that is not needed.
        const node_index left_over = done ? static_cast<node_index>(before) : box;
        if (left_over != no_node) boxes_->give(left_over, pool::reserve);
        return done ? change_result::done : change_result::lost;
    }

    // Fills a cell that was just emptied, of a node that nobody can find yet: late writers have another state
    // in mind and fail, late readers look again, so the cell's own box can be written. False: it has none,
    // and there is none.
    [[nodiscard]] bool begin(node_index node, std::size_t cpu, const word* value) const noexcept {
        cell& at = cell_of(node, cpu);
        const word state = at.state.load(std::memory_order_acquire);     // acquire [cell]
        const word before = at.content.load(std::memory_order_acquire);  // acquire [cell]
        word content = value[0];
        if (value_words_ > 1) {
            node_index box = static_cast<node_index>(before);
            if (box == no_node) box = boxes_->take(pool::reserve);
            if (box == no_node) box = boxes_->take(pool::capacity);
            if (box == no_node) return false;
            boxes::copy_in(boxes_->value_of(box), value_words_, value);
            content = box;
        }
        return platform::compare_exchange_pair(&at.state, state, before, (state | filled) + one_version,
                                               content);
    }

    // Empties a cell, and returns what it held; after this, nobody who read it before can change it.
    bool empty(node_index node, std::size_t cpu, word* value) const noexcept {
        cell& at = cell_of(node, cpu);
        for (;;) {
            word state = 0;
            const bool was_filled = value != nullptr && read(node, cpu, value, state);
            if (value == nullptr) state = at.state.load(std::memory_order_acquire);  // acquire [cell]
            const word content = at.content.load(std::memory_order_acquire);         // acquire [cell]
            // A box stays with its cell.
            if (platform::compare_exchange_pair(&at.state, state, content, (state & ~filled) + one_version,
                                                content))
                return was_filled;
        }
    }

  private:
    struct alignas(16) cell {
        atomic_word state;
        atomic_word content;
    };
    static constexpr word filled = 1;
    static constexpr word one_version = 2;
    static constexpr std::size_t max_cells = std::size_t{1} << 31;

    [[nodiscard]] cell& cell_of(node_index node, std::size_t cpu) const noexcept {
        // By CPU first: the cells of one CPU are written by that CPU, most of the time.
        return static_cast<cell*>(memory_)[cpu * nodes_ + node];
    }

    std::size_t nodes_, cpus_, value_words_, bytes_ = 0;
    std::unique_ptr<boxes> boxes_;
    void* memory_ = nullptr;
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
