// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Cases of spinlock. To add one: what each thread takes ('A') and releases ('a'), and what handlers do.

#include "lab/schedule/lock_cases.hpp"

#include "lab/schedule/lock_scenario.hpp"

#include <utility>

namespace resile_lab {
namespace {

schedule_case lock_case(std::string name, std::string meaning, std::vector<lock_script> threads,
                        std::vector<lock_script> handlers) {
    schedule_case made{.name = std::move(name),
                       .meaning = std::move(meaning),
                       .least_threads = static_cast<unsigned>(threads.size())};
    made.make = [threads = std::move(threads), handlers = std::move(handlers)](unsigned count) {
        return std::make_unique<lock_scenario>(threads, handlers, count);
    };
    return made;
}

}  // namespace

void add_lock_cases(std::vector<schedule_case>& cases) {
    cases.push_back(lock_case("lock-aa", "a lock is asked for by its owner", {"AAa", "Aa"}, {"Aa"}));
    cases.push_back(lock_case("lock-abba", "two locks in two orders", {"ABba", "BAab"}, {"Aa", "Bb"}));
    cases.push_back(
        lock_case("lock-abbcca", "three locks in a ring", {"ABba", "BCcb", "CAac"}, {"Bb", "Cc", "Aa"}));
    cases.push_back(lock_case("lock-park", "a lock is released while its last waiter goes to sleep",
                              {"Aa", "Aa"}, {"Aa"}));
}

}  // namespace resile_lab
