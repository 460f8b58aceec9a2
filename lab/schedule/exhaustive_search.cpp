// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Depth first through the tree of choices, without keeping states: each schedule is run from its beginning
// (Godefroid, Verisoft, 1997). What bounds the tree is the bound on preemptions (Musuvathi, Qadeer, 2007:
// most faults need two) and interrupts.

#include "lab/schedule/search_strategy.hpp"

#include <vector>

namespace resile_lab {
namespace {

class depth_first final : public search_strategy {
  public:
    std::size_t choose(const decision_point& at) override {
        if (depth_ == path_.size()) path_.push_back({0, static_cast<std::uint16_t>(at.open.size())});
        return path_[depth_++].chosen;
    }
    bool prepare_next() override {
        while (!path_.empty() && path_.back().chosen + 1U == path_.back().open) path_.pop_back();
        depth_ = 0;
        if (path_.empty()) return false;
        ++path_.back().chosen;
        return true;
    }
    void begin_anew() override {
        path_.clear();
        depth_ = 0;
    }

  private:
    struct branch {
        std::uint16_t chosen, open;
    };
    std::vector<branch> path_;
    std::size_t depth_ = 0;
};

}  // namespace

std::unique_ptr<search_strategy> exhaustive_search() {
    return std::make_unique<depth_first>();
}

}  // namespace resile_lab
