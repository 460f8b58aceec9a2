// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Random walks. With one probability for all, long schedules would all look alike; so each schedule draws its
// own, from one in 64 to one in 2.

#include "lab/judge/random_numbers.hpp"
#include "lab/schedule/search_strategy.hpp"

namespace resile_lab {
namespace {

class random_walk final : public search_strategy {
  public:
    explicit random_walk(std::uint64_t seed) : random_(seed) { (void)prepare_next(); }

    std::size_t choose(const decision_point& at) override {
        if (random_.below(64) >= out_of_64_) return 0;
        return 1 + random_.below(static_cast<unsigned>(at.open.size() - 1));
    }
    bool prepare_next() override {
        out_of_64_ = 1U << random_.below(6);
        return true;
    }

  private:
    random_numbers random_;
    unsigned out_of_64_ = 1;
};

}  // namespace

std::unique_ptr<search_strategy> random_search(std::uint64_t seed) {
    return std::make_unique<random_walk>(seed);
}

}  // namespace resile_lab
