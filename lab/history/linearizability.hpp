// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Is there an order that explains a history?
//
// A history is a set of calls, each with the instants at which it began and ended and the answer it got. It
// is linearizable (Herlihy, Wing, 1990) if its calls can be put in one order in which none stands before a
// call that had ended when it began, and in which the sequential model gives every answer that was given.
//
// The search is that of Wing and Gong (1993): of the calls that may come first, try each that the model
// allows, and go on from there. Lowe's memoisation (2017): what lies behind a pair (calls that are ordered,
// state of the model) is searched once.
//
// 1. A call may come next if no call that is left had ended when it began: only those that begin before the
//    first end among the calls that are left.
// 2. The model may be undecided: it names each state that may follow. So an eviction may take any victim.
// 3. A call that never returned may have happened or not; its `ended` is never_ended.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace resile_lab {

inline constexpr std::uint64_t never_ended = std::numeric_limits<std::uint64_t>::max();

struct order_verdict {
    bool linearizable = false;
    // An order that explains all calls; if there is none, the longest that explains some of them.
    std::vector<std::size_t> order;
    std::size_t configurations = 0;  // pairs (calls ordered, state) that were looked at
};

// Model: `state`, a type that can be copied; `void after(const state&, const Call&, Next next)`, which calls
// next(state) for each state that may follow if the call gets its answer there; `std::string
// fingerprint(const state&)`, equal for equal states. Call: has `begun` and `ended`, instants of one clock.
template <class Model, class Call>
class linearizability_check {
  public:
    using state = typename Model::state;

    linearizability_check(const Model& model, const std::vector<Call>& calls)
        : model_(model), calls_(calls), by_begin_(calls.size()), done_(calls.size(), false) {
        for (std::size_t i = 0; i < by_begin_.size(); ++i) by_begin_[i] = i;
        std::stable_sort(by_begin_.begin(), by_begin_.end(),
                         [&](std::size_t a, std::size_t b) { return calls_[a].begun < calls_[b].begun; });
    }

    [[nodiscard]] order_verdict run(const state& start) {
        verdict_.linearizable = search(start);
        if (verdict_.linearizable) verdict_.order = order_;
        verdict_.configurations = visited_.size();
        return std::move(verdict_);
    }

  private:
    // From here: places in by_begin_.
    [[nodiscard]] bool search(const state& now) {
        if (order_.size() > verdict_.order.size()) verdict_.order = order_;
        const std::size_t first_left = first_not_done();
        std::uint64_t first_end = never_ended;
        for (std::size_t i = first_left; i < by_begin_.size(); ++i)
            if (!done_[i]) first_end = std::min(first_end, call(i).ended);
        if (first_end == never_ended) return true;  // what is left need not have happened
        for (std::size_t i = first_left; i < by_begin_.size() && call(i).begun < first_end; ++i) {
            if (done_[i]) continue;
            std::vector<state> following;
            model_.after(now, call(i), [&](state next) { following.push_back(std::move(next)); });
            if (following.empty()) continue;
            done_[i] = true;
            order_.push_back(by_begin_[i]);
            for (const state& next : following)
                if (visited_.insert(configuration(next)).second && search(next)) return true;
            order_.pop_back();
            done_[i] = false;
        }
        return false;
    }

    [[nodiscard]] const Call& call(std::size_t place) const { return calls_[by_begin_[place]]; }
    [[nodiscard]] std::size_t first_not_done() const {
        return static_cast<std::size_t>(std::find(done_.begin(), done_.end(), false) - done_.begin());
    }
    [[nodiscard]] std::string configuration(const state& now) const {
        const std::size_t first_left = first_not_done();
        std::string text = std::to_string(first_left);
        text.push_back(':');
        std::size_t last = done_.size();
        while (last > first_left && !done_[last - 1]) --last;
        for (std::size_t i = first_left; i < last; ++i) text.push_back(done_[i] ? '1' : '0');
        return text + ":" + model_.fingerprint(now);
    }

    const Model& model_;
    const std::vector<Call>& calls_;
    std::vector<std::size_t> by_begin_;
    std::vector<bool> done_;  // by place in by_begin_
    std::vector<std::size_t> order_;
    std::unordered_set<std::string> visited_;
    order_verdict verdict_;
};

// For windows of some hundred calls: the search is as deep as the history is long.
template <class Model, class Call>
[[nodiscard]] order_verdict find_order(const Model& model, const typename Model::state& start,
                                       const std::vector<Call>& calls) {
    return linearizability_check<Model, Call>(model, calls).run(start);
}

}  // namespace resile_lab
