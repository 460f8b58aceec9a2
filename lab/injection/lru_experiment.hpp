// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Operations of an exact map that meet in a scene, and what must be true afterwards.

#include "lab/injection/experiment.hpp"
#include "lab/injection/lru_fixture.hpp"

#include <algorithm>
#include <array>
#include <atomic>

namespace resile_lab {

// An operation by name: a call; a find whose handle is kept until all is over; or the walk over all entries.
struct map_operation {
    enum class kind : std::uint8_t { call, keep, for_each };
    kind is = kind::call;
    map_call what = map_call::get;

    [[nodiscard]] std::string name() const {
        return is == kind::call ? name_of(what) : is == kind::keep ? "keep" : "for_each";
    }
    // Does it happen at one instant, with an answer that says so?
    [[nodiscard]] bool is_one_step() const { return is != kind::for_each && what != map_call::size; }
    [[nodiscard]] bool clears() const { return is == kind::call && what == map_call::clear; }
};

struct lru_trial {
    const scene& where;
    std::vector<map_operation> operations;
    bool kill = false;
    bool with_victims = false;  // learn each victim, by the eviction hook
    resile::lru_options options{};
};

template <class Kind>
class lru_experiment final : public experiment {
  public:
    lru_experiment(const lru_trial& trial, outer_points& points)
        : trial_(trial), fixture_(trial.where, hooked(trial), points) {
        for (std::size_t i = 0; i < trial_.operations.size(); ++i) {
            const std::uint64_t key = i == 1 ? trial.where.second_key : trial.where.first_key;
            done_.push_back({{trial_.operations[i].what, key, numbers[i]}, {}, {}, false});
        }
        start_ = contents_of<Kind>(map());
    }

    void perform(std::size_t context) noexcept override {
        const std::size_t below = now_;
        now_ = context;
        switch (trial_.operations[context].is) {
            case map_operation::kind::call:
                done_[context].given = Kind::perform(map(), done_[context].wanted);
                break;
            case map_operation::kind::keep:
                if constexpr (Kind::has_handles)
                    done_[context].given = Kind::keep(map(), done_[context].wanted.key, kept_[context]);
                break;
            case map_operation::kind::for_each:
                map().for_each([&](const std::uint64_t& key, const auto&) { walks_[context].see(key); });
        }
        now_ = below;
        // One step: a handler in the middle of it has a bit of its own to set. relaxed: one thread
        std::atomic_ref(ended_).fetch_or(1U << context, std::memory_order_relaxed);
    }

    verdict judge() override {
        fixture_.finish_outer();
        kept_ = {};
        verdict found;
        found.broken = trial_.kill ? judge_survivors() : judge_all(found.seen);
        return found;
    }

  private:
    static constexpr std::uint64_t numbers[] = {100, 1000, 10000};
    static constexpr std::size_t nobody = 3;

    // Keys that a walk has visited.
    struct walk {
        std::array<std::uint64_t, 16> keys{};
        std::size_t size = 0;
        void see(std::uint64_t key) noexcept {
            if (size < keys.size()) keys[size++] = key;
        }
        [[nodiscard]] std::size_t visits(std::uint64_t key) const {
            return static_cast<std::size_t>(
                std::count(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(size), key));
        }
    };

