// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The sequential specification of a bounded map, and the search for an order of operations that explains what
// was seen. A new key in a full map costs one entry, any one but the new one.

#include "lab/history/map_calls.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace resile_lab {

// How many entries there may be. An exact map has no choice; one that a dead context keeps a node of, or
// whose dead context did not settle, may evict one entry earlier, or one later.
struct bounds {
    std::size_t may_evict_above;   // with more than that, an insertion may have a victim
    std::size_t must_evict_above;  // with more than that, it must
    [[nodiscard]] static bounds exactly(std::size_t entries) { return {entries, entries}; }
    [[nodiscard]] static bounds with_one_lost(std::size_t entries) { return {entries - 1, entries + 1}; }
};

// An operation that has ended, and what is known of it.
struct done_operation {
    asked_of_map wanted;
    map_reply given;
    std::optional<std::uint64_t> victim;
    bool victim_is_known = true;
    bool may_be_its_own_victim = false;
};

// Operations with their answers, and what they may have left, over all orders that give these answers. An
// insertion is a step of its own, and what it costs a later one (docs/lru_map.md, "First the entry, then the
// room"): in between, others may see one entry more than there may be, or make room, so that nobody has to
// go.
class history {
  public:
    // How much of an order is asked for. `late_room`: an erasure, too, is two steps, and what it gives up can
    // be used only after the second, so that an insertion in between costs an entry of a map that is not
    // full.
    enum class rigour : std::uint8_t { one_step, late_victim, late_room };

    history(std::vector<done_operation> all, const bounds& room) : all_(std::move(all)), room_(room) {}

    [[nodiscard]] std::vector<map_contents> ends_from(const map_contents& before, rigour how) const {
        std::vector<map_contents> ends;
        go_on({before, 0, 0, 0}, how, ends);
        return ends;
    }
    [[nodiscard]] bool explains(const map_contents& before, const map_contents& left, rigour how) const {
        const auto ends = ends_from(before, how);
        return std::find(ends.begin(), ends.end(), left) != ends.end();
    }
    // The same if all of them came in the middle of a `clear`, which erases the entries that were there, one
    // after the other: some of them before, the rest after. What the others wrote may go, too, or stay.
    [[nodiscard]] bool explains_in_a_clear(const map_contents& before, const map_contents& left) const {
        for (const map_contents& between : subsets_of(before))
            for (map_contents after : ends_from(between, rigour::late_room)) {
                for (const auto& [key, number] : between) after.erase(key);
                if (after == left) return true;
                for (const done_operation& one : all_) after.erase(one.wanted.key);
                if (after == left) return true;
            }
        return false;
    }
    [[nodiscard]] static std::vector<map_contents> subsets_of(const map_contents& whole) {
        std::vector<map_contents> all{{}};
        for (const auto& entry : whole)
            for (std::size_t i = all.size(); i > 0; --i) {
                all.push_back(all[i - 1]);
                all.back().insert(entry);
            }
        return all;
    }

  private:
    // What has happened so far: bits by operation.
    struct moment {
        map_contents entries;
        unsigned begun, unsettled, holding_room;
    };

    void go_on(const moment& now, rigour how, std::vector<map_contents>& ends) const {
        if (now.begun == (1U << all_.size()) - 1 && now.unsettled == 0) {
            ends.push_back(now.entries);
            return;
        }
        for (std::size_t i = 0; i < all_.size(); ++i) {
            const unsigned mine = 1U << i;
            if ((now.unsettled & mine) != 0)
                settle(now, i, how, ends);
            else if ((now.begun & mine) == 0 && (how != rigour::one_step || now.unsettled == 0))
                begin(now, i, how, ends);
            if ((now.holding_room & mine) != 0)
                go_on({now.entries, now.begun, now.unsettled, now.holding_room & ~mine}, how, ends);
        }
    }
    void begin(const moment& now, std::size_t who, rigour how, std::vector<map_contents>& ends) const {
        model map{now.entries};
        if (map.perform(all_[who].wanted) != all_[who].given) return;
        const bool is_new = map.entries.size() > now.entries.size();
        if (!is_new && all_[who].victim) return;
        const unsigned mine = 1U << who;
        const bool holds_room = how == rigour::late_room && map.entries.size() < now.entries.size();
        go_on({map.entries, now.begun | mine, is_new ? now.unsettled | mine : now.unsettled,
               holds_room ? now.holding_room | mine : now.holding_room},
              how, ends);
    }
    void settle(const moment& now, std::size_t who, rigour how, std::vector<map_contents>& ends) const {
        const done_operation& mine = all_[who];
        moment after = now;
        after.unsettled &= ~(1U << who);
        // The others that have not settled yet will see to themselves.
        const auto others = static_cast<std::size_t>(__builtin_popcount(after.unsettled));
        if ((!mine.victim_is_known || !mine.victim) && now.entries.size() <= room_.must_evict_above + others)
            go_on(after, how, ends);
        const auto held = static_cast<std::size_t>(__builtin_popcount(now.holding_room));
        if (now.entries.size() + held <= room_.may_evict_above) return;
        for (const auto& [key, number] : now.entries) {
            const bool own = key == mine.wanted.key && number == mine.wanted.value;  // or a successor's
            if ((own && !mine.may_be_its_own_victim) || (mine.victim_is_known && mine.victim != key))
                continue;
            after.entries = now.entries;
            after.entries.erase(key);
            go_on(after, how, ends);
        }
    }

    std::vector<done_operation> all_;
    bounds room_;
};

[[nodiscard]] inline std::string to_text(const done_operation& one) {
    const std::string text = to_text(one.wanted) + " = " + to_text(one.wanted.what, one.given);
    return one.victim ? text + " evicting " + std::to_string(*one.victim) : text;
}

}  // namespace resile_lab
