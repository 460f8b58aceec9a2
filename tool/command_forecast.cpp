// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile forecast`: cache lines that an operation has to fetch from other CPUs, on machines with more of
// them than this one; and whether the forecast for two is true.

#include "lab/forecast/real_cpus.hpp"
#include "tool/commands.hpp"
#include "tool/failure.hpp"
#include "tool/forecast_plot.hpp"
#include "tool/option_checks.hpp"
#include "tool/report.hpp"
#include "tool/terminal.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>

namespace tool {
namespace {

using resile_lab::checked_pair;
using resile_lab::forecast_answer;
using resile_lab::measured_map;
using resile_lab::named_mix;

struct forecast_options {
    std::vector<unsigned> cpus{2, 8, 32, 128};
    std::vector<std::string> maps{"all"};
    std::vector<std::string> mixes{"all"};
    unsigned entries = 16384;
    std::uint64_t seed = 1;
    bool check = false;
    double seconds = 1;
    std::string json;
    std::string svg;
};

struct forecast_row {
    std::string map;
    std::vector<forecast_answer> answers;  // one for each number of CPUs
};
struct forecast_table {
    const named_mix* mix;
    std::vector<forecast_row> rows;
    std::vector<double> of_two{};  // --check: transfers on 2 CPUs, row by row
    // --check only
    std::vector<measured_map> measured{};
    std::vector<checked_pair> pairs{};
};

bool wants(const std::vector<std::string>& chosen, const std::string& name) {
    return std::find(chosen.begin(), chosen.end(), "all") != chosen.end() ||
           std::find(chosen.begin(), chosen.end(), name) != chosen.end();
}

template <class Named>
std::vector<std::string> words_of(const std::vector<Named>& all) {
    std::vector<std::string> words{"all"};
    for (const Named& one : all) words.push_back(one.name);
    return words;
}

template <class Named>
std::string meanings_of(const std::vector<Named>& all) {
    std::string text;
    for (const Named& one : all) text += fmt::format("  {:<14} {}\n", one.name, one.meaning);
    return text;
}

forecast_answer ask(const std::string& map, const named_mix& mix, unsigned cpus,
                    const forecast_options& options) {
    return resile_lab::forecast(
        {.map = map, .mix = mix.what, .cpus = cpus, .entries = options.entries, .seed = options.seed});
}

forecast_table forecast_of(const named_mix& mix, const forecast_options& options, live_line& live) {
    forecast_table made{&mix, {}};
    for (const auto& kind : resile_lab::contestant_kinds()) {
        if (!wants(options.maps, kind.name)) continue;
        forecast_row row{kind.name, {}};
        for (const unsigned cpus : options.cpus) {
            if (graceful_stop::asked_to_stop().load()) return made;
            live.show(fmt::format("{}, {}, {} CPUs", mix.name, kind.name, cpus));
            row.answers.push_back(ask(kind.name, mix, cpus, options));
        }
        if (options.check) {
            const auto two = std::find(options.cpus.begin(), options.cpus.end(), 2U) - options.cpus.begin();
            const bool known = static_cast<std::size_t>(two) < options.cpus.size();
            made.of_two.push_back(known ? row.answers[static_cast<std::size_t>(two)].transfers
                                        : ask(kind.name, mix, 2, options).transfers);
        }
        made.rows.push_back(std::move(row));
    }
    return made;
}

void check(forecast_table& table, const std::array<int, 2>& cpus, const forecast_options& options,
           live_line& live) {
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        if (graceful_stop::asked_to_stop().load()) break;
        const std::string& map = table.rows[i].map;
        live.show(fmt::format("measuring {}, {}", table.mix->name, map));
        const resile_lab::forecast_question question{
            .map = map, .mix = table.mix->what, .entries = options.entries, .seed = options.seed};
        table.measured.push_back(
            {map, table.of_two[i], resile_lab::measure(question, cpus, options.seconds)});
    }
    table.pairs = resile_lab::compare_orders(table.measured);
}

void print_forecast(const std::vector<forecast_table>& tables, const forecast_options& options) {
    std::vector<std::string> header{"mix", "map"};
    for (const unsigned cpus : options.cpus) header.push_back(fmt::format("{} CPUs", cpus));
    header.push_back(fmt::format("on one line, {} CPUs", options.cpus.back()));
    table rows(header);
    for (const forecast_table& one : tables)
        for (const forecast_row& row : one.rows) {
            std::vector<std::string> words{one.mix->name, row.map};
            for (const forecast_answer& answer : row.answers) words.push_back(fixed(answer.transfers, 2));
            words.push_back(fixed(row.answers.back().busiest, 2));
            rows.add(std::move(words));
        }
    fmt::print(
        "Cache lines that come from another CPU, per operation; maps of {} entries, seed {}.\n"
        "On one line: those of the line that moves most; all CPUs stand in line for it.\n\n{}",
        grouped(options.entries), options.seed, rows.text());
}

void print_check(const std::vector<forecast_table>& tables, const std::array<int, 2>& cpus) {
    table rows({"mix", "map", "forecast, 2 CPUs", "ns alone", "ns with company", "company costs"});
    std::size_t clear = 0;
    std::string contradictions;
    std::size_t wrong = 0;
    for (const forecast_table& one : tables) {
        for (const measured_map& map : one.measured)
            rows.add({one.mix->name, map.map, fixed(map.transfers, 2), fixed(map.cost.alone, 0),
                      fixed(map.cost.together, 0), fixed(map.cost.company(), 0)});
        clear += one.pairs.size();
        for (const checked_pair& pair : one.pairs) {
            if (pair.agrees) continue;
            ++wrong;
            contradictions += fmt::format("  {}: company should cost {} less than {}\n", one.mix->name,
                                          pair.lighter, pair.heavier);
        }
    }
    fmt::print("\nMeasured on CPUs {} and {}: nanoseconds per operation and thread.\n\n{}\n", cpus[0],
               cpus[1], rows.text());
    const std::string verdict =
        fmt::format("{} of {} pairs that the forecast tells apart are in its order.", clear - wrong, clear);
    fmt::print("{}\n{}", wrong == 0 ? good(verdict) : bad(verdict), contradictions);
}

nlohmann::json json_of(const std::vector<forecast_table>& tables, const forecast_options& options) {
    nlohmann::json rows = nlohmann::json::array();
    nlohmann::json checked = nlohmann::json::array();
    for (const forecast_table& one : tables) {
        for (const forecast_row& row : one.rows)
            for (std::size_t i = 0; i < row.answers.size(); ++i) {
                const forecast_answer& answer = row.answers[i];
                rows.push_back({{"mix", one.mix->name},
                                {"map", row.map},
                                {"cpus", options.cpus[i]},
                                {"operations", answer.operations},
                                {"refused", answer.refused},
                                {"transfers", answer.transfers},
                                {"on_one_line", answer.busiest},
                                {"invalidations", answer.invalidations},
                                {"accesses", answer.accesses}});
            }
        for (const measured_map& map : one.measured)
            checked.push_back({{"mix", one.mix->name},
                               {"map", map.map},
                               {"transfers", map.transfers},
                               {"ns_alone", map.cost.alone},
                               {"ns_together", map.cost.together}});
    }
    nlohmann::json report{{"entries", options.entries}, {"seed", options.seed}, {"rows", rows}};
    if (options.check) report["check"] = checked;
    return report;
}

std::string picture_of(const std::vector<forecast_table>& tables, const forecast_options& options) {
    std::vector<plot_panel> panels;
    for (const forecast_table& one : tables) {
        plot_panel panel{one.mix->name, {}};
        for (const forecast_row& row : one.rows) {
            plot_line line{row.map, {}};
            for (std::size_t i = 0; i < row.answers.size(); ++i)
                line.points.push_back({options.cpus[i], row.answers[i].transfers});
            panel.lines.push_back(std::move(line));
        }
        panels.push_back(std::move(panel));
    }
    return plot(panels);
}

int run(forecast_options options) {
    each_its_own_place({{"--json", options.json}, {"--svg", options.svg}});
    std::sort(options.cpus.begin(), options.cpus.end());
    options.cpus.erase(std::unique(options.cpus.begin(), options.cpus.end()), options.cpus.end());
    json_sink json(options.json);
    report_sink svg(options.svg);
    std::optional<std::array<int, 2>> cpus;
    try {
        if (options.check) cpus = resile_lab::two_cpus();
    } catch (const std::runtime_error& reason) {
        throw failure(bad_environment, fmt::format("--check: {}", reason.what()));
    }
    const graceful_stop stop;
    std::vector<forecast_table> tables;
    {
        live_line live;
        for (const named_mix& mix : resile_lab::traffic_mixes()) {
            if (!wants(options.mixes, mix.name)) continue;
            forecast_table made = forecast_of(mix, options, live);
            if (!made.rows.empty()) tables.push_back(std::move(made));
            if (graceful_stop::asked_to_stop().load()) break;
        }
        if (cpus)
            for (forecast_table& one : tables) check(one, *cpus, options, live);
    }
    bool agreed = true;
    for (const forecast_table& one : tables)
        for (const checked_pair& pair : one.pairs) agreed = agreed && pair.agrees;
    if (!json.owns_standard_output() && !svg.owns_standard_output()) {
        print_forecast(tables, options);
        if (cpus) print_check(tables, *cpus);
        if (graceful_stop::asked_to_stop().load()) fmt::print("\nStopped at your request.\n");
    }
    json.write(json_of(tables, options));
    svg.write(picture_of(tables, options));
    return agreed ? held : did_not_hold;
}

}  // namespace

