// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Threads and handlers that call an lru_map; every history must have an order, every node its place.
// Compiled against the scheduled platform only.

#include "lab/history/lru_history.hpp"
#include "lab/history/numbered_values.hpp"
#include "lab/schedule/map_words.hpp"
#include "lab/schedule/product_scenario.hpp"

#include <resile/lru_map.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace resile_lab {

// --- how a case is written --------------------------------------------------------------------------------
struct map_script {
    std::size_t max_entries = 4;
    unsigned cpus = 0;  // 0: one for each thread
    map_contents before;
    std::vector<std::vector<asked_of_map>> threads;   // more threads begin again with the first
    std::vector<std::vector<asked_of_map>> handlers;  // of each thread; likewise
    room when = room::before_it_returns;
};
// Values are given by the scenario: each write has its own.
[[nodiscard]] constexpr asked_of_map get(std::uint64_t key) {
    return {map_call::get, key, 0};
}
[[nodiscard]] constexpr asked_of_map put(std::uint64_t key) {
    return {map_call::put, key, 0};
}
[[nodiscard]] constexpr asked_of_map insert(std::uint64_t key) {
    return {map_call::insert, key, 0};
}
[[nodiscard]] constexpr asked_of_map replace(std::uint64_t key) {
    return {map_call::replace, key, 0};
}
[[nodiscard]] constexpr asked_of_map add(std::uint64_t key) {
    return {map_call::update, key, 0};
}
[[nodiscard]] constexpr asked_of_map erase(std::uint64_t key) {
    return {map_call::erase, key, 0};
}
[[nodiscard]] constexpr asked_of_map take(std::uint64_t key) {
    return {map_call::take, key, 0};
}

// Keys of the same ten share a bucket: 1 and 2 do, 11 does not.
struct bucket_by_tens {
    [[nodiscard]] std::uint32_t operator()(std::uint64_t key, resile::hash_seed) const noexcept {
        return static_cast<std::uint32_t>(key / 10);
    }
};

template <class Values, class Equal = std::equal_to<std::uint64_t>>
class map_scenario : public product_scenario {
  public:
    using map_type = resile::lru_map<std::uint64_t, typename Values::type, bucket_by_tens, Equal>;

    map_scenario(map_script script, unsigned threads)
        : product_scenario(threads), script_(std::move(script)) {
        calls_.reserve(most_calls);
    }
    [[nodiscard]] unsigned cpus() const override { return script_.cpus != 0 ? script_.cpus : threads(); }
    [[nodiscard]] unsigned handlers_of(unsigned) const override {
        return script_.handlers.empty() ? 0 : no_limit;
    }

    void prepare(scheduler& how) override {
        product_scenario::prepare(how);
        map_ = std::make_unique<map_type>(
            script_.max_entries,
            resile::lru_options{.contexts = 2 * std::size_t{threads()}, .seed = 1, .huge_pages = false});
        how.as_thread(0, [&] {
            for (const auto& [key, value] : script_.before) map_->put(key, Values::of(value));
        });
    }
    void begin() override { calls_.clear(); }

    void run_thread(scheduler& how, unsigned thread) override {
        perform(how, script_.threads[thread % script_.threads.size()]);
    }
    void run_handler(scheduler& how, unsigned thread, unsigned) override {
        perform(how, script_.handlers[thread % script_.handlers.size()]);
    }

    [[nodiscard]] std::string judge(scheduler&) override {
        for (const auto& call : calls_)
            if (call.ended == never_ended) return "a call never returned: " + to_text(call);
        add_last_lookups(calls_, script_.before, [&](std::uint64_t key) {
            return resile_lab::perform<Values>(*map_, {map_call::peek, key, 0});
        });
        if (const std::string history = fingerprint(); known_.count(history) == 0) {
            if (!judge_history(calls_, script_.max_entries, script_.before, script_.when).linearizable)
                return "no order explains what was answered (the last lines: what is left in the map):\n" +
                       to_text(calls_);
            known_.insert(history);
        }
        const resile::lru_census nodes = map_->census();
        if (nodes.conserved(script_.max_entries) && nodes.pinned_retired == 0) return {};
        return "nodes are not where they should be: " + std::to_string(nodes.in_table) + " in the table, " +
               std::to_string(nodes.free) + " free, " + std::to_string(nodes.lost) + " lost, " +
               std::to_string(nodes.twice) + " twice, " + std::to_string(nodes.duplicate_keys) +
               " duplicate keys, " + std::to_string(nodes.pinned_retired) +
               " kept by handles that have ended";
    }
    [[nodiscard]] std::size_t outcomes() const override { return known_.size(); }
    [[nodiscard]] named_word name(const void* word) const override {
        const named_word found = name_of_map_word(*map_, word);
        return found.name.empty() ? product_scenario::name(word) : found;
    }

  protected:
    [[nodiscard]] map_type& map() { return *map_; }
    // A call, from its first access that matters to its end.
    template <class Do>
    void record(scheduler& how, asked_of_map asked, Do&& act) {
        asked.value = 100 * (how.thread() + 1) + 10 * how.level() + calls_of(how.thread());
        recorded_call& call = calls_.emplace_back(recorded_call{.asked = asked, .who = how.thread()});
        if (how.is_telling()) how.note(to_text(asked));
        how.stamp_at_next_access(&call.begun);
        act(call);
        how.stamp_now(&call.ended);
        if (how.is_telling()) how.note("= " + said(call));
    }

    void ask(scheduler& how, const asked_of_map& asked) {
        record(how, asked, [&](recorded_call& call) {
            const map_reply given = resile_lab::perform<Values>(*map_, call.asked);
            call.answer = given.answer;
            call.value = given.value;
        });
    }

  private:
    static constexpr std::size_t most_calls = 64;

    void perform(scheduler& how, const std::vector<asked_of_map>& wanted) {
        for (const asked_of_map& asked : wanted) ask(how, asked);
    }
    [[nodiscard]] static std::string said(const recorded_call& call) {
        return to_text(call.asked.what, {call.answer, call.value});
    }
    [[nodiscard]] unsigned calls_of(unsigned thread) const {
        unsigned count = 0;
        for (const auto& call : calls_) count += call.who == thread ? 1 : 0;
        return count;
    }
    // Equal if the histories are: what was asked, answered, and in which order it began and ended.
    [[nodiscard]] std::string fingerprint() const {
        std::string bytes;
        for (const auto& call : calls_) {
            const std::array<std::uint64_t, 5> facts{
                call.asked.key << 8 | static_cast<std::uint64_t>(call.asked.what), call.asked.value,
                call.value << 8 | static_cast<std::uint64_t>(call.answer), call.begun, call.ended};
            bytes.append(reinterpret_cast<const char*>(facts.data()), sizeof(facts));
        }
        return bytes;
    }

    map_script script_;
    std::unique_ptr<map_type> map_;
    std::vector<recorded_call> calls_;
    std::unordered_set<std::string> known_;
};

}  // namespace resile_lab
