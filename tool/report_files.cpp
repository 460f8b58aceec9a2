// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/report_files.hpp"

#include "tool/machine.hpp"
#include "tool/page.hpp"

#include <resile/version.hpp>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <algorithm>

namespace tool {
namespace {

// As a shell reads it back.
std::string quoted(const std::string& word) {
    const auto is_plain = [](char each) {
        return std::isalnum(static_cast<unsigned char>(each)) != 0 ||
               std::string_view("-_./,:=+@%").find(each) != std::string_view::npos;
    };
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
    std::string safe = "'";
    for (const char each : word) safe += each == '\'' ? std::string("'\\''") : std::string(1, each);
    return safe + "'";
}

// Checked before a file is opened, so that a refusal leaves none.
const report_paths& checked(const report_paths& paths, const std::vector<named_file>& sources) {
    each_its_own_place({{"--json", paths.json}, {"--html", paths.html}}, sources);
    return paths;
}

}  // namespace

report_option_pair add_report_options(CLI::App& command, report_paths& paths) {
    return {command.add_option("--json", paths.json,
                               "write the same as JSON to this file, - for standard output"),
            command.add_option("--html", paths.html,
                               "write the same as a page with plots to this file: one file, no network")};
}

std::string command_given(const CLI::App& command) {
    std::string line = "resile " + command.get_name();
    for (const CLI::Option* option : command.get_options()) {
        const std::string name = option->get_positional() ? std::string() : option->get_name();
        if (option->count() == 0 || name == "--json" || name == "--html" || name == "--seed") continue;
        if (!name.empty()) line += " " + name;
        if (option->get_items_expected_max() == 0) continue;  // a flag
        const char between = option->get_delimiter() == '\0' ? ' ' : option->get_delimiter();
        std::string values;
        for (const std::string& value : option->results())
            values += (values.empty() ? std::string() : std::string(1, between)) + quoted(value);
        line += " " + values;
    }
    return line;
}

report_files::report_files(const report_paths& paths, const std::string& kind, const std::string& command,
                           const std::vector<named_file>& sources)
    : head_{{"kind", kind},
            {"format", 1},
            {"version", fmt::format("{}.{}.{}", RESILE_VERSION / 10000, RESILE_VERSION / 100 % 100,
                                    RESILE_VERSION % 100)},
            {"command", command},
            {"started", time_now()},
            {"machine", this_machine()}},
      own_standard_output_(paths.to_standard_output()),
      page_wanted_(!paths.html.empty()),
      json_(checked(paths, sources).json),
      html_(paths.html) {}

void report_files::write(const nlohmann::json& body) {
    nlohmann::json report = head_;
    report.update(body);
    json_.write(report);
    if (page_wanted_) html_.write(page_of(report));
}

}  // namespace tool
