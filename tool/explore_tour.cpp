// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/explore_tour.hpp"

#include "tool/explore_instructions.hpp"
#include "tool/explore_schedules.hpp"
#include "tool/failure.hpp"
#include "tool/report.hpp"
#include "tool/terminal.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace tool {

// The table of lru_map comes last: it is the largest, and a sample anyway, so it takes what time is left.
std::vector<tour_part> tour_parts(std::uint64_t seed, bool quiet) {
    constexpr std::size_t stride = 61;
    const auto lock = [quiet](double seconds) {
        instruction_options options;
        options.map = "lock";
        options.seconds = seconds;
        return explore_instructions(options, quiet);
    };
    const auto schedules = [seed, quiet](double seconds) {
        schedule_options options;
        options.all_seconds = seconds;
        options.seed = seed;
        return explore_schedules(options, quiet);
    };
    const auto map = [quiet](double seconds) {
        instruction_options options;
        options.stride = stride;
        options.seconds = seconds;
        return explore_instructions(options, quiet);
    };
    return {
        {"instructions", "The lock, interrupted at every instruction", lock},
        {"schedules", "Two threads and an interrupt, in every order with at most two preemptions", schedules},
        {"instructions",
         fmt::format("lru_map, every operation interrupted by every other, at every {} instruction",
                     ordinal(stride)),
         map}};
}

explored_part explore_tour(const std::vector<tour_part>& parts, double seconds, bool quiet) {
    using clock = std::chrono::steady_clock;
    const auto begun = clock::now();
    explored_part all{held, {{"parts", nlohmann::json::array()}, {"not_begun", nlohmann::json::array()}}};
    bool complete = true;
    const auto say = [&](const std::string& text) {
        if (quiet) return;
        fmt::print("{}", text);
        std::fflush(stdout);
    };
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const tour_part& one = parts[i];
        const double left = seconds - std::chrono::duration<double>(clock::now() - begun).count();
        const bool stopped = graceful_stop::asked_to_stop().load();
        say(fmt::format("\n--- {}. {}\n\n", i + 1, one.title));
        if (stopped || (seconds > 0 && left <= 0)) {
            say(fmt::format("Not begun: {}.\n", stopped ? "stopped at your request" : "the time was up"));
            all.report["not_begun"].push_back(one.title);
            all.exit_code = did_not_hold;
            continue;
        }
        explored_part part = one.explore(seconds > 0 ? left / static_cast<double>(parts.size() - i) : 0);
        part.report["kind"] = one.kind;
        part.report["title"] = one.title;
        all.exit_code = std::max(all.exit_code, part.exit_code);
        complete = complete && part.report.value("complete", true);
        all.report["parts"].push_back(std::move(part.report));
    }
    complete = complete && all.report["not_begun"].empty();
    all.report["complete"] = complete;
    all.report["held"] = all.exit_code == held;
    say("\n");
    if (!complete && seconds > 0 && !graceful_stop::asked_to_stop().load())
        say(fmt::format("A tour of {} s: what it had no time for is said above; --seconds N gives it more.\n",
                        fmt::format("{:g}", seconds)));
    say("All of it: resile explore --instructions, resile explore --schedules; more: docs/lab.md\n");
    return all;
}

}  // namespace tool
