// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Operations of an exact map that meet in a scene, and what must be true afterwards.

#include "lab/injection/experiment.hpp"
#include "lab/injection/lru_fixture.hpp"

#include <algorithm>
#include <array>

namespace resile_lab {

// An operation by name: one of the map's, or the walk over all entries.
struct map_operation {
    std::optional<op> what;  // none: for_each
    [[nodiscard]] std::string name() const { return what ? name_of(*what) : "for_each"; }
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
            done_.push_back({{trial_.operations[i].what.value_or(op::get), key, numbers[i]}, {}, {}, false});
        }
        start_ = contents_of<Kind>(map());
    }

    void perform(std::size_t context) noexcept override {
        const std::size_t below = now_;
        now_ = context;
        if (trial_.operations[context].what)
            done_[context].given = Kind::perform(map(), done_[context].wanted);
        else
            map().for_each([&](const std::uint64_t& key, const auto&) { walks_[context].see(key); });
        now_ = below;
        ended_ |= 1U << context;
    }

    verdict judge() override {
        fixture_.finish_outer();
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
    [[nodiscard]] history history_from(std::size_t first, const bounds& room) const {
        std::vector<done_operation> all;
        for (std::size_t i = first; i < done_.size(); ++i) {
            if ((ended_ >> i & 1U) == 0 || !trial_.operations[i].what || was_rightly_refused(i)) continue;
            all.push_back(done_[i]);
            all.back().victim_is_known = trial_.with_victims;
        }
        return {std::move(all), room};
    }

    // No memory, because a handle of another context was on every entry: as if it had not been tried.
    [[nodiscard]] bool was_rightly_refused(std::size_t which) const {
        const op what = done_[which].wanted.what;
        const answer& given = done_[which].given;
        const bool refused =
            what == op::get_or_insert
                ? given.code == 0
                : model::may_insert(what) && given.code == static_cast<int>(resile::put_result::no_memory);
        const auto handles = std::count_if(trial_.operations.begin(), trial_.operations.end(),
                                           [](const map_operation& one) { return one.what == op::find; });
        return refused && static_cast<std::size_t>(handles) >= capacity();
    }

    [[nodiscard]] std::string judge_all(std::vector<std::string>& seen) {
        const map_contents left = contents_of<Kind>(map());
        const bounds room = bounds::exactly(capacity());
        if (trial_.operations[0].what == op::clear) {
            // It has at most one entry's room in hand.
            if (!history_from(1, {capacity() - 1, capacity()}).explains_in_a_clear(start_, left))
                return "linearizable: no order explains " + told(left);
        } else {
            const history all = history_from(0, room);
            if (!all.explains(start_, left, history::rigour::one_step)) {
                if (!all.explains(start_, left, history::rigour::late_victim))
                    return "linearizable: no order explains " + told(left);
                seen.emplace_back("victim later than its insertion");
            }
        }
        for (std::size_t i = 0; i < trial_.operations.size(); ++i)
            if (!trial_.operations[i].what && (ended_ >> i & 1U) != 0 && !walked_well(walks_[i], left))
                return "for_each: wrong visits " + told(left);
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

    // The first operation has happened or not; the others were done after it, by those who are left.
    [[nodiscard]] std::string judge_survivors() {
        const map_contents left = contents_of<Kind>(map());
        if (!is_explained_after_death(left)) return "survivors: no order explains " + told(left);
        // A walk holds the entries of the chain that it is in.
        const std::size_t kept = trial_.operations[0].what ? 1 : trial_.where.full->entries;
        std::string broken = refill(capacity() - std::min(kept, capacity()), false);
        if (!broken.empty()) return broken;
        // Only now: a dead entry may stand beside its replacement until somebody comes by.
        const resile::lru_census census = map().census();
        if (census.lost + census.pinned_retired > kept || census.twice != 0 || census.duplicate_keys != 0)
            return "survivors: " + text_of(census);
        return {};
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
        if (!trial_.operations[0].what) return false;
        if (trial_.operations[0].what == op::clear) return follow(history::subsets_of(start_));
        // Nobody will ever know its answer or its victim.
        const answer given = model{start_}.perform(done_[0].wanted);
        const history alone({{done_[0].wanted, given, {}, false}}, room);
        return follow(alone.ends_from(start_, history::rigour::late_room));
    }

    // Entries that were there throughout are visited once, others at most once.
    [[nodiscard]] bool walked_well(const walk& seen, const map_contents& left) const {
        for (const auto& [key, number] : start_) {
            bool untouched = left.count(key) != 0;
            for (std::size_t i = 0; i < done_.size(); ++i)
                untouched = untouched && (!trial_.operations[i].what || done_[i].wanted.key != key ||
                                          done_[i].wanted.what == op::get);
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
            if (Kind::perform(map(), {op::put, key, 1}).code !=
                static_cast<int>(resile::put_result::inserted))
                ++refused;
        for (std::uint64_t key = first; key < end; ++key) found += map().contains(key) ? 1U : 0U;
        const bool may_refuse = !exactly && at_least == 0;
        if (found < at_least || (refused != 0 && !may_refuse) || (exactly && map().size() != capacity()))
            return "M2 all of the capacity: refill of " + std::to_string(capacity()) + " found " +
                   std::to_string(found) + ", size() " + std::to_string(map().size()) + ", refused " +
                   std::to_string(refused);
        return {};
    }

    [[nodiscard]] std::string told(const map_contents& left) const {
        using resile_lab::text_of;
        std::string text = text_of(start_);
        for (std::size_t i = 0; i < done_.size(); ++i) {
            if ((ended_ >> i & 1U) != 0) text += "; " + text_of(done_[i]);
        }
        return text + "; left " + text_of(left);
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
};

}  // namespace resile_lab
