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
    struct demands {
        bool entry_stays = false;  // it is not evicted, even if the evictor looked before there was a handle
        room when = room::before_it_returns;
        bool inserts_under_handle = false;  // and the other thread inserts twice
    };

    pin_scenario(unsigned threads, demands asked)
        : map_scenario<one_word>({.max_entries = 1,
                                  .before = {{1, 1}},
                                  .threads = {asked.inserts_under_handle ? std::vector{insert(2), insert(3)}
                                                                         : std::vector{insert(2)}},
                                  .handlers = {{insert(3)}, {insert(3)}},
                                  .when = asked.when},
                                 threads),
          asked_(asked) {}

    void prepare(scheduler& how) override {
        map_scenario<one_word>::prepare(how);
        // The first handle ever, if it comes in the middle of an insertion, is another case.
        how.as_thread(0, [&] { (void)map().find(1); });
    }
    void run_thread(scheduler& how, unsigned thread) override {
        if (thread % 2 == 0) return map_scenario<one_word>::run_thread(how, thread);
        std::uint64_t first = 0;
        map_type::pinned handle;
        record(how, get(1), [&](recorded_call& call) {
            handle = map().find(1);
            call.answer = handle ? map_answer::present : map_answer::absent;
            if (handle) call.value = first = handle.value();
        });
        ask(how, asked_.inserts_under_handle ? insert(3) : get(2));
        if (!handle) return;
        if (handle.key() != 1) how.fail("the key under a handle has changed");
        if (handle.value() != first) how.fail("the value under a handle has changed");
        if (asked_.entry_stays && !map().contains(1)) how.fail("an entry was evicted under its handle");
    }

  private:
    demands asked_;
};

}  // namespace resile_lab
