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

void linux_scenario::perform(recorded_call& call) {
    const std::uint64_t key = call.asked.key;
    std::uint64_t value = call.asked.value;
    switch (call.asked.what) {
        case map_call::get:
            call.answer = answer_of(map_->user_lookup(&key, &call.value), map_answer::present);
            return;
        case map_call::take:
            call.answer = answer_of(map_->user_lookup_and_erase(&key, &call.value), map_answer::present);
            return;
        case map_call::erase:
            call.answer = answer_of(map_->erase(&key), map_answer::present);
            return;
        case map_call::insert:
            call.answer = answer_of(map_->update(&key, &value, linux_lru::noexist), map_answer::inserted);
            return;
        case map_call::replace:
            call.answer = answer_of(map_->update(&key, &value, linux_lru::exist), map_answer::replaced);
            return;
        case map_call::put:  // would not say whether the key was there
        case map_call::add:  // Linux's map has neither
        case map_call::upsert:
            break;
    }
    throw std::logic_error("Linux's map cannot be asked to " + to_text(call.asked));
}

std::optional<std::uint64_t> linux_scenario::look(std::uint64_t key) {
    std::uint64_t value = 0;
    return map_->user_lookup(&key, &value) == 0 ? std::optional(value) : std::nullopt;
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