void add_forecast(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<forecast_options>();
    CLI::App* command = app.add_subcommand(
        "forecast", "Cache lines that operations fetch from other CPUs, on machines with up to 128 of them");
    command->footer(fmt::format(
        "Maps:\n{}Mixes:\n{}Exit 0: done; with --check, the order of the maps is as measured. 1: it is not. "
        "More: docs/lab.md",
        meanings_of(resile_lab::contestant_kinds()), meanings_of(resile_lab::traffic_mixes())));
    command->add_option("--cpus", options->cpus, "virtual CPUs, as in 2,8,32,128")
        ->delimiter(',')
        ->check(CLI::Range(1U, resile_lab::most_forecast_cpus));
    command->add_option("--map", options->maps, "some of them, as in exact,linux; or all")
        ->delimiter(',')
        ->check(CLI::IsMember(words_of(resile_lab::contestant_kinds())));
    command->add_option("--mix", options->mixes, "some of them, as in lookup,update; or all")
        ->delimiter(',')
        ->check(CLI::IsMember(words_of(resile_lab::traffic_mixes())));
    command->add_option("--entries", options->entries, "how many the maps hold")
        ->check(CLI::Range(1024U, 1U << 20));
    command->add_option("--seed", options->seed, "of keys and of pauses between operations")
        ->envname("RESILE_SEED");
    command->add_flag("--check", options->check,
                      "measure the same on two real CPUs, and compare the order of the maps");
    command->add_option("--seconds", options->seconds, "--check: so long for each map and mix; 1 if not said")
        ->check(CLI::Range(0.01, 3600.0))
        ->check(is_a_length);
    command->add_option("--json", options->json,
                        "write the same as JSON to this file, - for standard output");
    command->add_option("--svg", options->svg, "draw it into this file, - for standard output");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace tool
