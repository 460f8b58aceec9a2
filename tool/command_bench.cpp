// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile bench`: how fast, beside whom. Measuring is another program's work (bench/); here are the words
// that users say, what becomes of the readings, and the page.

#include "bench/mix.hpp"
#include "tool/bench_report.hpp"
#include "tool/commands.hpp"
#include "tool/failure.hpp"
#include "tool/measuring_program.hpp"
#include "tool/option_checks.hpp"
#include "tool/report_files.hpp"
#include "tool/terminal.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <set>

namespace tool {
namespace {

using nlohmann::json;

struct bench_options {
    std::string what;
    std::vector<std::string> peers{"all"};
    std::vector<unsigned> threads{1, 2, 4, 8};
    std::vector<std::uint64_t> entries{65536};
    std::vector<std::string> mixes;
    unsigned runs = 5;
    double seconds = 0.05;
    bool latency = false;
    report_paths report;
};

std::vector<std::string> mix_words() {
    std::vector<std::string> words;
    for (const bench::mix_text& one : bench::all_mixes)
        if (std::string_view(one.family) == "map") words.emplace_back(one.word);
    return words;
}

// Who is there, who is not, and who is wanted.
class peer_list {
  public:
    explicit peer_list(const bench_options& options) : options_(options) {
        run_peers_program({"list"}, [&](const json& one) {
            if (options.what.empty() || one.at("family") == options.what) all_.push_back(one);
        });
        for (const std::string& word : options.peers) check(word);
    }
    [[nodiscard]] std::vector<std::string> words_of(const std::string& family) const {
        std::vector<std::string> words;
        for (const json& one : all_)
            if (one.at("family") == family && one.at("missing") == "" && is_wanted(one))
                words.push_back(one.at("word"));
        return words;
    }
    [[nodiscard]] std::map<std::string, std::string> names_of(const std::string& family) const {
        std::map<std::string, std::string> names;
        for (const json& one : all_)
            if (one.at("family") == family) names[one.at("word")] = one.at("name");
        return names;
    }
    [[nodiscard]] json wanted() const {
        json some = json::array();
        for (const json& one : all_)
            if (is_wanted(one)) some.push_back(one);
        return some;
    }
    [[nodiscard]] std::string missing_text() const {
        std::string text;
        for (const json& one : wanted())
            if (one.at("missing") != "")
                text +=
                    fmt::format("Without {}: {} ({})\n", one.at("name").get<std::string>(),
                                one.at("missing").get<std::string>(), one.at("remedy").get<std::string>());
        return text;
    }

  private:
    [[nodiscard]] bool names(const std::string& word) const {
        return std::find(options_.peers.begin(), options_.peers.end(), word) != options_.peers.end();
    }
    // Ratios need resile; other numbers need what the loop alone costs.
    [[nodiscard]] bool is_wanted(const json& one) const {
        if (names("all") || names(one.at("word")) || one.at("word") == reference_peer) return true;
        if (one.at("baseline") == false) return false;
        return one.at("library") == "" || std::any_of(all_.begin(), all_.end(), [&](const json& other) {
                   return other.at("library") == one.at("library") && names(other.at("word"));
               });
    }
    void check(const std::string& word) const {
        if (word == "all") return;
        std::set<std::string> known;
        const json* absent = nullptr;
        bool present = false;
        for (const json& one : all_) {
            known.insert(one.at("word"));
            if (one.at("word") != word) continue;
            present = present || one.at("missing") == "";
            absent = &one;
        }
        if (absent == nullptr)
            throw failure(bad_usage,
                          fmt::format("--peers: nobody here is called '{}'; say all, or some of {}", word,
                                      fmt::join(known, ", ")));
        if (!present)
            throw failure(bad_environment, fmt::format("--peers: {} is not here: {}; {}", word,
                                                       absent->at("missing").get<std::string>(),
                                                       absent->at("remedy").get<std::string>()));
    }

