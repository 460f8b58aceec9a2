// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The exact maps, in all their shapes; and the one with a fault planted in it.

#include "lab/injection/lru_experiment.hpp"
#include "lab/injection/subject_list.hpp"
#include "lab/judge/bucket_seats.hpp"

#include <algorithm>

namespace resile_lab {
namespace {

template <class Values, class Equal>
using kind_with =
    plain_kind<Values,
               resile::lru_map<std::uint64_t, typename Values::type, resile::hash<std::uint64_t>, Equal>>;

template <class Kind>
class lru_subject final : public subject {
  public:
    // `only`: the states that matter to it, or fills; none: all.
    lru_subject(std::string name, resile::recency order, bool with_victims,
                const std::vector<std::string>& only)
        : name_(std::move(name)), with_victims_(with_victims) {
        options_.order = order;
        options_.contexts = 4;
        options_.seed = 1;
        options_.huge_pages = false;
        scenes_ = scenes_of(options_);
        std::erase_if(scenes_, [&](const scene& one) { return !only.empty() && !is_among(only, one); });
        for (const map_call what : Kind::operations())
            operations_.push_back({map_operation::kind::call, what});
        if (Kind::has_handles) operations_.push_back({map_operation::kind::keep, map_call::find});
        operations_.push_back({map_operation::kind::for_each, map_call::get});
    }
    std::string name() const override { return name_; }
    std::vector<std::string> operations() const override {
        std::vector<std::string> names;
        for (const map_operation& one : operations_) names.push_back(one.name());
        return names;
    }
    std::vector<std::string> states() const override {
        std::vector<std::string> names;
        for (const scene& one : scenes_) names.push_back(name_of(one));
        return names;
    }
    bool can_be(const cell& which) const override {
        const scene& where = scenes_[which.state];
        // Whether there was a handle is asked by insertions only.
        if (where.full->what == special::handled &&
            std::none_of(which.operations.begin(), which.operations.end(),
                         [&](std::size_t one) { return may_insert(operations_[one].what); }))
            return false;
        for (std::size_t i = 0; i < which.operations.size(); ++i) {
            const map_operation& one = operations_[which.operations[i]];
            const bool is_walk = one.is == map_operation::kind::for_each;
            if (!is_telling(one, where)) return false;
            // One that clears, or walks, is no single step: what comes in between is judged for one other.
            if (i + 1 < which.operations.size() && which.operations.size() > 2 && (is_walk || one.clears()))
                return false;
            // A walk over values per CPU allocates: for the task only, and not to be left in the middle.
            if (is_walk && !Kind::walks_anywhere && (i > 0 || which.kill)) return false;
        }
        return true;
    }
    std::unique_ptr<experiment> prepare(const cell& which) const override {
        lru_trial trial{scenes_[which.state], {}, which.kill, with_victims_, options_};
        for (const std::size_t operation : which.operations)
            trial.operations.push_back(operations_[operation]);
        return std::make_unique<lru_experiment<Kind>>(trial, outer_points_);
    }

  private:
    // What differs from `get` or `find` by an instruction or two meets the others in some states only.
    [[nodiscard]] bool is_telling(const map_operation& one, const scene& where) const {
        const bool is_shared = options_.order == resile::recency::shared;
        if (one.is == map_operation::kind::keep)
            return is_shared && is_among({"single", "handled", "dying/same", "dying/new-bucket"}, where);
        if (one.is == map_operation::kind::call &&
            (one.what == map_call::peek || one.what == map_call::contains || one.what == map_call::size))
            return is_shared && is_among({"full/same", "full/absent", "single/new-bucket"}, where);
        return true;
    }
    // States, or fills in all their states.
    [[nodiscard]] static bool is_among(const std::vector<std::string>& states, const scene& one) {
        return std::any_of(states.begin(), states.end(), [&](const std::string& name) {
            return name == one.full->name || name == name_of(one);
        });
    }

    std::string name_;
    bool with_victims_;
    resile::lru_options options_;
    std::vector<scene> scenes_;
    std::vector<map_operation> operations_;
    mutable outer_points outer_points_;
};

}  // namespace

// Half of them learn their victims by the hook, the others take the way without. Recency per CPU is about who
// has to go, values per CPU are about values: in the states of which neither is a matter, they are `shared`.
subject_list exact_subjects() {
    using resile::recency;
    subject_list all;
    const auto add = [&](auto kind, const char* name, recency order, bool with_victims,
                         const std::vector<std::string>& only) {
        all.push_back(std::make_unique<lru_subject<decltype(kind)>>(name, order, with_victims, only));
    };
    add(plain_kind<one_word>(), "shared/8", recency::shared, true, {});
    add(plain_kind<five_words>(), "shared/40", recency::shared, false, {});
    // The same, where entries find no seats and stand in chains; and where one does, which matters to the
    // values that are replaced.
    const std::vector<std::string> in_chains = {"one", "single", "full", "dying"};
    add(kind_with<one_word, chained>(), "chained/8", recency::shared, false, in_chains);
    add(kind_with<five_words, chained>(), "chained/40", recency::shared, true, in_chains);
    add(kind_with<five_words, crowded>(), "crowded/40", recency::shared, false, {"room", "full", "dying"});
    const std::vector<std::string> evicting = {"single", "full", "used", "dying"};
    add(plain_kind<one_word>(), "per-cpu/8", recency::per_cpu, false, evicting);
    add(plain_kind<five_words>(), "per-cpu/40", recency::per_cpu, true, evicting);
    const std::vector<std::string> telling = {"empty", "one", "single", "full"};
    add(percpu_kind<one_word>(), "per-cpu-values/8", recency::shared, true, telling);
    add(percpu_kind<five_words>(), "per-cpu-values/40", recency::per_cpu, false, telling);
    // Of a map of bytes, what is its own lies before and behind the core.
    add(byte_kind<one_word>(), "bytes/8", recency::shared, false,
        {"full/same", "full/absent", "full/bucket-new"});
    add(byte_kind<five_words>(), "bytes/40", recency::shared, true,
        {"single/same", "single/absent", "single/new-bucket"});
    return all;
}

subject_list planted_map_subjects() {
    subject_list all;
    all.push_back(std::make_unique<lru_subject<two_step_kind<five_words>>>(
        "two-step-replace", resile::recency::shared, true, std::vector<std::string>()));
    return all;
}

}  // namespace resile_lab
