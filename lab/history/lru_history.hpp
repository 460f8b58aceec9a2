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

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace resile_lab {

enum class map_call : std::uint8_t { get, put, insert, replace, add, upsert, erase, take };
[[nodiscard]] const char* name_of(map_call) noexcept;

// refused: for a reason that is none of a map's. Such a call does not belong into a history.
enum class map_answer : std::uint8_t { absent, present, inserted, replaced, no_memory, refused };
[[nodiscard]] const char* name_of(map_answer) noexcept;

struct asked_of_map {
    map_call what = map_call::get;
    std::uint64_t key = 0;
    std::uint64_t value = 0;  // written; or added
};

struct recorded_call {
    asked_of_map asked;
    map_answer answer = map_answer::absent;
    std::uint64_t value = 0;  // that was read: get, take
    std::uint64_t begun = 0, ended = never_ended;
    unsigned who = 0;  // for eyes
};

[[nodiscard]] std::string to_text(const asked_of_map&);
[[nodiscard]] std::string to_text(const recorded_call&);
[[nodiscard]] std::string to_text(const std::vector<recorded_call>&);

// When an insertion into a full map makes room.
enum class room : std::uint8_t { at_once, before_it_returns };

using map_entries = std::vector<std::pair<std::uint64_t, std::uint64_t>>;  // sorted by key

// Can these calls be put in order? `contents`: at the beginning.
[[nodiscard]] order_verdict judge_history(const std::vector<recorded_call>& calls, std::size_t max_entries,
                                          map_entries contents, room when = room::before_it_returns);

}  // namespace resile_lab
