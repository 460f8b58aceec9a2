// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The same schedule again. A deviation names its place by a thread and its own steps, so that those that are
// left still fit when others are taken out (minimise.cpp).

#include "lab/schedule/search_strategy.hpp"

#include <utility>
#include <vector>

namespace resile_lab {
namespace {

class replay final : public search_strategy {
  public:
    explicit replay(schedule wanted) : wanted_(std::move(wanted)), used_(wanted_.size(), false) {}

    std::size_t choose(const decision_point& at) override {
        for (std::size_t i = 0; i < wanted_.size(); ++i) {
            const deviation& one = wanted_[i];
            if (used_[i] || one.thread != at.thread || one.step != at.step) continue;
            used_[i] = true;
            for (std::size_t k = 0; k < at.open.size(); ++k)
                if (at.open[k].thread == one.next && at.open[k].interrupt == one.interrupt) return k;
            return 0;
        }
        return 0;
    }
    bool prepare_next() override { return false; }
    void begin_anew() override { used_.assign(wanted_.size(), false); }

  private:
    schedule wanted_;
    std::vector<bool> used_;
};

}  // namespace

std::unique_ptr<search_strategy> one_schedule(schedule wanted) {
    return std::make_unique<replay>(std::move(wanted));
}

}  // namespace resile_lab
