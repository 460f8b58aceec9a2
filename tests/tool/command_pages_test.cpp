// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What the pages of `replay`, `losses`, `torture` and `explore` show, where a Chromium is installed.

#include "lab/injection/single_stepper.hpp"
#include "tests/support/seeds.hpp"
#include "tests/tool/own_folder.hpp"
#include "tests/tool/page_in_browser.hpp"
#include "tool/page.hpp"

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

TEST_F(command_page, of_torture_shows_refills_failures_and_what_became_of_the_nodes) {
    if (under_tsan) GTEST_SKIP() << "TSan holds signals back until the thread calls something that it knows";
    const made_page page = page_of({"torture", "--seconds", "0.6", "--seed", "7"});
    std::multiset<double> wanted;
    for (const json& one : page.report["flavours"]) {
        double operations = 0, failed = 0;
        for (const char* who : {"task", "handlers"}) {
            operations += one[who]["done"].get<double>();
            for (const char* how : {"ENOMEM", "EDEADLK", "ETIMEDOUT", "EBUSY", "EILSEQ", "other"})
                failed += one[who][how].get<double>();
        }
        const double lost = one["unaccounted"].get<double>() + one["duplicate_keys"].get<double>();
        wanted.insert({operations, failed, lost});
        for (const char* key : {"interrupts", "interrupts_inside_an_operation", "would_have_hung",
                                "left_pending_free", "rounds", "perfect_rounds", "worst_first_try"})
            wanted.insert(one[key].get<double>());
    }
    for (const scheme which : both_schemes) {
        const std::string html = shown_in_browser(page, which);
        EXPECT_EQ(numbers_of(html, "data-value"), wanted);
        EXPECT_EQ(values_of(html, "data-figure"), std::vector<std::string>{"part"});
        EXPECT_EQ(count_of(html, "mark held"), 2U) << "of all, and of the map";
        EXPECT_TRUE(mentions(html, "<h1>lru_map kept every promise"));
    }
}

TEST_F(command_page, of_the_story_has_its_four_parts) {
    if (under_tsan) GTEST_SKIP() << "TSan holds signals back until the thread calls something that it knows";
    made_page page = page_of({"torture", "--map", "linux", "--seconds", "0.3", "--seed", "7"}, -1);
    // Half a minute of a real one is for the demo: four parts, as it writes them.
    json part = page.report;
    for (const char* of_all : {"kind", "format", "version", "command", "started", "machine"})
        part.erase(of_all);
    part["heading"] = "What <happened>";
    part["conclusion"] = "This <follows>.";
    json exact = part;
    exact["map"] = "exact";
    page.report["parts"] = {part, part, part, exact};
    page.report["untold"] = " no operation failed in part 2;";
    page.text = tool::page_of(page.report);
    const std::string html = shown_in_browser(page, scheme::light);
    EXPECT_EQ(values_of(html, "data-map"), (std::vector<std::string>{"linux", "linux", "linux", "exact"}));
    EXPECT_EQ(count_of(html, "What &lt;happened&gt;"), 4U);
    EXPECT_EQ(count_of(html, "This &lt;follows&gt;."), 4U);
}

TEST_F(command_page, of_torture_check_shows_counts_and_the_history_without_an_order) {
    if (under_tsan) GTEST_SKIP() << "TSan holds signals back until the thread calls something that it knows";
    const own_folder here("check_page");  // where it leaves that history
    const made_page page =
        page_of({"torture", "--check", "--map", "two-step-replace", "--seconds", "2", "--seed", "7"}, 1);
    const json& one = page.report["flavours"][0];
    std::multiset<double> wanted;
    for (const char* key : {"histories", "calls", "overlapping_calls", "calls_in_handlers",
                            "calls_inside_a_call", "refused", "longest_search", "unordered", "stranded"})
        wanted.insert(one[key].get<double>());
    for (const scheme which : both_schemes) {
        const std::string html = shown_in_browser(page, which);
        EXPECT_EQ(numbers_of(html, "data-value"), wanted);
        EXPECT_EQ(count_of(html, "mark broken"), 1U);
        EXPECT_TRUE(mentions(html, as_text(one["story"]))) << "the history itself";
    }
}

