// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Calls of an LRU map as they were recorded, and the sequential map that they are judged by.
//
// What the sequential map leaves open is the victim: an insertion of a new key into a full map takes any one
// entry with it, but not its own. What lru_map promises is two steps of one call: the entry appears, and then
// room is made, or, if every other entry has a handle, the new one is taken back (no memory). In between a
// map may hold one entry more for each call under way. An erasure lends the room of its entry before the
// entry leaves; if it then finds none, the insertion that used the room evicts late. `room` says which is
// asked for.

#include "lab/history/linearizability.hpp"
#include "lab/history/map_calls.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace resile_lab {

struct recorded_call {
    asked_of_map asked;
    map_answer answer = map_answer::absent;
    std::uint64_t value = 0;  // that was read
    std::uint64_t begun = 0, ended = never_ended;
    // For eyes: which thread, and how many handlers deep.
    unsigned who = 0, depth = 0;
};

[[nodiscard]] std::string to_text(const recorded_call&);
[[nodiscard]] std::string to_text(const std::vector<recorded_call>&);

// All that happened between two instants at which nothing was under way.
struct map_history {
    std::size_t max_entries = 0;
    map_contents before, after;
    std::vector<recorded_call> calls;
};
// A table: when, who, what, and what was answered.
[[nodiscard]] std::string to_text(const map_history&);

// When an insertion into a full map makes room.
enum class room : std::uint8_t { at_once, before_it_returns };

// Can these calls be put in order? `contents`: at the beginning.
[[nodiscard]] order_verdict judge_history(const std::vector<recorded_call>& calls, std::size_t max_entries,
                                          const map_contents& contents, room when = room::before_it_returns);

// Can they be put in order so that `after` is what is left?
[[nodiscard]] order_verdict judge_history(const map_history&);

// What is left belongs to the history: lookups of all keys, one after the other, behind everything. look(key)
// is a reply.
template <class Look>
void add_last_lookups(std::vector<recorded_call>& calls, const map_contents& before, Look&& look) {
    std::vector<std::uint64_t> keys;
    std::uint64_t now = 0;
    for (const auto& [key, value] : before) keys.push_back(key);
    for (const recorded_call& one : calls) {
        keys.push_back(one.asked.key);
        if (one.ended != never_ended) now = std::max(now, one.ended);
        now = std::max(now, one.begun);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    for (const std::uint64_t key : keys) {
        const map_reply found = look(key);
        calls.push_back({.asked = {map_call::get, key, 0},
                         .answer = found.answer,
                         .value = found.value,
                         .begun = now + 1,
                         .ended = now + 2});
        now += 2;
    }
}

}  // namespace resile_lab
