// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/history/lru_history.hpp"

#include <algorithm>

namespace resile_lab {
namespace {

// One atomic step of a call: the call itself; of an insertion, whether it owes room, and then the eviction;
// of an erasure, the room that it may lend before.
enum class part : std::uint8_t { call, debt, eviction, loan };
struct step {
    const recorded_call* of;
    std::size_t number;  // of the call
    part which;
    std::uint64_t begun, ended;
};

// Whether it may have inserted. Nobody can tell of get_or_insert, by its answer, or of a call that never
// returned.
[[nodiscard]] bool may_have_inserted(const recorded_call& call) noexcept {
    return call.answer == map_answer::inserted || call.answer == map_answer::no_memory ||
           call.asked.what == map_call::get_or_insert ||
           (call.ended == never_ended && may_insert(call.asked.what));
}

class sequential_lru {
  public:
    enum class phase : char { unseen = '-', appeared = '+', owing = '!', settled = '.' };
    struct debtor {
        std::size_t number;
        phase is;
    };
    struct state {
        map_contents entries;
        std::vector<debtor> open;               // calls that have happened, before their last step
        std::vector<std::size_t> lent;          // by erasures that have not happened yet
        std::vector<std::size_t> did_not_lend;  // erasures that have happened, before that step
    };

    sequential_lru(std::size_t max_entries, room when) : max_entries_(max_entries), when_(when) {}

    template <class Next>
    void after(const state& now, const step& next, Next&& possible) const {
        switch (next.which) {
            case part::call:
                return perform(now, next, possible);
            case part::debt:
                return decide(now, next, possible);
            case part::eviction:
                return settle(now, next, possible);
            case part::loan:
                return lend(now, next, possible);
        }
    }

    [[nodiscard]] static std::string fingerprint(const state& now) {
        std::string text;
        for (const auto& [key, value] : now.entries)
            text.append(std::to_string(key)).append("=").append(std::to_string(value)).append(",");
        for (const debtor& one : now.open)
            text.append(1, static_cast<char>(one.is)).append(std::to_string(one.number));
        for (const std::size_t call : now.lent) text.append("/").append(std::to_string(call));
        for (const std::size_t call : now.did_not_lend) text.append("|").append(std::to_string(call));
        return text;
    }

  private:
    template <class Next>
    void perform(const state& before, const step& one, Next&& possible) const {
        const recorded_call& call = *one.of;
        model map{before.entries};
        const map_reply right = map.perform(call.asked);
        const bool is_new = map.entries.size() > before.entries.size();
        // Of a call that never returned, any answer will do.
        const bool returned = call.ended != never_ended;
        const bool refused = returned && is_new && call.answer == map_answer::no_memory;
        if (may_erase(call.asked.what) && (!returned || right == map_reply{call.answer, call.value}))
            return erase(before, std::move(map.entries), one, possible);
        state now = before;
        if (refused) {  // before anybody could see it
            state unseen = before;
            if (when_ == room::before_it_returns) unseen.open.push_back({one.number, phase::unseen});
            possible(std::move(unseen));
            if (when_ == room::at_once) return;
        } else if (returned && right != map_reply{call.answer, call.value}) {
            return;
        }
        now.entries = std::move(map.entries);
        if (when_ == room::before_it_returns) {
            if (may_have_inserted(call))
                now.open.push_back({one.number, is_new ? phase::appeared : phase::unseen});
            possible(std::move(now));
        } else if (is_new && is_too_full(now)) {
            const auto own = entry_of(one);
            drop_one(now, &own, possible);
        } else {
            possible(std::move(now));
        }
    }

    // It finds room, or that somebody has to go; or, refused, it takes its entry back.
    template <class Next>
    void decide(const state& before, const step& one, Next&& possible) const {
        state now = before;
        const auto mine = find(now, one.number);
        if (mine == now.open.end() || mine->is == phase::settled || mine->is == phase::owing) return;
        const bool appeared = mine->is == phase::appeared;
        mine->is = phase::settled;
        const bool refused = one.of->answer == map_answer::no_memory && one.of->ended != never_ended;
        if (appeared && refused) {
            const auto own = entry_of(one);
            if (const auto at = now.entries.find(own.first); at != now.entries.end() && *at == own)
                now.entries.erase(at);
        } else if (appeared && is_too_full(now)) {
            mine->is = phase::owing;
        }
        possible(std::move(now));
    }
    // Somebody goes, even if room has come in between.
    template <class Next>
    void settle(const state& before, const step& one, Next&& possible) const {
        state now = before;
        const auto mine = find(now, one.number);
        if (mine == now.open.end() || (mine->is != phase::settled && mine->is != phase::owing)) return;
        const bool owes = mine->is == phase::owing;
        now.open.erase(mine);
        if (!owes) return possible(std::move(now));
        // Not its key: by now that may be somebody else's entry.
        const auto own = entry_of(one);
        drop_one(now, &own, possible);
    }
    [[nodiscard]] static std::vector<debtor>::iterator find(state& now, std::size_t number) {
        return std::find_if(now.open.begin(), now.open.end(),
                            [&](const debtor& one) { return one.number == number; });
    }
    [[nodiscard]] static map_contents::value_type entry_of(const step& one) {
        return {one.of->asked.key, one.of->asked.value};
    }

