// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/history/lru_history.hpp"

#include <algorithm>

namespace resile_lab {
namespace {

// One atomic step of a call: the call itself; the eviction that an insertion may owe; the room that an
// erasure may lend before.
struct step {
    const recorded_call* of;
    std::size_t number;  // of the call
    bool makes_room;
    std::uint64_t begun, ended;
};

class sequential_lru {
  public:
    struct state {
        map_entries entries;
        // Insertions that have happened, before their second step; and whether their entry was there.
        std::vector<std::pair<std::size_t, bool>> to_settle;
        std::vector<std::size_t> lent;  // by erasures that have not happened yet
    };

    sequential_lru(std::size_t max_entries, room when) : max_entries_(max_entries), when_(when) {}

    template <class Next>
    void after(const state& now, const step& next, Next&& possible) const {
        if (next.makes_room && is_erasure(next))
            lend(now, next, possible);
        else if (next.makes_room)
            settle(now, next, possible);
        else
            perform(now, next, possible);
    }

    [[nodiscard]] static std::string fingerprint(const state& now) {
        std::string text;
        for (const auto& [key, value] : now.entries)
            text.append(std::to_string(key)).append("=").append(std::to_string(value)).append(",");
        for (const auto& [call, appeared] : now.to_settle)
            text.append(appeared ? "+" : "-").append(std::to_string(call));
        for (const std::size_t call : now.lent) text.append("/").append(std::to_string(call));
        return text;
    }

  private:
    [[nodiscard]] static map_entries::iterator place_of(map_entries& entries, std::uint64_t key) {
        return std::lower_bound(entries.begin(), entries.end(), std::pair{key, std::uint64_t{0}});
    }

    template <class Next>
    void perform(const state& before, const step& one, Next&& possible) const {
        const asked_of_map& asked = one.of->asked;
        state now = before;
        const auto at = place_of(now.entries, asked.key);
        const bool there = at != now.entries.end() && at->first == asked.key;
        const bool returned = one.of->ended != never_ended;
        // Of a call that never returned, any answer will do.
        const auto said = [&](map_answer wanted) { return !returned || one.of->answer == wanted; };
        switch (asked.what) {
            case map_call::get:
            case map_call::take:
                if (!said(there ? map_answer::present : map_answer::absent)) return;
                if (there && returned && one.of->value != at->second) return;
                if (asked.what == map_call::get) return possible(std::move(now));
                if (there) now.entries.erase(at);
                return stop_lending(now, one, possible);
            case map_call::erase:
                if (!said(there ? map_answer::present : map_answer::absent)) return;
                if (there) now.entries.erase(at);
                return stop_lending(now, one, possible);
            case map_call::replace:
            case map_call::add:
                if (!said(there ? map_answer::replaced : map_answer::absent)) return;
                if (there) at->second = asked.value + (asked.what == map_call::add ? at->second : 0);
                return possible(std::move(now));
            case map_call::put:
            case map_call::upsert:
            case map_call::insert:
                break;
        }
        if (there) {
            if (!said(asked.what == map_call::insert ? map_answer::present : map_answer::replaced)) return;
            if (asked.what == map_call::put) at->second = asked.value;
            if (asked.what == map_call::upsert) at->second += asked.value;
            return possible(std::move(now));
        }
        const bool refused = one.of->answer == map_answer::no_memory;
        if (refused && returned) {  // before anybody could see it
            state unseen = now;
            if (when_ == room::before_it_returns) unseen.to_settle.emplace_back(one.number, false);
            possible(std::move(unseen));
        }
        if (!said(map_answer::inserted) && !(refused && when_ == room::before_it_returns)) return;
        now.entries.insert(at, {asked.key, asked.value});
        if (when_ == room::before_it_returns) {
            now.to_settle.emplace_back(one.number, true);
            possible(std::move(now));
        } else {
            const std::pair own{asked.key, asked.value};
            evict(now, &own, possible);
        }
    }

    template <class Next>
    void settle(const state& before, const step& one, Next&& possible) const {
        state now = before;
        // Not its key: by now that may be somebody else's entry.
        const std::pair own{one.of->asked.key, one.of->asked.value};
        const bool refused = one.of->answer == map_answer::no_memory && one.of->ended != never_ended;
        const auto owed = std::find_if(now.to_settle.begin(), now.to_settle.end(),
                                       [&](const auto& insertion) { return insertion.first == one.number; });
        if (owed == now.to_settle.end()) return;  // its insertion comes first
        const bool appeared = owed->second;
        now.to_settle.erase(owed);
        if (!appeared) return possible(std::move(now));
        if (!refused) return evict(now, &own, possible);
        std::erase(now.entries, own);  // taken back
        possible(std::move(now));
    }

