// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Where the report of a command goes: --json FILE, the numbers; --html FILE, the same as a page.

#include "tool/report.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}

namespace tool {

struct report_paths {
    std::string json;
    std::string html;
    [[nodiscard]] bool wanted() const { return !json.empty() || !html.empty(); }
    [[nodiscard]] bool to_standard_output() const { return json == "-" || html == "-"; }
};

struct report_option_pair {
    CLI::Option* json;
    CLI::Option* html;
};
report_option_pair add_report_options(CLI::App& command, report_paths&);

// The command as it was given, for who wants to have the same again; without where reports go, and without
// the seed, which may be one that was chosen: whoever has one adds it.
[[nodiscard]] std::string command_given(const CLI::App& command);

class report_files {
  public:
    // Before the work, which may be long: throws failure if a file cannot be written, or two of them are one,
    // sources included. `kind` says how the page looks (tool/page), `command` how to have the same again.
    report_files(const report_paths&, const std::string& kind, const std::string& command,
                 const std::vector<named_file>& sources = {});
    // True when standard output belongs to a report, and tables do not.
    [[nodiscard]] bool own_standard_output() const { return own_standard_output_; }
    [[nodiscard]] const nlohmann::json& machine() const { return head_.at("machine"); }
    // `body`, and before it what every report has: kind, version, command, start, machine.
    void write(const nlohmann::json& body);

  private:
    nlohmann::json head_;
    bool own_standard_output_;
    bool page_wanted_;
    json_sink json_;
    report_sink html_;
};

}  // namespace tool
