// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile losses`: what is gone although nobody erased it. Fill a map from one CPU, then update every key
// that is there. lru_map, linux_lru and the running kernel's map, side by side.

#include "lab/judge/cpus.hpp"
#include "tool/commands.hpp"
#include "tool/failure.hpp"
#include "tool/flavour.hpp"
#include "tool/kernel_map.hpp"
#include "tool/report_files.hpp"
#include "tool/terminal.hpp"

#include <resile/lru_map.hpp>
#include <resile/percpu_lru_map.hpp>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <functional>
#include <memory>
#include <optional>

namespace tool {
namespace {

struct losses_options {
    std::string map = "all";
    std::string flavour = "all";
    std::vector<std::uint32_t> entries = {8, 16, 64, 256, 1000, 1024, 4096, 10000, 65536};
    report_paths report;
    std::string command;
};

struct losses {
    std::uint32_t present = 0;  // after max_entries distinct keys were inserted
    std::uint32_t lost = 0;     // of these, gone after each was updated once
    std::uint32_t absent = 0;   // updates that answered ENOENT
    std::uint32_t failed = 0;   // operations that failed in any other way
    bool operator==(const losses&) const = default;
};

// The three operations that it takes, on whatever map.
struct subject {
    std::uint32_t entries;
    std::function<int(std::uint64_t)> insert, update;
    std::function<bool(std::uint64_t)> present;
};

losses measure(const subject& map) {
    constexpr std::uint64_t first_key = 1000;
    losses seen;
    for (std::uint64_t i = 0; i < map.entries; ++i) seen.failed += map.insert(first_key + i) != 0 ? 1U : 0U;
    std::vector<std::uint64_t> there;
    for (std::uint64_t i = 0; i < map.entries; ++i)
        if (map.present(first_key + i)) there.push_back(first_key + i);
    seen.present = static_cast<std::uint32_t>(there.size());
    for (const std::uint64_t key : there) {
        const int result = map.update(key);
        if (result == -ENOENT)
            ++seen.absent;
        else if (result != 0)
            ++seen.failed;
    }
    for (const std::uint64_t key : there) seen.lost += map.present(key) ? 0U : 1U;
    return seen;
}

losses measure_ours(const flavour& which, std::uint32_t entries, resile::generation version) {
    auto options = options_of(which, entries, version);
    if (why_no_kernel_map().empty()) options.cpus = static_cast<std::uint32_t>(kernel_possible_cpus());
    resile::linux_lru map(options);
    std::vector<unsigned char> value(map.user_value_size());
    return measure(
        {map.max_entries(),
         [&](std::uint64_t key) { return map.user_update(&key, value.data(), resile::linux_lru::any); },
         [&](std::uint64_t key) { return map.user_update(&key, value.data(), resile::linux_lru::exist); },
         [&](std::uint64_t key) { return map.user_lookup(&key, value.data()) == 0; }});
}

template <class Map>
losses measure_exact(Map& map) {
    const auto code_of = [](resile::put_result result) {
        switch (result) {
            case resile::put_result::inserted:
            case resile::put_result::replaced:
                return 0;
            case resile::put_result::absent:
                return -ENOENT;
            default:
                return -ENOMEM;
        }
    };
    return measure({static_cast<std::uint32_t>(map.max_size()),
                    [&](std::uint64_t key) { return code_of(map.put(key, key)); },
                    [&](std::uint64_t key) { return code_of(map.replace(key, key + 1)); },
                    [&](std::uint64_t key) { return map.contains(key); }});
}

losses measure_exact(const flavour& which, std::uint32_t entries) {
    resile::lru_options options;
    if (which.no_common_lru) options.order = resile::recency::per_cpu;
    if (which.percpu_values) {
        resile::percpu_lru_map<std::uint64_t, std::uint64_t> map(entries, options);
        return measure_exact(map);
    }
    resile::lru_map<std::uint64_t, std::uint64_t> map(entries, options);
    return measure_exact(map);
}

losses measure_kernel(const flavour& which, std::uint32_t entries) {
    const auto cpus = static_cast<std::uint32_t>(kernel_possible_cpus());
    if (which.no_common_lru) entries = (entries + cpus - 1) / cpus * cpus;
    const kernel_map map(options_of(which, entries, resile::generation::plain));
    std::vector<unsigned char> value(map.user_value_size());
    return measure(
        {entries,
         [&](std::uint64_t key) { return map.user_update(&key, value.data(), resile::linux_lru::any); },
         [&](std::uint64_t key) { return map.user_update(&key, value.data(), resile::linux_lru::exist); },
         [&](std::uint64_t key) { return map.user_lookup(&key, value.data()) == 0; }});
}

nlohmann::json json_of(const losses& seen) {
    return {{"present", seen.present}, {"lost", seen.lost}, {"ENOENT", seen.absent}, {"failed", seen.failed}};
}

std::string words(const std::optional<losses>& seen) {
    if (!seen) return "-";
    return fmt::format("{} present, {} lost, {} ENOENT{}", grouped(seen->present), grouped(seen->lost),
                       grouped(seen->absent),
                       seen->failed == 0 ? "" : fmt::format(", {} FAILED", seen->failed));
}

int run(const losses_options& options) {
    report_files files(options.report, "losses", options.command);
    const std::string no_kernel = why_no_kernel_map();
    if (options.map == "kernel" && !no_kernel.empty())
        throw failure(bad_environment, "the kernel's map cannot be asked: " + no_kernel);
    const bool ask_kernel = (options.map == "kernel" || options.map == "all") && no_kernel.empty();
    const bool ask_linux = options.map != "kernel" && options.map != "exact";
    const bool ask_exact = options.map == "exact" || options.map == "all";
    const auto version =
        options.map == "linux-plain" ? resile::generation::plain : resile::generation::resilient;

    const int cpu = resile_lab::usable_cpus().front();
    resile_lab::pin_this_thread(cpu);
    const graceful_stop stop;
    live_line live;
    table rows({"flavour", "entries", "resile::lru_map", "resile::linux_lru",
                fmt::format("kernel {}", kernel_release()), ""});
    nlohmann::json report = nlohmann::json::array();
    std::uint32_t compared = 0;
    std::uint32_t agreed = 0;
    std::uint32_t broken = 0;
    losses worst;
    for (const flavour& which : flavours_named(options.flavour)) {
        for (const std::uint32_t entries : options.entries) {
            if (graceful_stop::asked_to_stop().load()) break;
            live.show(fmt::format("{}, {} entries", which.name, entries));
            std::optional<losses> exact;
            std::optional<losses> ours;
            std::optional<losses> kernel;
            if (ask_exact) exact = measure_exact(which, entries);
            if (ask_linux) ours = measure_ours(which, entries, version);
            if (ask_kernel) kernel = measure_kernel(which, entries);
            std::string verdict;
            nlohmann::json row = {{"flavour", which.name}, {"entries", entries}};
            if (exact) {
                row["lru_map"] = json_of(*exact);
                if (*exact != losses{.present = entries}) {
                    ++broken;
                    verdict = bad("lru_map BROKE ITS PROMISE");
                }
            }
            if (ours) row["linux_lru"] = json_of(*ours);
            if (kernel) row["kernel"] = json_of(*kernel);
            if (ours && kernel) {
                ++compared;
                agreed += *ours == *kernel ? 1U : 0U;
                if (verdict.empty()) verdict = *ours == *kernel ? good("Linux's agree") : bad("DIFFER");
                row["agree"] = *ours == *kernel;
            }
            if (ours || kernel) {
                const losses& shown = ours ? *ours : *kernel;
                if (shown.lost > worst.lost) worst = shown;
            }
            rows.add({which.name, grouped(entries), words(exact), words(ours), words(kernel), verdict});
            report.push_back(std::move(row));
        }
    }
    live.clear();
    files.write({{"kernel", kernel_release()},
                 {"kernel_not_asked", options.map == "all" ? no_kernel : std::string()},
                 {"generation", options.map == "linux-plain" ? "plain" : "resilient"},
                 {"cpu", cpu},
                 {"rows", report},
                 {"held", compared == agreed && broken == 0}});
    if (!files.own_standard_output()) {
        fmt::print(
            "Filled with max_entries keys from CPU {}, then every key present updated once with "
            "EXIST.\n\n{}\n",
            cpu, rows.text());
        if (options.map == "all" && !no_kernel.empty())
            fmt::print("The kernel was not asked: {}\n", no_kernel);
        if (compared != 0) fmt::print("{} of {} rows agree with the running kernel.\n", agreed, compared);
        if (ask_linux || ask_kernel)
            fmt::print(
                "Nothing was erased, yet in Linux's map an update of what is there can lose up to {} keys.\n",
                worst.lost);
        if (ask_exact)
            fmt::print("resile::lru_map {}.\n", broken == 0 ? "held all of its entries and lost none"
                                                            : "BROKE ITS PROMISE: please report this");
    }
    return compared == agreed && broken == 0 ? held : did_not_hold;
}

}  // namespace

void add_losses(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<losses_options>();
    CLI::App* command = app.add_subcommand(
        "losses", "Fill a map and update what is in it; count what is lost, here and in the kernel");
    command->footer(
        "Exit 0: linux and kernel agree where both could be asked, and exact lost nothing. 1: not so. 3: the "
        "kernel\n"
        "was to be asked and cannot be.");
    command
        ->add_option(
            "--map", options->map,
            "all (exact, linux, and kernel where permitted), exact (resile::lru_map), linux, linux-plain or "
            "kernel")
        ->check(CLI::IsMember({"all", "exact", "linux", "linux-plain", "kernel"}));
    command->add_option("--flavour", options->flavour, "all, shared, per-cpu or per-cpu-values")
        ->check(CLI::IsMember(flavour_words));
    command->add_option("--entries", options->entries, "sizes, as in 8,64,1000")
        ->delimiter(',')
        ->check(CLI::Range(1, 1 << 26));
    add_report_options(*command, options->report);
    command->callback([command, options, &exit_code] {
        options->command = command_given(*command);
        exit_code = run(*options);
    });
}

}  // namespace tool
