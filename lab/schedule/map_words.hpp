// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Names for the words of a map: "link of node 2", "head of bucket 3". Compiled against the scheduled platform
// only.

#include "lab/schedule/scenario.hpp"

#include <resile/lru_map.hpp>

#include <cstdint>
#include <string>

// A map keeps its core to itself, but for this.
template <class Map>
struct resile::detail::lru::opened {
    [[nodiscard]] static const auto& core(const Map& map) noexcept { return map.core_; }
};

namespace resile_lab {

[[nodiscard]] inline std::string say_link(std::uint64_t bits) {
    const resile::detail::lru::link_word link(bits);
    std::string text = link.next() == 0 ? "end" : "to node " + std::to_string(link.next());
    text += ", v" + std::to_string(bits >> 34);
    if (link.is_marked())
        text += link.home() == resile::detail::lru::pool::reserve ? ", dead (reserve)" : ", dead";
    return text;
}
[[nodiscard]] inline std::string say_state(std::uint64_t bits) {
    const resile::detail::lru::bucket_state state(bits);
    std::string text = "seats";
    for (unsigned seat = 0; state.seats() >> seat != 0; ++seat)
        if ((state.seats() >> seat & 1) != 0) text += " " + std::to_string(seat);
    if (state.seats() == 0) text += " none";
    return state.next() == 0 ? text : text + ", chain to node " + std::to_string(state.next());
}
[[nodiscard]] inline std::string say_top(std::uint64_t bits) {
    const auto node = static_cast<std::uint32_t>(bits);
    return (node == 0 ? "empty" : "node " + std::to_string(node)) + ", v" + std::to_string(bits >> 32);
}

template <class Pools>
[[nodiscard]] named_word name_of_pool_word(const Pools& core, const void* word) {
    const auto& table = core.table();
    for (unsigned cpu = 0; cpu < table.size().shares; ++cpu) {
        auto& share = table.share_of_cpu(cpu);
        const std::string of = " of CPU " + std::to_string(cpu);
        if (word == &share.reserve) return {"reserve" + of, say_top};
        if (word == &share.runs) return {"hand's run" + of};
        if (word == &share.candidates) return {"hand's candidates" + of};
        if (word == &share.insertions) return {"insertions" + of};
    }
    for (unsigned cpu = 0; cpu < table.size().room_shares(); ++cpu) {
        auto& room = table.room_of_cpu(cpu);
        const std::string of = " of CPU " + std::to_string(cpu);
        if (word == &room.free) return {"free nodes" + of, say_top};
        if (word == &room.taken) return {"count of entries" + of};
    }
    if (word == &table.global_hand()) return {"the hand"};
    if (word == &table.debts()) return {"debts"};
    if (word == &table.handles_used()) return {"whether there were handles"};
    if (word == &table.ticks()) return {"time"};
    for (std::size_t slot = 0; slot < table.size().spares; ++slot)
        if (word == &table.spare_of_slot(slot)) return {"spare node of slot " + std::to_string(slot)};
    for (std::uint32_t group = 0; group < table.level_runs() * resile::detail::lru::level_run::groups;
         ++group)
        if (word == &table.levels(group)) return {"recency of nodes from " + std::to_string(8 * group + 1)};
    for (std::size_t number = 0; number < table.size().buckets; ++number) {
        const auto& bucket = table.bucket_of(table.size().hash_of_bucket(number));
        const std::string of = " of bucket " + std::to_string(number);
        if (word == &bucket.version) return {"version" + of};
        if (word == &bucket.state) return {"state" + of, say_state};
        for (unsigned seat = 0; seat < bucket.seats; ++seat) {
            if (word == &bucket.nodes[seat]) return {"node in seat " + std::to_string(seat) + of};
            if (word == &bucket.tags[seat]) return {"tag in seat " + std::to_string(seat) + of};
        }
    }
    const auto& shape = core.rules().shape();
    for (std::uint32_t node = 1; node <= table.size().nodes(); ++node) {
        const std::string of = " of node " + std::to_string(node);
        if (word == &core.link(node)) return {"link" + of, say_link};
        if (word == &core.hash_of(node)) return {"bucket" + of};
        if (word == &core.pins(node)) return {"handles" + of};
        if (word == &table.recency(node)) return {"recency" + of};
        for (std::size_t i = 0; i < shape.key_words; ++i)
            if (word == core.key_of(node) + i) return {"key" + of};
        for (std::size_t i = 0; i < shape.value_words; ++i)
            if (word == core.value_of(node) + i)
                return {(shape.value_words == 1 ? "value" : "value word " + std::to_string(i)) + of};
    }
    return {};
}

template <class Map>
[[nodiscard]] named_word name_of_map_word(const Map& map, const void* word) {
    return name_of_pool_word(resile::detail::lru::opened<Map>::core(map), word);
}

}  // namespace resile_lab
