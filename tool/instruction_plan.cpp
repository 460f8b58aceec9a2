// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/instruction_plan.hpp"

#include "tool/failure.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace tool {
namespace {

using resile_lab::cell;
using resile_lab::planned_cell;
using resile_lab::subject;

// Twice nested is the square of the work: writers only, in states where there is something to fight for.
const std::vector<std::string> nested_operations = {"put",  "erase",    "upsert",
                                                    "lock", "try_lock", "two_locks"};
const std::vector<std::string> nested_states = {"single/absent",    "full/same",    "full/absent",
                                                "full/bucket-news", "dying/absent", "free/same",
                                                "free/crossed"};
const std::vector<std::string> nested_flavours = {"shared/8", "shared/40"};
constexpr std::size_t nested_stride = 29;

bool is_among(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

resile_lab::subject_list subjects_named(const instruction_options& asked) {
    resile_lab::subject_list found = asked.map == "exact"              ? resile_lab::exact_subjects()
                                     : asked.map == "linux"            ? resile_lab::linux_subjects()
                                     : asked.map == "lock"             ? resile_lab::lock_subjects()
                                     : asked.map == "two-step-replace" ? resile_lab::planted_map_subjects()
                                                                       : resile_lab::planted_lock_subjects();
    if (asked.map.starts_with("window-"))
        std::erase_if(found, [&](const auto& one) { return one->name() != asked.map; });
    std::vector<std::string> names;
    for (const auto& one : found) names.push_back(one->name());
    if (asked.flavour == "all") {
        if (asked.nest > 1 && asked.map == "exact")
            std::erase_if(found, [](const auto& one) { return !is_among(nested_flavours, one->name()); });
        return found;
    }
    if (!is_among(names, asked.flavour))
        throw failure(bad_usage, fmt::format("--flavour: {} has no flavour '{}'; it has {}, or all",
                                             asked.map, asked.flavour, fmt::join(names, ", ")));
    std::erase_if(found, [&](const auto& one) { return one->name() != asked.flavour; });
    return found;
}

// The operations that may stand in a place of the pair.
std::vector<std::size_t> choices(const instruction_options& asked, const subject& of, std::size_t place) {
    const auto names = of.operations();
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool named = place < asked.operations.size();
        if (named ? asked.operations[place] == names[i] || asked.operations[place] == "all"
                  : asked.nest == 1 || is_among(nested_operations, names[i]))
            all.push_back(i);
    }
    return all;
}

bool is_state_wanted(const instruction_options& asked, const std::string& name) {
    if (asked.state == "all")
        return asked.nest == 1 || !asked.operations.empty() || is_among(nested_states, name);
    return name == asked.state || name.starts_with(asked.state + "/");
}

resile_lab::step_number step_from(const std::string& text) {
    resile_lab::step_number at;
    const char* const end = text.data() + text.size();
    auto parsed = std::from_chars(text.data(), end, at.step);
    if (parsed.ec == std::errc() && parsed.ptr != end && *parsed.ptr == '.')
        parsed = std::from_chars(parsed.ptr + 1, end, at.inner);
    if (parsed.ec != std::errc() || parsed.ptr != end || at.step == 0)
        throw failure(bad_usage,
                      fmt::format("--step: '{}' is no step; say 12, or 12.34 of nested operations", text));
    return at;
}

// Names that nobody has.
void refuse_unknown_names(const instruction_options& asked, const resile_lab::subject_list& subjects) {
    std::vector<std::string> operations, states;
    const auto add = [](std::vector<std::string>& to, const std::vector<std::string>& names) {
        for (const std::string& name : names)
            if (!is_among(to, name)) to.push_back(name);
    };
    for (const auto& one : subjects) {
        add(operations, one->operations());
        add(states, one->states());
    }
    for (const std::string& name : asked.operations)
        if (name != "all" && !is_among(operations, name))
            throw failure(bad_usage, fmt::format("--pair: {} has no operation '{}'; it has {}", asked.map,
                                                 name, fmt::join(operations, ", ")));
    if (std::none_of(states.begin(), states.end(), [&](const std::string& name) {
            return asked.state == "all" || name == asked.state || name.starts_with(asked.state + "/");
        }))
        throw failure(bad_usage, fmt::format("--state: {} has no state '{}'; it has {}", asked.map,
                                             asked.state, fmt::join(states, ", ")));
    if (asked.operations.size() > asked.nest + 1)
        throw failure(bad_usage, fmt::format("--pair: {} operations; with --nest {} there are {}",
                                             asked.operations.size(), asked.nest, asked.nest + 1));
}

}  // namespace

instruction_plan plan_of(const instruction_options& asked) {
    instruction_plan plan{subjects_named(asked), {}, asked.stride};
    refuse_unknown_names(asked, plan.subjects);
    if (plan.stride == 0) plan.stride = asked.nest == 1 || !asked.step.empty() ? 1 : nested_stride;
    for (const auto& one : plan.subjects) {
        const auto states = one->states();
        std::vector<std::vector<std::size_t>> rows{{}};
        for (std::size_t place = 0; place <= asked.nest; ++place) {
            std::vector<std::vector<std::size_t>> longer;
            for (const auto& row : rows)
                for (const std::size_t operation : choices(asked, *one, place)) {
                    longer.push_back(row);
                    longer.back().push_back(operation);
                }
            rows = std::move(longer);
        }
        // Those that share the first operation and the state stand together (cell_pool.hpp).
        for (const std::size_t first : choices(asked, *one, 0))
            for (std::size_t state = 0; state < states.size(); ++state)
                for (const auto& row : rows) {
                    const cell which{row, state, asked.kill};
                    if (row[0] != first || !is_state_wanted(asked, states[state]) || !one->can_be(which))
                        continue;
                    resile_lab::sampling sample{plan.stride, 1 + plan.cells.size() % plan.stride, {}};
                    if (!asked.step.empty()) sample.only = step_from(asked.step);
                    plan.cells.push_back({one.get(), which, sample});
                }
    }
    if (plan.cells.empty())
        throw failure(bad_usage,
                      "nothing fits: these operations do not meet in that state, or cannot be killed");
    return plan;
}

std::vector<std::string> operation_names(const planned_cell& which) {
    const auto all = which.what->operations();
    std::vector<std::string> names;
    for (const std::size_t one : which.which.operations) names.push_back(all[one]);
    return names;
}

std::string state_name(const planned_cell& which) {
    return which.what->states()[which.which.state];
}

std::string step_text(const resile_lab::step_number& at) {
    return at.inner == 0 ? std::to_string(at.step) : fmt::format("{}.{}", at.step, at.inner);
}

std::string replay_command(const instruction_options& asked, const planned_cell& which,
                           const resile_lab::step_number& at) {
    return fmt::format("resile explore --instructions --map {} --flavour {} --pair {} --state {}{}{}{}",
                       asked.map, which.what->name(), fmt::join(operation_names(which), ","),
                       state_name(which), asked.nest == 1 ? "" : " --nest 2", asked.kill ? " --kill" : "",
                       at.step == 0 ? std::string() : " --step " + step_text(at));
}

}  // namespace tool
