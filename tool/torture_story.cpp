// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/torture_story.hpp"

#include "tool/failure.hpp"
#include "tool/terminal.hpp"

#include <resile/checked.hpp>

#include <fmt/core.h>

#include <cstdio>

namespace tool {
namespace {

// Texts are broken and indented for the terminal only.
std::string in_one_line(const std::string& text) {
    std::string line;
    for (const char each : text)
        if (each == '\n')
            line += ' ';
        else if (each != ' ' || !line.ends_with(' '))
            line += each;
    return line;
}

std::string first_deadlock() {
    resile::usage_report report;
    if (!resile::take_first_usage_report(report)) return {};
    char text[8192];
    resile::describe_usage_report(report, text, sizeof(text));
    return text;
}

// One part of the story: its heading, its run, its table.
struct told_part {
    std::vector<named_outcome> outcomes;
    totals sum;
    nlohmann::json report;
};

told_part tell(torture_options options, const char* map, const char* verify, double seconds,
               const std::string& heading) {
    options.map = map;
    options.verify = verify;
    options.seconds = seconds;
    fmt::print("{}\n", strong(heading));
    std::fflush(stdout);
    told_part part{run_part(options, map), {}, {}};
    part.sum = sum_of(part.outcomes);
    part.report = json_of(options, part.outcomes);
    part.report["heading"] = in_one_line(heading);
    fmt::print("\n{}", table_of(part.outcomes));
    std::fflush(stdout);
    return part;
}

// What follows from it.
void conclude(told_part& part, const std::string& what) {
    fmt::print("\n-> {}\n\n", what);
    part.report["conclusion"] = in_one_line(what);
}

}  // namespace

int tell_story(const torture_options& options, report_files& files) {
    // Parts 1 and 3 are settled in seconds; the second wants many refills, because strict fails now and then.
    fmt::print(
        "Linux's BPF LRU map, in user space, updated by threads that are interrupted by handlers that update "
        "it\n"
        "too. {} entries, {} keys, {} signals per thread at {} Hz each, seed {} (--seed).\n\n",
        options.entries, options.keys, options.nest, options.rate, options.seed);
    told_part plain = tell(options, "linux-plain", "strict", 5,
                           "1. Before June 2026: the LRU's locks are plain spinlocks. What would hang is "
                           "reported and abandoned.");
    const totals& first = plain.sum;
    if (const std::string text = first_deadlock(); !text.empty()) {
        fmt::print("\nThe first deadlock in full:\n\n{}", text);
        plain.report["first_deadlock"] = text;
    }
    conclude(plain, fmt::format("{} times an interrupt asked for a lock that its own thread held: in a "
                                "kernel, each of these is a machine that hangs.\n   {} nodes were lost with "
                                "the abandoned operations.",
                                grouped(first.hung), grouped(first.unaccounted)));

    told_part resilient =
        tell(options, "linux", "strict", 10,
             "2. Since June 2026: resilient locks refuse instead. Judged strictly: one try to refill.");
    const totals& second = resilient.sum;
    conclude(resilient, fmt::format("Nothing hung, but {} operations failed, {} nodes were left pending, and "
                                    "{} of {} refills did not hold all {} entries.",
                                    grouped(second.failed), grouped(second.pending),
                                    second.rounds - second.perfect, second.rounds, options.entries));

    told_part settled =
        tell(options, "linux", "settle", 5,
             "3. The remedy proposed for the kernel's test: 10 ms of rest, and up to three tries.");
    const totals& third = settled.sum;
    conclude(settled,
             fmt::format("{} of {} refills held all entries after at most three tries: {}, while the users "
                         "of the map, who insert\n   once and take no rest, are served as in part 2 ({} "
                         "operations failed).",
                         third.perfect, third.rounds,
                         third.perfect == third.rounds ? "the test is satisfied"
                                                       : "even that does not always satisfy the test",
                         grouped(third.failed)));

    told_part exact = tell(options, "exact", "strict", 10,
                           "4. resile::lru_map: no lock. Judged strictly, and no operation may fail, no node "
                           "be lost, no key be\n   there twice, no value be broken.");
    const totals& fourth = exact.sum;
    conclude(exact, fmt::format("{} operations failed, {} nodes are not where they should be, {} of {} "
                                "refills held all {} entries at the\n   first try{}",
                                grouped(fourth.failed), grouped(fourth.pending + fourth.unaccounted),
                                fourth.perfect, fourth.rounds, options.entries,
                                all_held(exact.outcomes) ? ". Every promise was kept." : "."));

    const std::uint64_t inside = first.inside + second.inside + third.inside + fourth.inside;
    fmt::print("{} interrupts hit a thread inside a map operation.\n", strong(grouped(inside)));
    const bool stopped = graceful_stop::asked_to_stop().load();
    const bool broken = fourth.rounds != 0 && !all_held(exact.outcomes);
    std::string untold;
    if (first.hung == 0) untold += " no deadlock was met in part 1;";
    if (second.failed == 0) untold += " no operation failed in part 2;";
    if (third.rounds == 0) untold += " part 3 was not judged;";
    if (fourth.rounds == 0) untold += " part 4 was not judged;";
    if (inside < 100'000) untold += " fewer than 100,000 interrupts hit an operation;";
    const bool good_story = !stopped && !broken && untold.empty();
    files.write({{"parts", {plain.report, resilient.report, settled.report, exact.report}},
                 {"interrupts_inside_an_operation", inside},
                 {"untold", untold},
                 {"held", good_story}});
    if (stopped) {
        fmt::print("Stopped at your request; the story is not complete.\n");
    } else if (broken) {
        fmt::print("{}: resile::lru_map broke a promise (part 4). Please report it, with the seed.\n",
                   bad("FAILED"));
    } else if (!untold.empty()) {
        fmt::print(
            "Not every part of the story could be told:{} the machine may be too slow or too busy: try "
            "again.\n",
            untold);
    }
    return good_story ? held : did_not_hold;
}

}  // namespace tool
