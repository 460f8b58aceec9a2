// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Operations of lru_map as data, and the sequential map that says what they should answer. A header only, so
// that tests of every room can use it without linking the lab.

#include <resile/lru_map.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace resile_lab {

// Values of one word change in place, others are replaced.
struct word_value {
    using type = std::uint64_t;
    static type of(std::uint64_t number) { return number; }
    static std::uint64_t number(const type& value) { return value; }
};
struct five_words {
    using type = std::array<std::uint64_t, 5>;
    static type of(std::uint64_t number) { return {number, ~number, number, ~number, number}; }
    static constexpr std::uint64_t torn = 0xdead;
    static std::uint64_t number(const type& value) { return value == of(value[0]) ? value[0] : torn; }
};

enum class op : std::uint8_t {
    get,
    put,
    insert,
    replace,
    update,
    upsert,
    get_or_insert,
    erase,
    take,
    find,
    clear
};
inline constexpr unsigned ops = 11;

struct request {
    op what = op::get;
    std::uint64_t key = 0;
    std::uint64_t number = 0;  // written, or added
};

struct answer {
    int code = 0;              // a put_result, or whether it was there
    std::uint64_t number = 0;  // of what was read
    bool operator==(const answer&) const = default;
};

template <class Values, class Map>
answer perform(Map& map, const request& wanted, std::optional<typename Map::entry>* victim = nullptr) {
    const auto value = Values::of(wanted.number);
    const auto add = [&](auto& now) { now = Values::of(Values::number(now) + wanted.number); };
    const auto read = [](const auto& found) {
        return found ? answer{1, Values::number(*found)} : answer{0, 0};
    };
    const auto code = [](resile::put_result result) { return answer{static_cast<int>(result), 0}; };
    std::optional<typename Map::entry> ignored;
    auto& gone = victim == nullptr ? ignored : *victim;
    switch (wanted.what) {
        case op::get:
            return read(map.get(wanted.key));
        case op::put:
            return code(map.put(wanted.key, value, gone));
        case op::insert:
            return code(map.insert(wanted.key, value, gone));
        case op::replace:
            return code(map.replace(wanted.key, value));
        case op::update:
            return code(map.update(wanted.key, add));
        case op::upsert:
            return code(map.upsert(wanted.key, value, add, gone));
        case op::get_or_insert:
            return read(map.get_or_insert(wanted.key, value));
        case op::erase:
            return {map.erase(wanted.key) ? 1 : 0, 0};
        case op::take:
            return read(map.take(wanted.key));
        case op::find: {
            const auto handle = map.find(wanted.key);
            return {handle ? 1 : 0, handle ? Values::number(handle.value()) : 0};
        }
        case op::clear:
            map.clear();
            return {};
    }
    return {};
}

// The same on a map that is never full.
class model {
  public:
    std::map<std::uint64_t, std::uint64_t> entries;

    answer perform(const request& wanted) {
        const auto at = entries.find(wanted.key);
        const bool there = at != entries.end();
        const auto read = [&] { return there ? answer{1, at->second} : answer{0, 0}; };
        const auto code = [](resile::put_result result) { return answer{static_cast<int>(result), 0}; };
        const auto written = [&] {
            return code(there ? resile::put_result::replaced : resile::put_result::inserted);
        };
        switch (wanted.what) {
            case op::get:
            case op::find:
                return read();
            case op::put:
                entries[wanted.key] = wanted.number;
                return written();
            case op::insert:
                if (there) return code(resile::put_result::exists);
                entries[wanted.key] = wanted.number;
                return written();
            case op::replace:
                if (!there) return code(resile::put_result::absent);
                at->second = wanted.number;
                return written();
            case op::update:
                if (!there) return code(resile::put_result::absent);
                at->second += wanted.number;
                return written();
            case op::upsert:
                entries[wanted.key] = there ? at->second + wanted.number : wanted.number;
                return written();
            case op::get_or_insert:
                if (there) return read();
                entries[wanted.key] = wanted.number;
                return {1, wanted.number};
            case op::erase: {
                const answer result{there ? 1 : 0, 0};
                if (there) entries.erase(at);
                return result;
            }
            case op::take: {
                const answer result = read();
                if (there) entries.erase(at);
                return result;
            }
            case op::clear:
                entries.clear();
                return {};
        }
        return {};
    }
    [[nodiscard]] static bool may_insert(op what) {
        return what == op::put || what == op::insert || what == op::upsert || what == op::get_or_insert;
    }
};

template <class Values, class Map>
std::map<std::uint64_t, std::uint64_t> contents(const Map& map) {
    std::map<std::uint64_t, std::uint64_t> found;
    map.for_each([&](const auto& key, const auto& value) { found[key] = Values::number(value); });
    return found;
}

inline const char* name_of(op what) {
    constexpr const char* names[] = {"get",           "put",   "insert", "replace", "update", "upsert",
                                     "get_or_insert", "erase", "take",   "find",    "clear"};
    return names[static_cast<unsigned>(what)];
}

}  // namespace resile_lab
