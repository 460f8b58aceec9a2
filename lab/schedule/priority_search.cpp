// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// PCT (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010). Threads have random priorities, and the
// highest one that can run does. At d - 1 points, drawn beforehand among the k points that a schedule has,
// the running thread's priority falls below all others. A fault of depth d in a program of n threads is found
// by each schedule with probability at least 1 / (n k^(d-1)).
//
// Interrupts are ours: each comes at a point drawn in the same way, to whoever is about to run there.

#include "lab/judge/random_numbers.hpp"
#include "lab/schedule/search_strategy.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace resile_lab {
namespace {

class priorities final : public search_strategy {
  public:
    priorities(std::uint64_t seed, unsigned changes) : random_(seed), changes_(changes) {
        (void)prepare_next();
    }

    std::size_t choose(const decision_point& at) override {
        const std::uint64_t here = point_++;
        if (std::find(falls_.begin(), falls_.end(), here) != falls_.end()) priority_[at.thread] = lowest_--;
        const bool interrupt = std::find(interrupts_.begin(), interrupts_.end(), here) != interrupts_.end();
        // Who pauses gives way whatever its priority, most of the time: it waits for the others.
        const bool stubborn = !at.can_go_on && random_.below(8) == 0;
        std::size_t best = 0;
        for (std::size_t i = 0; i < at.open.size(); ++i)
            if (!at.open[i].interrupt && (at.can_go_on || stubborn || at.open[i].thread != at.thread) &&
                (at.open[best].interrupt || priority(at.open[i]) > priority(at.open[best])))
                best = i;
        if (!interrupt) return best;
        for (std::size_t i = 0; i < at.open.size(); ++i)
            if (at.open[i].interrupt && at.open[i].thread == at.open[best].thread) return i;
        return best;
    }
    bool prepare_next() override {
        longest_ = std::max(longest_, point_);
        point_ = 0;
        lowest_ = -1;
        for (std::size_t i = 0; i < priority_.size(); ++i) priority_[i] = static_cast<int>(i);
        for (std::size_t i = priority_.size(); i > 1; --i)
            std::swap(priority_[i - 1], priority_[random_.below(static_cast<unsigned>(i))]);
        draw(falls_, changes_);
        draw(interrupts_, 2);
        return true;
    }

  private:
    void draw(std::vector<std::uint64_t>& points, unsigned count) {
        points.clear();
        for (unsigned i = 0; i < count; ++i)
            points.push_back(random_.below(static_cast<unsigned>(std::max<std::uint64_t>(longest_, 8))));
    }
    [[nodiscard]] int priority(const alternative& one) const { return priority_[one.thread % 8]; }

    random_numbers random_;
    unsigned changes_;
    std::array<int, 8> priority_{};
    int lowest_ = -1;
    std::vector<std::uint64_t> falls_, interrupts_;
    std::uint64_t point_ = 0, longest_ = 0;
};

}  // namespace

std::unique_ptr<search_strategy> priority_search(std::uint64_t seed, unsigned changes) {
    return std::make_unique<priorities>(seed, changes);
}

}  // namespace resile_lab
