// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The page of `resile bench`: what lies in it, and, where a Chromium is installed, what a reader sees.

#include "tests/tool/peers_for_tests.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

namespace {

using nlohmann::json;
using namespace resile_test;

struct made {
    std::string path;
    std::string text;
    json report;
};

made page_of_played_readings() {
    made its;
    its.path = temporary_path("page.html");
    const std::string numbers = temporary_path("page.json");
    const said answer =
        resile({"bench", "map", "--runs", "2", "--html", its.path, "--json", numbers},
               {.environment = {{"RESILE_PEERS", peers_that_say("page", played_readings())}}});
    EXPECT_EQ(answer.exit_code, 0) << answer.error;
    its.text = read_file(its.path);
    its.report = json_in(read_file(numbers));
    return its;
}

std::string chromium() {
    std::istringstream folders(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "");
    for (std::string folder; std::getline(folders, folder, ':');)
        for (const char* name : {"chromium", "chromium-browser", "google-chrome"})
            if (std::filesystem::exists(folder + "/" + name)) return folder + "/" + name;
    return {};
}

// Each value of an attribute in a text of HTML.
std::vector<std::string> values_of(const std::string& html, const std::string& attribute) {
    std::vector<std::string> values;
    const std::string start = attribute + "=\"";
    for (std::size_t at = html.find(start); at != std::string::npos; at = html.find(start, at)) {
        at += start.size();
        values.push_back(html.substr(at, html.find('"', at) - at));
    }
    return values;
}

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

TEST(bench_page, is_one_file_that_needs_no_other_and_holds_the_whole_report) {
    const made page = page_of_played_readings();
    EXPECT_EQ(count_of(page.text, "<script src"), 0U);
    EXPECT_EQ(count_of(page.text, "<link"), 0U);
    EXPECT_TRUE(mentions(page.text, "default-src 'none'")) << "the page forbids itself the network";
    EXPECT_TRUE(mentions(page.text, "Copyright 2010-2023 Mike Bostock"))
        << "others' files come with their licences";
    const std::string start = R"(<script type="application/json" id="report">)";
    const std::size_t begin = page.text.find(start) + start.size();
    const std::string data = page.text.substr(begin, page.text.find("</script>", begin) - begin);
    EXPECT_EQ(json_in(data), page.report) << "whatever words peers and remedies have";
}

TEST(bench_page, shows_in_a_browser_the_numbers_of_the_report_and_no_error) {
    const std::string browser = chromium();
    if (browser.empty()) GTEST_SKIP() << "no Chromium here: apt-get install chromium";
    const made page = page_of_played_readings();
    const said seen = run_program({browser, "--headless", "--no-sandbox", "--disable-gpu",
                                   "--disable-dev-shm-usage", "--window-size=1280,2000",
                                   "--enable-logging=stderr", "--user-data-dir=" + temporary_path("profile"),
                                   "--virtual-time-budget=5000", "--dump-dom", "file://" + page.path});
    ASSERT_EQ(seen.exit_code, 0) << seen.error;
    const std::string& html = seen.out;
    EXPECT_EQ(values_of(html, "data-shown"), std::vector<std::string>{"bench"}) << html.substr(0, 2000);
    EXPECT_EQ(values_of(html, "data-faults"), std::vector<std::string>{});
    EXPECT_FALSE(mentions(seen.error, "CONSOLE")) << seen.error;

    std::multiset<double> shown;
    for (const std::string& value : values_of(html, "data-value")) shown.insert(std::stod(value));
    std::multiset<double> wanted;
    for (const json& row : page.report["rows"]) wanted.insert(row["ns"]["median"].get<double>());
    for (const json& row : page.report["latencies"])
        for (const char* key : {"p50", "p99", "p999", "p9999", "max"}) wanted.insert(row[key].get<double>());
    EXPECT_EQ(shown, wanted);

    const std::vector<std::string> figures = values_of(html, "data-figure");
    EXPECT_EQ(std::count(figures.begin(), figures.end(), "times"), 2);
    EXPECT_EQ(std::count(figures.begin(), figures.end(), "scaling"), 2);
    EXPECT_EQ(std::count(figures.begin(), figures.end(), "latency"), 1);
    EXPECT_GE(count_of(html, "<circle"), page.report["rows"].size()) << "a dot for each median, at least";
    EXPECT_TRUE(mentions(html, "kernel &lt;LRU_HASH&gt;")) << "words of the report are text, not markup";
    EXPECT_TRUE(mentions(html, page.report["command"])) << "how to have it again";
}

}  // namespace
