// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What the pages of `replay`, `losses`, `torture` and `explore` show, where a Chromium is installed.

#include "tests/tool/page_in_browser.hpp"

#include <gtest/gtest.h>

namespace {

using nlohmann::json;
using namespace resile_test;

class command_page : public testing::Test {
  protected:
    void SetUp() override {
        if (chromium().empty()) GTEST_SKIP() << "no Chromium here: apt-get install chromium";
    }
};

TEST_F(command_page, of_replay_shows_the_hit_ratios_of_all_maps_over_their_capacities) {
    std::string keys;
    for (unsigned i = 0; i < 3000; ++i) keys += std::to_string(i * i % 257) + "\n";
    write_file(temporary_path("<squares>"), keys);
    const made_page page = page_of(
        {"replay", temporary_path("<squares>"), "--entries", "16,64", "--map", "all", "--flavour", "all"});
    std::multiset<double> wanted;
    for (const json& row : page.report["rows"])
        for (const char* key : {"hit_ratio", "true_lru_ratio", "optimal_ratio", "hits", "evictions"})
            wanted.insert(row[key].get<double>());
    for (const scheme which : both_schemes) {
        const std::string html = shown_in_browser(page, which);
        EXPECT_EQ(numbers_of(html, "data-value"), wanted);
        EXPECT_EQ(values_of(html, "data-figure"), std::vector<std::string>{"trace"});
        EXPECT_GE(count_of(html, "<circle"), 2 * page.report["rows"].size()) << "ratios and differences";
        EXPECT_TRUE(mentions(html, "&lt;squares&gt;")) << "words of the report are text, not markup";
    }
}

TEST_F(command_page, of_losses_shows_what_is_present_and_what_is_lost_in_each_map) {
    const made_page page = page_of({"losses", "--entries", "8,1000"});
    std::multiset<double> wanted;
    for (const json& row : page.report["rows"])
        for (const char* map : {"lru_map", "linux_lru", "kernel"})
            for (const char* key : {"present", "lost", "ENOENT"})
                if (row.contains(map)) wanted.insert(row[map][key].get<double>());
    for (const scheme which : both_schemes) {
        const std::string html = shown_in_browser(page, which);
        EXPECT_EQ(numbers_of(html, "data-value"), wanted);
        EXPECT_EQ(values_of(html, "data-flavour"),
                  (std::vector<std::string>{"shared", "per-cpu", "per-cpu-values"}));
        EXPECT_EQ(count_of(html, "mark held"), 1U) << "the verdict comes first";
    }
}

}  // namespace
