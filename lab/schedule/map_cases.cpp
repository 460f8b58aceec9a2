// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Cases of lru_map. Keys of the same ten share a bucket. To add one: what is there before, what each thread
// does, what handlers do.

#include "lab/schedule/map_cases.hpp"

#include "lab/judge/bucket_seats.hpp"
#include "lab/schedule/pin_scenario.hpp"
#include "lab/schedule/planted_faults.hpp"

#include <utility>

namespace resile_lab {
namespace {

template <class Values, class Equal = std::equal_to<std::uint64_t>>
schedule_case map_case(std::string name, std::string meaning, map_script script) {
    schedule_case made{.name = std::move(name), .meaning = std::move(meaning)};
    made.make = [script = std::move(script)](unsigned threads) {
        return std::make_unique<map_scenario<Values, Equal>>(script, threads);
    };
    return made;
}

template <class Rules>
schedule_case pool_case(std::string name, std::string meaning) {
    schedule_case made{.name = std::move(name), .meaning = std::move(meaning)};
    made.make = [](unsigned threads) {
        // One is about to take; the other takes two and gives the first back: the top is what it was.
        return std::make_unique<pool_scenario<Rules>>(std::vector<pool_script>{{+1}, {+1, +1, -1, +1}},
                                                      pool_script{+1}, threads);
    };
    return made;
}

schedule_case pin_case(std::string name, std::string meaning, pin_scenario::demands asked) {
    schedule_case made{.name = std::move(name), .meaning = std::move(meaning)};
    made.make = [asked](unsigned threads) { return std::make_unique<pin_scenario>(threads, asked); };
    return made;
}

schedule_case must_break(schedule_case fault) {
    fault.must_break = true;
    return fault;
}

// Thread 0 looks for key 2 behind key 1, while thread 1 takes key 1 out and its node moves to another bucket.
const map_script walk_into_another_bucket{.cpus = 1,
                                          .before = {{1, 1}, {2, 2}},
                                          .threads = {{erase(2)}, {erase(1), insert(11), insert(12)}},
                                          .handlers = {{get(2)}}};
const map_script two_replacements{
    .before = {{1, 1}, {2, 2}}, .threads = {{replace(1)}, {replace(1)}}, .handlers = {{get(1)}}};
const map_script insert_and_erase{
    .before = {{2, 2}}, .threads = {{insert(1)}, {erase(1)}}, .handlers = {{erase(1)}, {insert(1)}}};

}  // namespace

void add_map_cases(std::vector<schedule_case>& cases) {
    cases.push_back(map_case<one_word>(
        "insert-insert", "two insertions of the same key",
        {.before = {{2, 2}}, .threads = {{insert(1)}, {insert(1)}}, .handlers = {{insert(1)}}}));
    cases.push_back(map_case<one_word>("insert-erase", "a key is inserted and erased", insert_and_erase));
    cases.push_back(
        map_case<two_words>("replace-replace", "two replacements of a value of two words", two_replacements));
    cases.push_back(
        map_case<one_word>("update-update", "two updates of a value of one word, in place",
                           {.before = {{1, 1}}, .threads = {{add(1)}, {add(1)}}, .handlers = {{add(1)}}}));
    cases.push_back(map_case<two_words>("replace-take", "an entry is replaced and taken",
                                        {.before = {{1, 1}, {2, 2}},
                                         .threads = {{replace(1)}, {take(1)}},
                                         .handlers = {{get(1)}, {take(1)}}}));
    cases.push_back(map_case<one_word>(
        "full-insert-get", "an insertion into a full map, while its victim is looked up",
        {.max_entries = 1, .before = {{1, 1}}, .threads = {{insert(2)}, {get(1)}}, .handlers = {{get(1)}}}));
    cases.push_back(map_case<one_word>("evict-evict", "two insertions into a full map: two evictions",
                                       {.max_entries = 2,
                                        .before = {{1, 1}, {2, 2}},
                                        .threads = {{insert(3)}, {insert(4)}},
                                        .handlers = {{get(1)}}}));
    cases.push_back(map_case<one_word>("evict-erase",
                                       "an insertion into a full map, and its victim is erased",
                                       {.max_entries = 1,
                                        .before = {{1, 1}},
                                        .threads = {{insert(2)}, {erase(1)}},
                                        .handlers = {{erase(1)}}}));
    cases.push_back(pin_case(
        "evict-pin", "an insertion into a full map, while somebody takes a handle on its victim", {}));
    // Both failed once: see docs/lab.md.
    cases.push_back(pin_case("refused-insertion",
                             "an insertion that is refused, while its node becomes another entry",
                             {.inserts_under_handle = true}));
    cases.back().most_interrupts = 0;
    cases.push_back(map_case<one_word>("missed-entry",
                                       "an eviction looks for entries, and each is where it is not looking",
                                       {.max_entries = 1,
                                        .before = {{1, 1}},
                                        .threads = {{insert(2)}, {insert(3), insert(4)}},
                                        .handlers = {{insert(5)}}}));
    cases.back().least_threads = 3;
    cases.push_back(map_case<one_word>(
        "missed-room", "an insertion looks for room, and there always is some, where it is not looking",
        {.max_entries = 2,
         .before = {{1, 1}},
         .threads = {{erase(1)}, {insert(2)}},
         .handlers = {{insert(3)}}}));
    cases.push_back(map_case<two_words>("search-reuse",
                                        "a search, while the node it stands on moves to another bucket",
                                        walk_into_another_bucket));
    // In chains.
    cases.push_back(map_case<two_words, chained>(
        "search-reuse-chain", "search-reuse, where entries stand in chains", walk_into_another_bucket));
    cases.push_back(map_case<two_words, chained>(
        "replace-replace-chain", "replace-replace, where entries stand in chains", two_replacements));
    cases.push_back(map_case<two_words, crowded>(
        "replace-replace-crowded", "replace-replace, out of a seat into the chain", two_replacements));
    cases.push_back(map_case<one_word, chained>(
        "insert-erase-chain", "insert-erase, where entries stand in chains", insert_and_erase));
    cases.push_back(map_case<two_words, chained>("take-take-chain", "two neighbours in a chain are taken",
                                                 {.before = {{3, 3}, {2, 2}, {1, 1}},
                                                  .threads = {{take(1)}, {take(2)}},
                                                  .handlers = {{get(2)}, {take(1)}}}));
    cases.push_back(pool_case<pool_rules>("free-stack", "free nodes are taken, given back and taken again"));
}

void add_map_cases_that_must_break(std::vector<schedule_case>& cases) {
    cases.push_back(must_break(pool_case<untagged_stack_rules>(
        "planted-untagged-stack", "free-stack, with a stack whose top has no version (ABA)")));
    cases.push_back(must_break(map_case<two_words, unchecked_search>(
        "planted-unchecked-search", "search-reuse, with a search that does not look again",
        walk_into_another_bucket)));
    cases.push_back(must_break(map_case<two_words, replacement_in_two_steps>(
        "planted-two-step-replace", "replace-replace, where the old value goes before the new one comes",
        two_replacements)));
    // What the map does not promise, as docs/lru_map.md says.
    cases.push_back(must_break(map_case<one_word>(
        "limit-two-steps", "an insertion into a full map, asked to evict in the same instant",
        {.max_entries = 1,
         .before = {{1, 1}},
         .threads = {{insert(2)}, {get(2), get(1)}},
         .handlers = {{get(1)}},
         .when = room::at_once})));
    cases.push_back(
        must_break(pin_case("limit-refused-insertion", "an insertion that is refused, asked never to be seen",
                            {.when = room::at_once})));
    cases.push_back(must_break(pin_case("limit-late-handle",
                                        "a handle on an entry whose eviction has begun, asked to stop it",
                                        {.entry_stays = true})));
}

}  // namespace resile_lab
