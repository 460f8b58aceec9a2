// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The seeds of the story: each known fault of Linux's map as a case of two threads and a handler that breaks
// there, and holds on lru_map. None of them breaks if nobody interferes: where to interfere is for the search
// to find.

#include "lab/schedule/linux_cases.hpp"

#include "lab/schedule/linux_scenario.hpp"
#include "lab/schedule/map_scenario.hpp"

#include <utility>

namespace resile_lab {
namespace {

struct known_fault {
    std::string name;  // on lru_map; with linux- before it: of Linux's map
    std::string meaning;
    std::string of_linux;
    linux_script script;
};

const std::vector<known_fault>& known_faults() {
    static const std::vector<known_fault> all{
        // There is room for one entry more. An update takes that node before it looks for its key; the other
        // one evicts, and what it evicts is one of the two keys.
        {"lost-update",
         "two updates of keys that are there, in a map that is not full",
         "evicts one of them",
         {.calls = {.max_entries = 3,
                    .before = {{1, 1}, {2, 2}},
                    .threads = {{replace(1)}, {replace(2)}},
                    .handlers = {{replace(2)}, {replace(1)}}},
          .demand = linux_demand::nothing_is_lost}},
        // Nodes are taken two at a time, and the second waits on CPU 0. CPU 1 does not look there.
        {"early-eviction",
         "two insertions on two CPUs, in a map with room for both",
         "evicts two",
         {.calls = {.max_entries = 8,
                    .before = {{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 6}},
                    .threads = {{insert(7)}, {get(1)}},
                    .handlers = {{get(1)}, {insert(8)}}},
          .demand = linux_demand::nothing_is_lost}},
        // The lock of CPU 0's list is taken with interrupts off: which keeps no NMI away.
        {"plain-nmi-deadlock",
         "an update, interrupted by an update",
         "before June 2026, spins for ever",
         {.calls = {.before = {{1, 1}}, .threads = {{replace(1)}, {get(1)}}, .handlers = {{replace(1)}}},
          .demand = linux_demand::nobody_hangs,
          .version = resile::generation::plain}},
        // Since then the lock refuses; but what the handler has erased cannot be given back.
        {"stranded-nodes",
         "an insertion, interrupted by an erasure",
         "leaves the node of the erased key behind",
         {.calls = {.before = {{1, 1}}, .threads = {{insert(3)}, {get(1)}}, .handlers = {{erase(1)}}},
          .demand = linux_demand::nothing_is_stranded}},
    };
    return all;
}

}  // namespace

void add_twins_of_linux_cases(std::vector<schedule_case>& cases) {
    for (const known_fault& one : known_faults()) {
        schedule_case twin{.name = one.name, .meaning = one.meaning};
        twin.make = [script = one.script.calls](unsigned threads) {
            return std::make_unique<map_scenario<one_word>>(script, threads);
        };
        cases.push_back(std::move(twin));
    }
}

void add_linux_cases_that_must_break(std::vector<schedule_case>& cases) {
    for (const known_fault& one : known_faults()) {
        schedule_case fault{.name = "linux-" + one.name,
                            .meaning = one.meaning + ": Linux's map " + one.of_linux,
                            .must_break = true};
        fault.make = [script = one.script](unsigned threads) {
            return std::make_unique<linux_scenario>(script, threads);
        };
        cases.push_back(std::move(fault));
    }
}

}  // namespace resile_lab