// Small enough to be looked at.
made_page page_of_a_broken_pair() {
    return page_of({"explore", "--instructions", "--map", "two-step-replace", "--pair", "put,get", "--state",
                    "one/same", "--stride", "3"},
                   1);
}
made_page page_of_a_broken_case() {
    return page_of({"explore", "--schedules", "--case", "planted-two-step-replace", "--seed", "3"}, 1);
}

TEST_F(command_page, of_instructions_shows_a_matrix_and_failures_in_full) {
    if (!resile_lab::can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    const made_page page = page_of_a_broken_pair();
    EXPECT_GT(page.report["failures"], 0);
    const json& told = page.report["told"][0];
    EXPECT_TRUE(mentions(told["stacks"], "the interrupted operation")) << told;
    for (const scheme which : both_schemes) {
        const std::string html = shown_in_browser(page, which);
        const std::multiset<double> wanted{page.report["injections"].get<double>(),
                                           page.report["failures"].get<double>()};
        EXPECT_EQ(numbers_of(html, "data-value"), wanted) << "one pair: its sums are the sums of all";
        EXPECT_EQ(values_of(html, "data-pair"), std::vector<std::string>{"put / get"});
        EXPECT_EQ(count_of(html, "mark broken"), 1U);
        for (const char* part : {"promise", "stacks", "again"})
            EXPECT_TRUE(mentions(html, as_text(told[part]))) << part;
    }
}

TEST_F(command_page, of_schedules_shows_counts_and_the_story_in_columns) {
    if (under_tsan) GTEST_SKIP() << "one thread on many stacks: nothing that TSan could judge";
    const own_folder here("schedules_page");  // where it leaves the schedule
    const made_page page = page_of_a_broken_case();
    const json& one = page.report["cases"][0];
    std::multiset<double> wanted;
    for (const char* key : {"schedules", "points", "contended_words", "outcomes"})
        wanted.insert(one[key].get<double>());
    for (const scheme which : both_schemes) {
        const std::string html = shown_in_browser(page, which);
        EXPECT_EQ(numbers_of(html, "data-value"), wanted);
        EXPECT_TRUE(mentions(html, "<h1>Broken: planted-two-step-replace"));
        EXPECT_TRUE(mentions(html, as_text(one["story"])));
        EXPECT_TRUE(mentions(html, as_text(one["meaning"])));
    }
}

TEST_F(command_page, of_the_tour_has_the_parts_of_both) {
    if (!resile_lab::can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    const own_folder here("tour_page");
    // Two minutes of a real one are for people: its parts, small.
    json instructions = page_of_a_broken_pair().report;
    made_page page = page_of_a_broken_case();
    json schedules = page.report;
    instructions["title"] = "At <every> instruction";
    schedules["title"] = "In <every> order";
    schedules["left_out"] = "the <rest>";
    page.report["kind"] = "explore";
    page.report["parts"] = {instructions, schedules};
    page.report["not_begun"] = {"What had to <wait>"};
    page.text = tool::page_of(page.report);
    const std::string html = shown_in_browser(page, scheme::dark);
    EXPECT_EQ(values_of(html, "data-part"), (std::vector<std::string>{"instructions", "schedules", "none"}));
    EXPECT_EQ(count_of(html, "&lt;every&gt;"), 2U);
    EXPECT_TRUE(mentions(html, "Left out: the &lt;rest&gt;."));
    EXPECT_TRUE(mentions(html, "What had to &lt;wait&gt;"));
    EXPECT_EQ(values_of(html, "data-figure"),
              (std::vector<std::string>{"matrix", "lengths", "failure", "story", "cases"}));
}

}  // namespace
