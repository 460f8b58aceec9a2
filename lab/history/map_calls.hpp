// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Calls of an LRU map as data: what can be asked, how a map is asked, and the sequential map that says what
// it should answer. A header only, so that tests of every room can use it without linking the lab; and it
// belongs to no platform: maps of both can be asked.

#include "lab/history/map_contents.hpp"
#include "lab/history/numbered_values.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace resile_lab {

enum class map_call : std::uint8_t {
    get,
    peek,
    contains,
    find,  // a handle, used and given back
    put,
    insert,
    replace,
    update,
    upsert,
    get_or_insert,
    erase,
    take,
    clear,
    size
};
inline constexpr unsigned map_calls = 14;

// refused: for a reason that is none of a map's. Such a call does not belong into a history.
enum class map_answer : std::uint8_t { absent, present, inserted, replaced, no_memory, refused };
inline constexpr unsigned map_answers = 6;

struct asked_of_map {
    map_call what = map_call::get;
    std::uint64_t key = 0;
    std::uint64_t value = 0;  // written; or added
};

struct map_reply {
    map_answer answer = map_answer::absent;
    std::uint64_t value = 0;  // that was read
    bool operator==(const map_reply&) const = default;
};

[[nodiscard]] constexpr const char* name_of(map_call what) noexcept {
    constexpr const char* names[] = {"get",    "peek",    "contains", "find",   "put",
                                     "insert", "replace", "update",   "upsert", "get_or_insert",
                                     "erase",  "take",    "clear",    "size"};
    return names[static_cast<unsigned>(what)];
}
[[nodiscard]] constexpr const char* name_of(map_answer answer) noexcept {
    constexpr const char* names[] = {"absent", "present", "inserted", "replaced", "no memory", "refused"};
    return names[static_cast<unsigned>(answer)];
}
[[nodiscard]] constexpr bool may_insert(map_call what) noexcept {
    return what == map_call::put || what == map_call::insert || what == map_call::upsert ||
           what == map_call::get_or_insert;
}
[[nodiscard]] constexpr bool may_erase(map_call what) noexcept {
    return what == map_call::erase || what == map_call::take;
}
[[nodiscard]] constexpr bool writes_a_value(map_call what) noexcept {
    return may_insert(what) || what == map_call::replace || what == map_call::update;
}
[[nodiscard]] constexpr bool reads_a_value(map_call what) noexcept {
    return what == map_call::get || what == map_call::peek || what == map_call::find ||
           what == map_call::get_or_insert || what == map_call::take;
}

// What a put_result, of whichever platform, means.
template <class PutResult>
[[nodiscard]] constexpr map_answer answer_of(PutResult result) noexcept {
    switch (result) {
        case PutResult::inserted:
            return map_answer::inserted;
        case PutResult::replaced:
            return map_answer::replaced;
        case PutResult::exists:
            return map_answer::present;
        case PutResult::absent:
            return map_answer::absent;
        default:
            return map_answer::no_memory;
    }
}