    [[nodiscard]] resile::lru_options hooked(const lru_trial& trial) noexcept {
        resile::lru_options options = trial.options;
        if (trial.with_victims) {
            options.on_eviction = [](void* self, const void* key, const void*) noexcept {
                auto& mine = *static_cast<lru_experiment*>(self);
                if (mine.now_ != nobody)
                    mine.done_[mine.now_].victim = *static_cast<const std::uint64_t*>(key);
            };
            options.eviction_context = this;
        }
        return options;
    }
    [[nodiscard]] typename Kind::map_type& map() noexcept { return fixture_.map(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return trial_.where.full->capacity; }

    // Those that have ended, but for walks, which answer nothing.
    [[nodiscard]] history history_from(std::size_t first, const bounds& room,
                                       bool may_be_own_victims = false) const {
        std::vector<done_operation> all;
        for (std::size_t i = first; i < done_.size(); ++i) {
            if ((ended_ >> i & 1U) == 0 || !trial_.operations[i].is_one_step() || was_rightly_refused(i))
                continue;
            all.push_back(done_[i]);
            all.back().victim_is_known = trial_.with_victims && !is_handle_kept();
            all.back().may_be_its_own_victim = may_be_own_victims;
        }
        return {std::move(all), room};
    }

    // No memory, because a handle of another context was on every entry: as if it had not been tried.
    [[nodiscard]] bool was_rightly_refused(std::size_t which) const {
        return done_[which].given.answer == map_answer::no_memory && may_insert(done_[which].wanted.what) &&
               may_all_have_handles();
    }
    [[nodiscard]] bool may_all_have_handles() const {
        const auto handles = std::count_if(trial_.operations.begin(), trial_.operations.end(),
                                           [](const auto& one) { return one.what == map_call::find; });
        return static_cast<std::size_t>(handles) >= capacity();
    }
    // Then somebody may have to go only when it is given back.
    [[nodiscard]] bool is_handle_kept() const {
        return std::any_of(trial_.operations.begin(), trial_.operations.end(),
                           [](const auto& one) { return one.is == map_operation::kind::keep; });
    }

    [[nodiscard]] std::string judge_all(std::vector<std::string>& seen) {
        const map_contents left = contents_of<Kind>(map());
        if (!is_explained(left, seen)) return "linearizable: no order explains " + told(left);
        for (std::size_t i = 0; i < trial_.operations.size(); ++i)
            if (trial_.operations[i].is == map_operation::kind::for_each && (ended_ >> i & 1U) != 0 &&
                !walked_well(walks_[i], left))
                return "for_each: wrong visits " + told(left);
        if (!is_well_counted(left, 0)) return "size(): not between before and after " + told(left);
        const resile::lru_census census = map().census();
        if (!census.conserved(capacity())) return "M5 nothing stranded: " + text_of(census);
        if (map().size() != left.size())
            return "size() is " + std::to_string(map().size()) + " of " + std::to_string(left.size());
        const auto counts = map().statistics().total();
        if (counts.insertions - counts.evictions - counts.erasures != left.size())
            return "one victim per insertion: " + std::to_string(counts.insertions) + " insertions, " +
                   std::to_string(counts.evictions) + " evictions, " + std::to_string(counts.erasures) +
                   " erasures, " + std::to_string(left.size()) + " entries";
        return refill(capacity(), true);
    }

    [[nodiscard]] bool is_explained(const map_contents& left, std::vector<std::string>& seen) {
        // A clear has at most one entry's room in hand.
        if (trial_.operations[0].clears())
            return history_from(1, {capacity() - 1, capacity()}).explains_in_a_clear(start_, left);
        const bounds room = bounds::exactly(capacity());
        const history all = history_from(0, room);
        if (all.explains(start_, left, history::rigour::one_step)) return true;
        if (all.explains(start_, left, history::rigour::late_victim)) {
            seen.emplace_back("victim later than its insertion");
            return true;
        }
        // The insertion owed its room to the very first handle: docs/lru_map.md, "Limits".
        if (!is_handle_kept() || !may_all_have_handles() ||
            !history_from(0, room, true).explains(start_, left, history::rigour::late_victim))
            return false;
        seen.emplace_back("its own victim, when the handle ended");
        return true;
    }

    // The first operation has happened or not; the others were done after it, by those who are left.
    [[nodiscard]] std::string judge_survivors() {
        const map_contents left = contents_of<Kind>(map());
        if (!is_explained_after_death(left)) return "survivors: no order explains " + told(left);
        const std::size_t kept = most_nodes_kept();
        if (!is_well_counted(left, 1)) return "survivors: size(): not between before and after " + told(left);
        std::string broken = refill(capacity() - std::min(kept, capacity()), false);
        if (!broken.empty()) return broken;
        // Only now: a dead entry may stand beside its replacement until somebody comes by.
        const resile::lru_census census = map().census();
        if (census.lost + census.pinned_retired > kept || census.twice != 0 || census.duplicate_keys != 0)
            return "survivors: " + text_of(census);
        return {};
    }
    // By the dead context. A walk holds the entries of the chain that it is in. An insertion keeps its
    // victim's node, between two hands; where there may be handles, it holds the new one, too
    // (docs/lru_map.md, "Limits").
    [[nodiscard]] std::size_t most_nodes_kept() const {
        const map_operation& dead = trial_.operations[0];
        if (dead.is == map_operation::kind::for_each) return trial_.where.full->entries;
        return trial_.where.full->what == special::handled && may_insert(dead.what) ? 2 : 1;
    }
    [[nodiscard]] bool is_explained_after_death(const map_contents& left) const {
        const bounds room = bounds::with_one_lost(capacity());
        const history others = history_from(1, room);
        const auto follow = [&](const std::vector<map_contents>& states) {
            for (const map_contents& state : states)
                if (others.explains(state, left, history::rigour::late_room)) return true;
            return false;
        };
        if (follow({start_})) return true;
        if (!trial_.operations[0].is_one_step()) return false;
        if (trial_.operations[0].clears()) return follow(history::subsets_of(start_));
        // Nobody will ever know its answer or its victim.
        const map_reply given = model{start_}.perform(done_[0].wanted);
        const history alone({{done_[0].wanted, given, {}, false}}, room);
        return follow(alone.ends_from(start_, history::rigour::late_room));
    }

    // `lost`: nodes that a dead context may have kept.
    [[nodiscard]] bool is_well_counted(const map_contents& left, std::size_t lost) const {
        const auto [least, most] = std::minmax({start_.size(), left.size()});  // by value
        for (std::size_t i = 0; i < done_.size(); ++i) {
            if (done_[i].wanted.what != map_call::size || (ended_ >> i & 1U) == 0) continue;
            const std::uint64_t size = done_[i].given.value;
            if (size + lost < least || size > std::min(most + lost, capacity())) return false;
        }
        return true;
    }
    [[nodiscard]] static bool may_change_entries(const map_operation& one) {
        return one.clears() || may_insert(one.what) || may_erase(one.what) || one.what == map_call::replace ||
               one.what == map_call::update;
    }

    // Entries that were there throughout are visited once, others at most once.
    [[nodiscard]] bool walked_well(const walk& seen, const map_contents& left) const {
        for (const auto& [key, number] : start_) {
            bool untouched = left.count(key) != 0;
            for (std::size_t i = 0; i < done_.size(); ++i)
                untouched =
                    untouched && (done_[i].wanted.key != key || !may_change_entries(trial_.operations[i]));
            if (untouched && seen.visits(key) != 1) return false;
        }
        for (std::size_t i = 0; i < seen.size; ++i)
            if (seen.visits(seen.keys[i]) != 1) return false;
        return true;
    }

    // M2, at the first try.
    [[nodiscard]] std::string refill(std::size_t at_least, bool exactly) {
        map().clear();
        std::size_t refused = 0, found = 0;
        const std::uint64_t first = trial_.where.spare_key + 100, end = first + capacity();
        for (std::uint64_t key = first; key < end; ++key)
            if (Kind::perform(map(), {map_call::put, key, 1}).answer != map_answer::inserted) ++refused;
        for (std::uint64_t key = first; key < end; ++key) found += map().contains(key) ? 1U : 0U;
        const bool may_refuse = !exactly && at_least == 0;
        if (found < at_least || (refused != 0 && !may_refuse) || (exactly && map().size() != capacity()))
            return "M2 all of the capacity: refill of " + std::to_string(capacity()) + " found " +
                   std::to_string(found) + ", size() " + std::to_string(map().size()) + ", refused " +
                   std::to_string(refused);
        return {};
    }

    [[nodiscard]] std::string told(const map_contents& left) const {
        std::string text = to_text(start_);
        for (std::size_t i = 0; i < done_.size(); ++i) {
            if ((ended_ >> i & 1U) != 0) text += "; " + to_text(done_[i]);
        }
        return text + "; left " + to_text(left);
    }
    [[nodiscard]] static std::string text_of(const resile::lru_census& census) {
        return std::to_string(census.in_table) + " nodes in the table, " + std::to_string(census.free) +
               " free, " + std::to_string(census.reserve) + " in reserve, " +
               std::to_string(census.pinned_retired) + " kept by handles, " + std::to_string(census.lost) +
               " lost, " + std::to_string(census.twice) + " twice, " + std::to_string(census.duplicate_keys) +
               " duplicate keys";
    }

    lru_trial trial_;
    std::vector<done_operation> done_;
    std::array<walk, 3> walks_{};
    std::size_t now_ = nobody;
    unsigned ended_ = 0;
    map_contents start_;
    lru_fixture<Kind> fixture_;
    std::array<typename Kind::handle, 3> kept_{};  // given back before the map goes
};

}  // namespace resile_lab