    // A node for the one that will come free: an insertion may use it. Later than the erasure: nothing.
    template <class Next>
    void lend(const state& before, const step& one, Next&& possible) const {
        state now = before;
        if (std::erase(now.did_not_lend, one.number) == 0) {
            now.lent.push_back(one.number);
            std::sort(now.lent.begin(), now.lent.end());
        }
        possible(std::move(now));
    }
    // Now the entry has left; or there was none, and if an insertion has used the room, somebody has to go.
    template <class Next>
    void erase(const state& before, map_contents left, const step& one, Next&& possible) const {
        state now = before;
        const bool found = left.size() < now.entries.size();
        now.entries = std::move(left);
        if (when_ == room::before_it_returns) {
            const bool lent = std::erase(now.lent, one.number) != 0;
            now.open.push_back({one.number, lent && !found ? phase::appeared : phase::unseen});
            if (!lent) {
                now.did_not_lend.push_back(one.number);
                std::sort(now.did_not_lend.begin(), now.did_not_lend.end());
            }
        }
        possible(std::move(now));
    }

    // The others that are open see to themselves.
    [[nodiscard]] bool is_too_full(const state& now) const {
        const auto others = std::count_if(now.open.begin(), now.open.end(), [](const debtor& one) {
            return one.is == phase::appeared || one.is == phase::owing;
        });
        return now.entries.size() > max_entries_ + now.lent.size() + static_cast<std::size_t>(others);
    }
    // Any one entry but the spared one.
    template <class Next>
    static void drop_one(const state& now, const map_contents::value_type* spared, Next&& possible) {
        for (const auto& victim : now.entries) {
            if (spared != nullptr && victim == *spared) continue;
            state next = now;
            next.entries.erase(victim.first);
            possible(std::move(next));
        }
    }

    std::size_t max_entries_;
    room when_;
};

// Different keys that there may ever be.
[[nodiscard]] std::size_t keys_of(const std::vector<recorded_call>& calls, const map_contents& contents) {
    map_contents keys = contents;
    for (const recorded_call& one : calls)
        if (may_insert(one.asked.what)) keys[one.asked.key] = 0;
    return keys.size();
}

}  // namespace

std::string to_text(const recorded_call& call) {
    std::string text = to_text(call.asked);
    if (call.ended == never_ended) return text.append(" never returned");
    return text.append(" = ").append(to_text(call.asked.what, {call.answer, call.value}));
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

std::string to_text(const map_history& history) {
    std::vector<const recorded_call*> sorted;
    for (const recorded_call& one : history.calls) sorted.push_back(&one);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto* a, const auto* b) { return a->begun < b->begun; });
    const auto padded = [](std::string text, std::size_t width) {
        text.resize(std::max(width, text.size()), ' ');
        return text;
    };
    std::string text = "a map of ";
    text.append(std::to_string(history.max_entries)).append(", before: ").append(to_text(history.before));
    for (const recorded_call* one : sorted) {
        std::string when = std::to_string(one->begun), who = "thread ";
        when.append(" to ").append(std::to_string(one->ended));
        who.append(std::to_string(one->who));
        if (one->depth != 0) who.append(", handler ").append(std::to_string(one->depth));
        text.append("\n  ").append(padded(when, 10)).append("  ").append(padded(who, 19));
        text.append("  ").append(to_text(*one));
    }
    return text.append("\nafter: ").append(to_text(history.after)).append("\n");
}

order_verdict judge_history(const std::vector<recorded_call>& calls, std::size_t max_entries,
                            const map_contents& contents, room when) {
    const bool refused = std::any_of(calls.begin(), calls.end(), [](const recorded_call& one) {
        return one.answer == map_answer::no_memory;
    });
    // A map that is never full owes nothing.
    if (!refused && keys_of(calls, contents) <= max_entries) when = room::at_once;
    std::vector<step> steps;
    const auto add = [&](std::size_t call, part which) {
        steps.push_back({&calls[call], call, which, calls[call].begun, calls[call].ended});
    };
    for (std::size_t i = 0; i < calls.size(); ++i) add(i, part::call);
    // The other parts go last: the numbers of the calls themselves stay.
    if (when == room::before_it_returns)
        for (std::size_t i = 0; i < calls.size(); ++i) {
            const bool lends = may_erase(calls[i].asked.what);
            if (lends) add(i, part::loan);
            if (lends || may_have_inserted(calls[i])) {
                add(i, part::debt);
                add(i, part::eviction);
            }
        }
    const sequential_lru model(max_entries, when);
    order_verdict verdict = find_order(model, {contents, {}, {}, {}}, steps);
    std::erase_if(verdict.order, [&](std::size_t number) { return number >= calls.size(); });
    return verdict;
}

order_verdict judge_history(const map_history& history) {
    std::vector<recorded_call> calls = history.calls;
    map_contents left = history.after;
    add_last_lookups(calls, history.before, [&](std::uint64_t key) {
        return model{left}.perform({map_call::get, key, 0});
    });
    order_verdict verdict = judge_history(calls, history.max_entries, history.before);
    std::erase_if(verdict.order, [&](std::size_t number) { return number >= history.calls.size(); });
    return verdict;
}

}  // namespace resile_lab
