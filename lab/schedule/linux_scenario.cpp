// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/schedule/linux_scenario.hpp"

#include <cerrno>
#include <stdexcept>

namespace resile_lab {
namespace {

using resile::linux_lru;

[[nodiscard]] map_answer answer_of(int error, map_answer success) {
    switch (-error) {
        case 0:
            return success;
        case ENOENT:
            return map_answer::absent;
        case EEXIST:
            return map_answer::present;
        default:  // ENOMEM, EDEADLK: a lock, or the lack of nodes, came between
            return map_answer::refused;
    }
}

}  // namespace

void linux_scenario::prepare(scheduler& how) {
    history_scenario::prepare(how);
    map_ = std::make_unique<linux_lru>(
        resile::linux_lru_options{.max_entries = static_cast<std::uint32_t>(script().max_entries),
                                  .version = version_,
                                  .cpus = cpus()});
    how.as_thread(0, [&] {
        for (const auto& [key, value] : script().before) (void)map_->update(&key, &value, linux_lru::any);
    });
}

map_reply linux_scenario::perform(const asked_of_map& asked) {
    std::uint64_t value = asked.value;
    const auto read = [&](int error) {
        return map_reply{answer_of(error, map_answer::present), error == 0 ? value : 0};
    };
    switch (asked.what) {
        case map_call::get:
            return read(map_->user_lookup(&asked.key, &value));
        case map_call::take:
            return read(map_->user_lookup_and_erase(&asked.key, &value));
        case map_call::erase:
            return {answer_of(map_->erase(&asked.key), map_answer::present), 0};
        case map_call::insert:
            return {answer_of(map_->update(&asked.key, &value, linux_lru::noexist), map_answer::inserted), 0};
        case map_call::replace:
            return {answer_of(map_->update(&asked.key, &value, linux_lru::exist), map_answer::replaced), 0};
        default:  // it has no other, or would not say whether the key was there
            throw std::logic_error("Linux's map cannot be asked to " + to_text(asked));
    }
}

std::string linux_scenario::judge(scheduler&) {
    switch (demand_) {
        case linux_demand::nothing_is_lost:
            return judge_calls();
        case linux_demand::nobody_hangs:
            if (map_->refused().would_have_hung == 0) return {};
            return "a handler waits for a lock that the thread below it holds: both hang for good";
        case linux_demand::nothing_is_stranded: {
            const auto nodes = map_->census();
            if (nodes.pending_free == 0 && nodes.unaccounted == 0) return {};
            return "nodes are stranded: " + std::to_string(nodes.in_table) + " in the table, " +
                   std::to_string(nodes.free) + " free, " + std::to_string(nodes.pending_free) +
                   " left behind, " + std::to_string(nodes.unaccounted) + " lost";
        }
    }
    return {};
}

}  // namespace resile_lab
