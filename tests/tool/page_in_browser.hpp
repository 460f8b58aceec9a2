// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A page as a reader meets it, in a Chromium without a screen.

#include "tests/tool/the_program.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace resile_test {

// A command's report, as it wrote it.
struct made_page {
    std::string path;
    std::string text;
    nlohmann::json report;
};

// Runs a command for both forms of its report. -1: whatever its verdict is.
[[nodiscard]] inline made_page page_of(std::vector<std::string> words, int exit_code = 0,
                                       const surroundings& around = {}) {
    made_page its;
    its.path = temporary_path("page.html");
    const std::string numbers = temporary_path("page.json");
    words.insert(words.end(), {"--html", its.path, "--json", numbers});
    const said answer = resile(words, around);
    if (exit_code == -1) exit_code = answer.exit_code == 1 ? 1 : 0;
    EXPECT_EQ(answer.exit_code, exit_code) << answer.out << answer.error;
    its.text = read_file(its.path);
    its.report = json_in(read_file(numbers));
    return its;
}

// Empty where there is none.
[[nodiscard]] inline std::string chromium() {
    std::istringstream folders(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "");
    for (std::string folder; std::getline(folders, folder, ':');)
        for (const char* name : {"chromium", "chromium-browser", "google-chrome"})
            if (std::filesystem::exists(folder + "/" + name)) return folder + "/" + name;
    return {};
}

// Each value of an attribute in a text of HTML.
[[nodiscard]] inline std::vector<std::string> values_of(const std::string& html,
                                                        const std::string& attribute) {
    std::vector<std::string> values;
    const std::string start = " " + attribute + "=\"";
    for (std::size_t at = html.find(start); at != std::string::npos; at = html.find(start, at)) {
        at += start.size();
        values.push_back(html.substr(at, html.find('"', at) - at));
    }
    return values;
}

[[nodiscard]] inline std::multiset<double> numbers_of(const std::string& html, const std::string& attribute) {
    std::multiset<double> numbers;
    for (const std::string& value : values_of(html, attribute)) numbers.insert(std::stod(value));
    return numbers;
}

[[nodiscard]] inline std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

// Words as they stand in HTML.
[[nodiscard]] inline std::string as_text(const std::string& words) {
    std::string text;
    for (const char each : words)
        text += each == '<' ? "&lt;" : each == '>' ? "&gt;" : each == '&' ? "&amp;" : std::string(1, each);
    return text;
}

enum class scheme { dark, light };  // as Chromium counts them
inline constexpr scheme both_schemes[] = {scheme::light, scheme::dark};

// What stands in the document when all is drawn. Expects what is asked of every page: its view is shown, in
// the colours of the scheme, nothing failed, and how to have it again is told.
[[nodiscard]] inline std::string shown_in_browser(const made_page& page, scheme which) {
    // The background as it is, noted where it is dumped.
    const std::string path = temporary_path("probed.html");
    write_file(path, page.text +
                         "<script>document.documentElement.dataset.paper = "
                         "getComputedStyle(document.body).backgroundColor;</script>");
    const said seen = run_program({chromium(), "--headless", "--no-sandbox", "--disable-gpu",
                                   "--disable-dev-shm-usage", "--window-size=1280,2000",
                                   "--enable-logging=stderr", "--user-data-dir=" + temporary_path("profile"),
                                   "--blink-settings=preferredColorScheme=" + std::to_string(int(which)),
                                   "--virtual-time-budget=5000", "--dump-dom", "file://" + path});
    EXPECT_EQ(seen.exit_code, 0) << seen.error;
    EXPECT_EQ(values_of(seen.out, "data-shown"), std::vector<std::string>{page.report["kind"]})
        << seen.out.substr(0, 2000);
    EXPECT_EQ(values_of(seen.out, "data-faults"), std::vector<std::string>{});
    EXPECT_FALSE(mentions(seen.error, "CONSOLE")) << seen.error;
    const auto paper = values_of(seen.out, "data-paper");
    EXPECT_EQ(paper,
              std::vector<std::string>{which == scheme::dark ? "rgb(18, 20, 26)" : "rgb(251, 250, 248)"});
    EXPECT_TRUE(mentions(seen.out, "<pre>" + as_text(page.report["command"]) + "</pre>"));
    return seen.out;
}

}  // namespace resile_test
