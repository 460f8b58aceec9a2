// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Faults that the lab must find by itself. The product knows nothing of them: each is an explicit
// specialisation of one member function, for rules that only the lab uses. So everything around it is the
// real thing.

#include "lab/schedule/map_scenario.hpp"
#include "lab/schedule/pool_scenario.hpp"

#include <cstdint>
#include <functional>

namespace resile_lab {

struct untagged_stack_rules : pool_rules {};
// Equality as always; but the maps that are made with it have a fault.
struct unchecked_search : std::equal_to<std::uint64_t> {};
struct replacement_in_two_steps : std::equal_to<std::uint64_t> {};

template <class Values, class Equal>
using rules_with = resile::detail::lru::typed_rules<std::uint64_t, typename Values::type, Equal>;

}  // namespace resile_lab

namespace resile::inline RESILE_PLATFORM::detail::lru {

// A free stack without versions: a top that is what it was, above another stack, goes unnoticed (ABA).
template <>
constexpr word node_pools<resile_lab::untagged_stack_rules>::top_after(word, node_index node) noexcept {
    return node;
}

// A search that does not look whether the word that led to a node still does.
template <>
inline bool buckets<resile_lab::rules_with<resile_lab::two_words, resile_lab::unchecked_search>>::still_leads(
    const atomic_word*, word) noexcept {
    return true;
}

// A replacement in two steps: the old value goes, then the new one comes.
template <>
inline bool
writing<resile_lab::rules_with<resile_lab::two_words, resile_lab::replacement_in_two_steps>>::replace(
    write_state& now, const place& at, std::uint32_t hash) noexcept {
    this->mark_replacement(now.who, now.mine.node);
    if (!this->take_out(now.who, at, pool::capacity, nullptr, hash, now.restarts)) return false;
    while (!this->enter(now.mine.node, this->find_node(no_node, hash, now.restarts), hash)) {
    }
    const node_index fresh = now.mine.node;
    now.mine.node = no_node;
    return settle(now.who, fresh, false, hash, nullptr, now.restarts);
}

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
