// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The page of `resile bench`: what lies in it, and, where a Chromium is installed, what a reader sees.

#include "tests/tool/page_in_browser.hpp"
#include "tests/tool/peers_for_tests.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using nlohmann::json;
using namespace resile_test;

made_page page_of_played_readings() {
    return page_of({"bench", "map", "--runs", "2"}, 0,
                   {.environment = {{"RESILE_PEERS", peers_that_say("page", played_readings())}}});
}

TEST(bench_page, is_one_file_that_needs_no_other_and_holds_the_whole_report) {
    const made_page page = page_of_played_readings();
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
    if (chromium().empty()) GTEST_SKIP() << "no Chromium here: apt-get install chromium";
    const made_page page = page_of_played_readings();
    const std::string html = shown_in_browser(page, scheme::light);

    std::multiset<double> wanted;
    for (const json& row : page.report["rows"]) wanted.insert(row["ns"]["median"].get<double>());
    for (const json& row : page.report["latencies"])
        for (const char* key : {"p50", "p99", "p999", "p9999", "max"}) wanted.insert(row[key].get<double>());
    for (const json& row : page.report["refusals"])
        for (const char* key : {"p50", "p99", "max"}) wanted.insert(row[key].get<double>());
    EXPECT_EQ(numbers_of(html, "data-value"), wanted);

    const std::vector<std::string> figures = values_of(html, "data-figure");
    EXPECT_EQ(std::count(figures.begin(), figures.end(), "times"), 2);
    EXPECT_EQ(std::count(figures.begin(), figures.end(), "scaling"), 2);
    EXPECT_EQ(std::count(figures.begin(), figures.end(), "latency"), 1);
    EXPECT_GE(count_of(html, "<circle"), page.report["rows"].size()) << "a dot for each median, at least";
    EXPECT_TRUE(mentions(html, "kernel &lt;LRU_HASH&gt;")) << "words of the report are text, not markup";
}

}  // namespace