    const bench_options& options_;
    std::vector<json> all_;
};

void measure(const bench_options& options, const std::string& family, const std::vector<std::string>& peers,
             bench_report& report) {
    const bool of_maps = family == "map";
    const auto mixes = of_maps ? options.mixes : std::vector<std::string>{"section"};
    const auto entries = of_maps ? options.entries : std::vector<std::uint64_t>{0};
    const json plan{{"family", family},
                    {"peers", peers},
                    {"mixes", mixes},
                    {"threads", options.threads},
                    {"entries", entries},
                    {"runs", options.runs},
                    {"seconds", options.seconds},
                    {"latency", options.latency}};
    const std::size_t expected =
        peers.size() * mixes.size() * options.threads.size() * entries.size() * options.runs;
    std::size_t readings = 0;
    live_line live;
    run_peers_program({"measure", plan.dump()}, [&](const json& said) {
        report.add(said);
        if (!said.contains("reading")) return;
        const json& one = said["reading"];
        live.show(fmt::format("{} {:3.0f} %: {}, {}, {} threads: {:.1f} ns", family,
                              100.0 * static_cast<double>(++readings) / static_cast<double>(expected),
                              one["mix"].get<std::string>(), one["peer"].get<std::string>(),
                              one["threads"].get<unsigned>(), one["ns"].get<double>()));
    });
}

// As many samples as take about as long as the readings of one lock.
void measure_refusals(const bench_options& options, bench_report& report) {
    const double samples = std::clamp(options.seconds * options.runs * 2000, 1.0, 1e5);
    live_line live;
    run_peers_program({"refusals", fmt::format("{:.0f}", samples)}, [&](const json& said) {
        report.add(said);
        live.show(fmt::format("waits in vain: {}", said["refusal"]["situation"].get<std::string>()));
    });
}

// What a user types to have this again.
std::string command_line(const bench_options& options) {
    std::string line = "resile bench";
    if (!options.what.empty()) line += " " + options.what;
    line += fmt::format(" --peers {} --threads {}", fmt::join(options.peers, ","),
                        fmt::join(options.threads, ","));
    if (options.what != "lock")
        line += fmt::format(" --entries {} --mix {}", fmt::join(options.entries, ","),
                            fmt::join(options.mixes, ","));
    return line + fmt::format(" --runs {} --seconds {}{}", options.runs, options.seconds,
                              options.latency ? " --latency" : "");
}

json texts_of_mixes() {
    json all = json::array();
    for (const bench::mix_text& one : bench::all_mixes)
        all.push_back({{"family", one.family}, {"word", one.word}, {"meaning", one.meaning}});
    return all;
}

int run(bench_options options) {
    if (options.what == "lock" && !options.mixes.empty())
        throw failure(bad_usage, "--mix goes with map: a lock knows one thing to do");
    if (options.mixes.empty()) options.mixes = mix_words();
    report_files files(options.report, "bench", command_line(options));
    const graceful_stop stop;
    const peer_list peers(options);
    json report{
        {"settings", {{"runs", options.runs}, {"seconds", options.seconds}, {"latency", options.latency}}},
        {"mixes", texts_of_mixes()},
        {"peers", peers.wanted()},
        {"rows", json::array()},
        {"latencies", json::array()},
        {"refusals", json::array()},
        {"cannot", json::array()}};
    std::string tables;
    for (const char* family : {"lock", "map"}) {
        if ((!options.what.empty() && options.what != family) || graceful_stop::asked_to_stop().load())
            continue;
        bench_report seen(family);
        seen.name_peers(peers.names_of(family));
        measure(options, family, peers.words_of(family), seen);
        if (family == std::string_view("lock") && options.latency && !graceful_stop::asked_to_stop().load())
            measure_refusals(options, seen);
        for (const auto& [key, part] : {std::pair{"rows", seen.rows()},
                                        {"latencies", seen.latencies()},
                                        {"refusals", seen.refusals()},
                                        {"cannot", seen.cannot()}})
            report[key].insert(report[key].end(), part.begin(), part.end());
        tables += seen.tables();
    }
    files.write(report);
    if (!files.own_standard_output()) {
        std::size_t disturbed = 0;
        for (const json& row : report["rows"]) disturbed += row["disturbed"].get<std::size_t>();
        fmt::print(
            "{}, {} CPUs. Time of all threads together per operation: two that do not disturb each other "
            "halve it.\nMedians of {} runs{}, peers taking turns; ratios to resile.\n{}{}",
            files.machine()["processor"].get<std::string>(), files.machine()["cpus_allowed"].get<int>(),
            options.runs, graceful_stop::asked_to_stop().load() ? " at most: stopped before the last" : "",
            peers.missing_text(), tables);
        if (disturbed != 0)
            fmt::print(
                "\n{} readings were disturbed by something else on these CPUs: the least is nearer to the "
                "truth, or try again on a quiet machine.\n",
                disturbed);
    }
    return graceful_stop::asked_to_stop().load() ? did_not_hold : held;
}

}  // namespace

void add_bench(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<bench_options>();
    CLI::App* command =
        app.add_subcommand("bench", "Time per operation of locks and maps, beside peers that take turns");
    std::string footer = "Mixes:\n";
    for (const bench::mix_text& one : bench::all_mixes)
        if (std::string_view(one.family) == "map")
            footer += fmt::format("  {:<8} {}\n", one.word, one.meaning);
    command->footer(
        footer +
        "Peers that are not installed, or not permitted here, are listed with the remedy. How it is "
        "measured, and\nhow to read it: bench/README.md. The benches are built by `make bench`.");
    command->add_option("WHAT", options->what, "lock or map; none: both")
        ->check(CLI::IsMember({"lock", "map"}));
    command->add_option("--peers", options->peers, "all, or some, as in mutex,tbb; resile is always there")
        ->delimiter(',');
    command->add_option("--threads", options->threads, "numbers of threads, as in 1,2,4,8")
        ->delimiter(',')
        ->check(CLI::Range(1, 256));
    command->add_option("--entries", options->entries, "sizes of the maps, as in 65536,1048576")
        ->delimiter(',')
        ->check(CLI::Range(1000, 1 << 24));
    command->add_option("--mix", options->mixes, "what maps do, as in lookup,insert; none: all of the below")
        ->delimiter(',')
        ->check(CLI::IsMember(mix_words()));
    command->add_option("--runs", options->runs, "readings of each; peers alternate")
        ->check(CLI::Range(1, 1000));
    command->add_option("--seconds", options->seconds, "length of a reading")
        ->check(CLI::Range(0.001, 60.0))
        ->check(is_a_length);
    command->add_flag(
        "--latency", options->latency,
        "also how long single operations take, in threads and in signal handlers: p50 to max; of "
        "locks, how long until a wait in vain is refused");
    add_report_options(*command, options->report);
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace tool
