// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A handle on an entry that is being evicted: as long as the handle lives, the entry's memory is its own.
// Compiled against the scheduled platform only.

#include "lab/schedule/map_scenario.hpp"

#include <string>

namespace resile_lab {

class pin_scenario final : public map_scenario<one_word> {
  public:
    explicit pin_scenario(unsigned threads)
        : map_scenario<one_word>({.max_entries = 1,
                                  .before = {{1, 1}},
                                  .threads = {{insert(2)}},
                                  .handlers = {{insert(3)}, {insert(3)}}},
                                 threads) {}

    void run_thread(scheduler& how, unsigned thread) override {
        if (thread % 2 == 0) return map_scenario<one_word>::run_thread(how, thread);
        std::uint64_t first = 0;
        map_type::pinned handle;
        record(how, resile_lab::get(1), [&](recorded_call& call) {
            handle = map().find(1);
            call.answer = handle ? map_answer::present : map_answer::absent;
            if (handle) call.value = first = handle.value();
        });
        // Somebody else may run here: a map that is asked about another key is a point like any other.
        (void)map().contains(2);
        if (handle && handle.key() != 1) how.fail("the key under a handle has changed");
        if (handle && handle.value() != first) how.fail("the value under a handle has changed");
    }
};

}  // namespace resile_lab