// Asks a map whose values are numbers (numbered_values.hpp). `victim`: to be told whom an insertion evicted.
template <class Values, class Map>
map_reply perform(Map& map, const asked_of_map& asked,
                  std::optional<typename Map::entry>* victim = nullptr) noexcept {
    const auto value = Values::of(asked.value);
    const auto add = [&](auto& now) { now = Values::of(Values::number(now) + asked.value); };
    const auto read = [](const auto& found, map_answer otherwise = map_answer::absent) {
        return found ? map_reply{map_answer::present, Values::number(*found)} : map_reply{otherwise, 0};
    };
    const auto was_there = [](bool there) {
        return map_reply{there ? map_answer::present : map_answer::absent, 0};
    };
    const auto written = [](auto result) { return map_reply{answer_of(result), 0}; };
    switch (asked.what) {
        case map_call::get:
            return read(map.get(asked.key));
        case map_call::peek:
            return read(map.peek(asked.key));
        case map_call::contains:
            return was_there(map.contains(asked.key));
        case map_call::find: {
            const auto handle = map.find(asked.key);
            return handle ? map_reply{map_answer::present, Values::number(handle.value())} : map_reply{};
        }
        case map_call::put:
            return written(victim == nullptr ? map.put(asked.key, value)
                                             : map.put(asked.key, value, *victim));
        case map_call::insert:
            return written(victim == nullptr ? map.insert(asked.key, value)
                                             : map.insert(asked.key, value, *victim));
        case map_call::replace:
            return written(map.replace(asked.key, value));
        case map_call::update:
            return written(map.update(asked.key, add));
        case map_call::upsert:
            return written(victim == nullptr ? map.upsert(asked.key, value, add)
                                             : map.upsert(asked.key, value, add, *victim));
        case map_call::get_or_insert:
            return read(map.get_or_insert(asked.key, value), map_answer::no_memory);
        case map_call::erase:
            return was_there(map.erase(asked.key));
        case map_call::take:
            return read(map.take(asked.key));
        case map_call::clear:
            map.clear();
            return {};
        case map_call::size:
            return {map_answer::present, map.size()};
    }
    return {};
}

// The same of a map that is never full: what each call is to answer, and what it leaves.
class model {
  public:
    map_contents entries;

    map_reply perform(const asked_of_map& asked) {
        const auto at = entries.find(asked.key);
        const bool there = at != entries.end();
        const map_reply found{there ? map_answer::present : map_answer::absent, 0};
        const map_reply read{found.answer, there ? at->second : 0};
        const map_reply written{there ? map_answer::replaced : map_answer::inserted, 0};
        switch (asked.what) {
            case map_call::get:
            case map_call::peek:
            case map_call::find:
                return read;
            case map_call::contains:
                return found;
            case map_call::put:
                entries[asked.key] = asked.value;
                return written;
            case map_call::insert:
                if (there) return found;
                entries[asked.key] = asked.value;
                return written;
            case map_call::replace:
                if (!there) return found;
                at->second = asked.value;
                return written;
            case map_call::update:
                if (!there) return found;
                at->second += asked.value;
                return written;
            case map_call::upsert:
                entries[asked.key] += asked.value;
                return written;
            case map_call::get_or_insert:
                if (!there) entries[asked.key] = asked.value;
                return {map_answer::present, there ? read.value : asked.value};
            case map_call::erase:
                if (there) entries.erase(at);
                return found;
            case map_call::take:
                if (there) entries.erase(at);
                return read;
            case map_call::clear:
                entries = {};
                return {};
            case map_call::size:
                return {map_answer::present, entries.size()};
        }
        return {};
    }
};

template <class Values, class Map>
[[nodiscard]] map_contents contents(const Map& map) {
    map_contents found;
    map.for_each([&](const auto& key, const auto& value) { found[key] = Values::number(value); });
    return found;
}

// For eyes.
[[nodiscard]] inline std::string number_text(std::uint64_t number) {
    return number == torn ? "torn" : std::to_string(number);
}
[[nodiscard]] inline std::string to_text(const map_contents& entries) {
    std::string text = "{";
    for (const auto& [key, number] : entries) {
        if (text.size() > 1) text.append(", ");
        text.append(std::to_string(key)).append(": ").append(number_text(number));
    }
    return text.append("}");
}
[[nodiscard]] inline std::string to_text(const asked_of_map& asked) {
    std::string text = name_of(asked.what);
    text.append("(").append(std::to_string(asked.key));
    if (writes_a_value(asked.what)) text.append(", ").append(std::to_string(asked.value));
    return text.append(")");
}
[[nodiscard]] inline std::string to_text(map_call what, const map_reply& reply) {
    std::string text = name_of(reply.answer);
    const bool is_read = reads_a_value(what) || what == map_call::size;
    if (is_read && reply.answer == map_answer::present) text.append(" ").append(number_text(reply.value));
    return text;
}

}  // namespace resile_lab
