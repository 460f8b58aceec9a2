// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Threads and handlers that call Linux's map, asked what lru_map is asked: which of its promises does it not
// keep? Compiled against the scheduled platform only.

#include "lab/schedule/history_scenario.hpp"

#include <resile/linux_lru.hpp>

#include <memory>

namespace resile_lab {

// What a case demands. The others go wrong, too, and are not what it is about.
enum class linux_demand : std::uint8_t {
    nothing_is_lost,      // the answers, and what is left, have an order
    nobody_hangs,         // no context waits for a lock that its own thread holds
    nothing_is_stranded,  // in the end each node is in the table or free
};

struct linux_script {
    map_script calls;
    linux_demand demand = linux_demand::nothing_is_lost;
    resile::generation version = resile::generation::resilient;
};

class linux_scenario final : public history_scenario {
  public:
    linux_scenario(const linux_script& script, unsigned threads)
        : history_scenario(script.calls, threads), demand_(script.demand), version_(script.version) {}

    void prepare(scheduler& how) override;
    [[nodiscard]] std::string judge(scheduler&) override;
    // Calls and interrupts tell the story; the hundred steps of each call under its locks do not.
    [[nodiscard]] named_word name(const void*) const override { return {}; }

  private:
    map_reply perform(const asked_of_map&) override;
    map_reply look(std::uint64_t key) override { return perform({map_call::get, key, 0}); }

    linux_demand demand_;
    resile::generation version_;
    std::unique_ptr<resile::linux_lru> map_;
};

}  // namespace resile_lab
