// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What scenarios of the product have in common: each thread has its slot before the first schedule. Compiled
// against the scheduled platform only.

#include "lab/schedule/scenario.hpp"
#include "lab/schedule/scheduler.hpp"

#include <resile/context.hpp>

#include <vector>

namespace resile_lab {

class product_scenario : public scenario {
  public:
    explicit product_scenario(unsigned threads) : threads_(threads) {}
    ~product_scenario() override;

    [[nodiscard]] unsigned threads() const final { return threads_; }
    void prepare(scheduler&) override;
    [[nodiscard]] named_word name(const void* word) const override;

  protected:
    [[nodiscard]] unsigned slot_of(unsigned thread) const { return slots_[thread]; }

  private:
    unsigned threads_;
    std::vector<unsigned> slots_;
};

}  // namespace resile_lab
