// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The hand that goes round the nodes, of one CPU. It moves by runs of 64 nodes, whose levels are a cache
// line; CPUs claim them from the common hand, one ahead. In the run where it is it remembers which entries
// were idle when it came.

#include <resile/detail/lru/node_table.hpp>

#include <bit>
#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail::lru {

// Where a CPU's hand stands. Advice: a handler or another thread that moves it meanwhile is overwritten by
// the next step, half of him perhaps; so a candidate may be any node of a run, also beyond the last.
class clock_hand {
  public:
    clock_hand(const node_table& table, cpu_share& share) noexcept : table_(table), share_(share) {
        const word runs = share.runs.load(std::memory_order_relaxed);  // relaxed: advice
        run_ = static_cast<std::uint32_t>(runs >> 32);
        run_after_ = static_cast<std::uint32_t>(runs);
        candidates_ = share.candidates.load(std::memory_order_relaxed);  // relaxed: advice
    }

    // Idle entries of the run that have not been tried yet.
    [[nodiscard]] bool has_candidate() const noexcept { return candidates_ != 0; }
    [[nodiscard]] node_index next_candidate() noexcept {
        const node_index node = node_at(candidates_);
        candidates_ &= candidates_ - 1;
        share_.candidates.store(candidates_, std::memory_order_relaxed);  // relaxed: advice
        return node;
    }
    // The fourth after the next, or any node.
    [[nodiscard]] node_index candidate_ahead() const noexcept {
        word later = candidates_;
        for (int i = 0; i < 4; ++i) later &= later - 1;
        return node_at(later | word{1} << 63);
    }

    std::uint32_t next_run() noexcept {
        run_ = run_after_;
        // n -> n + 1, relaxed: a position
        run_after_ = table_.global_hand().fetch_add(1, std::memory_order_relaxed) % table_.level_runs();
        tell_runs();
        return run_;
    }
    void go_to(std::uint32_t run, word candidates) noexcept {
        run_ = run;
        candidates_ = candidates;
        tell_runs();
        share_.candidates.store(candidates, std::memory_order_relaxed);  // relaxed: advice
    }
    // Everybody's hand, too.
    void goes_on_after(std::uint32_t run) noexcept {
        run_after_ = (run + 1) % table_.level_runs();
        tell_runs();
        table_.global_hand().store(run_after_ + 1, std::memory_order_relaxed);  // relaxed: a position
    }
    [[nodiscard]] std::uint32_t run_after() const noexcept { return run_after_; }

  private:
    void tell_runs() noexcept {
        share_.runs.store(word{run_} << 32 | run_after_, std::memory_order_relaxed);  // relaxed: advice
    }
    [[nodiscard]] node_index node_at(word places) const noexcept {
        return level_run::first_node(run_) + static_cast<unsigned>(std::countr_zero(places));
    }
    const node_table& table_;
    cpu_share& share_;
    std::uint32_t run_, run_after_;
    word candidates_;
};

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
