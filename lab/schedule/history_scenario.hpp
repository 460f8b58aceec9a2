// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Threads and handlers that call a map, any map; what they were answered must have an order. Compiled against
// the scheduled platform only.

#include "lab/history/lru_history.hpp"
#include "lab/schedule/product_scenario.hpp"

#include <array>
#include <cstdint>
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

class history_scenario : public product_scenario {
  public:
    history_scenario(map_script script, unsigned threads)
        : product_scenario(threads), script_(std::move(script)) {
        calls_.reserve(most_calls);
    }
    [[nodiscard]] unsigned cpus() const override { return script_.cpus != 0 ? script_.cpus : threads(); }
    [[nodiscard]] unsigned handlers_of(unsigned) const override {
        return script_.handlers.empty() ? 0 : no_limit;
    }
    void begin() override { calls_.clear(); }

    void run_thread(scheduler& how, unsigned thread) override {
        follow(how, script_.threads[thread % script_.threads.size()]);
    }
    void run_handler(scheduler& how, unsigned thread, unsigned) override {
        follow(how, script_.handlers[thread % script_.handlers.size()]);
    }
    [[nodiscard]] std::size_t outcomes() const override { return known_.size(); }

  protected:
    [[nodiscard]] const map_script& script() const noexcept { return script_; }

    // Does what was asked; says what was answered.
    virtual map_reply perform(const asked_of_map&) = 0;
    // What is left of a key, when all is over.
    virtual map_reply look(std::uint64_t key) = 0;

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
            const map_reply given = perform(call.asked);
            call.answer = given.answer;
            call.value = given.value;
        });
    }

    // Empty, or what no order explains.
    [[nodiscard]] std::string judge_calls() {
        for (const auto& call : calls_)
            if (call.ended == never_ended) return "a call never returned: " + to_text(call);
        std::erase_if(calls_, [](const auto& call) { return call.answer == map_answer::refused; });
        add_last_lookups(calls_, script_.before, [&](std::uint64_t key) { return look(key); });
        const std::string history = fingerprint();
        if (known_.count(history) != 0) return {};
        if (!judge_history(calls_, script_.max_entries, script_.before, script_.when).linearizable)
            return "no order explains what was answered (the last lines: what is left in the map):\n" +
                   to_text(calls_);
        known_.insert(history);
        return {};
    }

  private:
    static constexpr std::size_t most_calls = 64;

    void follow(scheduler& how, const std::vector<asked_of_map>& wanted) {
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
    std::vector<recorded_call> calls_;
    std::unordered_set<std::string> known_;
};

}  // namespace resile_lab