    [[nodiscard]] static bool is_erasure(const step& one) {
        return one.of->asked.what == map_call::erase || one.of->asked.what == map_call::take;
    }
    // A node for the one that will come free: an insertion may use it. Later than the erasure: nothing.
    template <class Next>
    void lend(const state& before, const step& one, Next&& possible) const {
        possible(before);
        state now = before;
        now.lent.push_back(one.number);
        std::sort(now.lent.begin(), now.lent.end());
        possible(std::move(now));
    }
    // Now the entry has left; or there was none, and an insertion that used the room evicts late.
    template <class Next>
    void stop_lending(const state& before, const step& one, Next&& possible) const {
        state now = before;
        std::erase(now.lent, one.number);
        evict(now, nullptr, possible);
    }

    // One entry less, but not that one, if there are too many.
    template <class Next>
    void evict(const state& now, const map_entries::value_type* spared, Next&& possible) const {
        if (now.entries.size() <= max_entries_ + now.lent.size() + now.to_settle.size()) return possible(now);
        for (std::size_t victim = 0; victim < now.entries.size(); ++victim) {
            if (spared != nullptr && now.entries[victim] == *spared) continue;
            state next = now;
            next.entries.erase(next.entries.begin() + static_cast<std::ptrdiff_t>(victim));
            possible(std::move(next));
        }
    }

    std::size_t max_entries_;
    room when_;
};

}  // namespace

const char* name_of(map_call what) noexcept {
    constexpr const char* names[] = {"get", "put", "insert", "replace", "add", "upsert", "erase", "take"};
    return names[static_cast<std::size_t>(what)];
}

const char* name_of(map_answer answer) noexcept {
    constexpr const char* names[] = {"absent", "present", "inserted", "replaced", "no memory", "refused"};
    return names[static_cast<std::size_t>(answer)];
}

std::string to_text(const asked_of_map& asked) {
    std::string text = name_of(asked.what);
    text.append("(").append(std::to_string(asked.key));
    const bool writes =
        asked.what != map_call::get && asked.what != map_call::erase && asked.what != map_call::take;
    if (writes) text.append(", ").append(std::to_string(asked.value));
    return text.append(")");
}

std::string to_text(const recorded_call& call) {
    std::string text = to_text(call.asked);
    if (call.ended == never_ended) return text.append(" never returned");
    text.append(" = ").append(name_of(call.answer));
    const bool reads = call.asked.what == map_call::get || call.asked.what == map_call::take;
    if (reads && call.answer == map_answer::present) text.append(" ").append(std::to_string(call.value));
    return text;
}

std::string to_text(const std::vector<recorded_call>& calls) {
    std::vector<const recorded_call*> sorted;
    for (const recorded_call& one : calls) sorted.push_back(&one);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto* a, const auto* b) { return a->begun < b->begun; });
    std::string text;
    for (const recorded_call* one : sorted)
        text.append("  ")
            .append(std::to_string(one->begun))
            .append(" to ")
            .append(one->ended == never_ended ? std::string("ever") : std::to_string(one->ended))
            .append(": ")
            .append(to_text(*one))
            .append("\n");
    return text;
}

order_verdict judge_history(const std::vector<recorded_call>& calls, std::size_t max_entries,
                            map_entries contents, room when) {
    std::sort(contents.begin(), contents.end());
    std::vector<step> steps;
    for (std::size_t i = 0; i < calls.size(); ++i)
        steps.push_back({&calls[i], i, false, calls[i].begun, calls[i].ended});
    // The second steps go last: the numbers of the first ones stay those of the calls.
    if (when == room::before_it_returns)
        for (std::size_t i = 0; i < calls.size(); ++i)
            if (calls[i].answer == map_answer::inserted || calls[i].answer == map_answer::no_memory ||
                calls[i].asked.what == map_call::erase || calls[i].asked.what == map_call::take ||
                calls[i].ended == never_ended)
                steps.push_back({&calls[i], i, true, calls[i].begun, calls[i].ended});
    const sequential_lru model(max_entries, when);
    order_verdict verdict = find_order(model, {std::move(contents), {}, {}}, steps);
    std::erase_if(verdict.order, [&](std::size_t number) { return number >= calls.size(); });
    return verdict;
}

}  // namespace resile_lab
