// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile explore --schedules` as the program shows it.

#include "tests/support/seeds.hpp"
#include "tests/tool/own_folder.hpp"
#include "tests/tool/the_program.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

namespace {

using resile_test::json_in;
using resile_test::mentions;
using resile_test::resile;
using resile_test::said;
using resile_test::temporary_path;

class explore_schedules : public testing::Test {
  protected:
    void SetUp() override {
        if (resile_test::under_tsan)
            GTEST_SKIP() << "one thread on many stacks: nothing that TSan could judge";
        here_.emplace("explore");
    }

  private:
    std::optional<resile_test::own_folder> here_;  // a failing schedule is left in the working directory
};

TEST_F(explore_schedules, reports_a_case_that_holds) {
    const said answer = resile(
        {"explore", "--schedules", "--case", "update-update", "--bound", "1", "--seed", "7", "--json", "-"});
    EXPECT_EQ(answer.exit_code, 0) << answer.out << answer.error;
    const auto report = json_in(answer.out);
    EXPECT_EQ(report["seed"], 7);
    EXPECT_EQ(report["bound"], 1);
    ASSERT_EQ(report["cases"].size(), 1U);
    const auto& one = report["cases"][0];
    EXPECT_EQ(one["case"], "update-update");
    EXPECT_EQ(one["held"], true);
    EXPECT_EQ(one["complete"], true);
    EXPECT_GT(one["schedules"], 100);
    EXPECT_GT(one["outcomes"], 1);
}

TEST_F(explore_schedules, explores_more_with_a_larger_bound) {
    const auto schedules = [](const char* bound) {
        return json_in(resile({"explore", "--schedules", "--case", "replace-take", "--bound", bound,
                               "--interrupts", "0", "--json", "-"})
                           .out)["cases"][0]["schedules"]
            .get<std::uint64_t>();
    };
    EXPECT_LT(schedules("0"), schedules("1"));
    EXPECT_LT(schedules("1"), schedules("2"));
}

TEST_F(explore_schedules, tells_the_story_of_a_planted_fault_and_replays_it) {
    const said found = resile({"explore", "--schedules", "--case", "planted-two-step-replace"});
    EXPECT_EQ(found.exit_code, 1) << found.out << found.error;
    EXPECT_TRUE(mentions(found.out, "BROKEN")) << found.out;
    EXPECT_TRUE(mentions(found.out, "no order explains")) << found.out;
    EXPECT_TRUE(mentions(found.out, "version of bucket 0")) << "words by name\n" << found.out;
    const std::string file = "planted-two-step-replace.schedule.json";
    EXPECT_TRUE(mentions(found.out, "resile explore --schedules --replay " + file)) << found.out;

    const said again = resile({"explore", "--schedules", "--replay", file});
    EXPECT_EQ(again.exit_code, 1) << again.error;
    const std::size_t story = found.out.find("thread 0  ");
    const std::size_t end = found.out.find(" deviations from");
    ASSERT_NE(story, std::string::npos);
    const std::size_t last_line = found.out.rfind("\n\n", end);
    EXPECT_TRUE(mentions(again.out, found.out.substr(story, last_line - story))) << again.out;
}

TEST_F(explore_schedules, finds_among_all_cases_what_must_break) {
    const said answer = resile({"explore", "--schedules", "--seconds", "0.2", "--seed", "5", "--json", "-"});
    EXPECT_EQ(answer.exit_code, 0) << answer.out << answer.error;
    const auto report = json_in(answer.out);
    std::size_t faults = 0, of_linux = 0;
    for (const auto& one : report["cases"]) {
        EXPECT_NE(one["held"], one["must_break"]) << one["case"];
        if (!one["must_break"]) continue;
        ++faults;
        of_linux += one["case"].get<std::string>().starts_with("linux-") ? 1U : 0U;
    }
    EXPECT_GE(faults, 10U);
    EXPECT_EQ(of_linux, 4U);
}

TEST_F(explore_schedules, looks_for_faults_only_where_they_can_be_found) {
    const said answer =
        resile({"explore", "--schedules", "--interrupts", "0", "--bound", "0", "--json", "-"});
    EXPECT_EQ(answer.exit_code, 0) << answer.out << answer.error;
    const auto report = json_in(answer.out);
    EXPECT_FALSE(report["cases"].empty());
    for (const auto& one : report["cases"]) EXPECT_FALSE(one["must_break"]) << one["case"];
}

TEST_F(explore_schedules, replays_what_breaks_nothing_and_says_so) {
    std::ofstream("calm.json") << R"({"case": "replace-replace", "threads": 2, "decisions": []})";
    const said answer = resile({"explore", "--schedules", "--replay", "calm.json"});
    EXPECT_EQ(answer.exit_code, 0) << answer.error;
    EXPECT_TRUE(mentions(answer.out, "Nothing is broken")) << answer.out;
}

TEST_F(explore_schedules, stops_at_a_limit_and_says_that_it_did_not_see_all) {
    const said answer = resile({"explore", "--schedules", "--case", "evict-evict", "--strategy", "random",
                                "--schedules-limit", "500", "--seed", "3", "--json", "-"});
    EXPECT_EQ(answer.exit_code, 0) << answer.error;
    const auto one = json_in(answer.out)["cases"][0];
    EXPECT_EQ(one["schedules"], 500);
    EXPECT_EQ(one["complete"], false);
}

TEST_F(explore_schedules, stopped_by_ctrl_c_reports_what_was_seen_and_does_not_say_that_all_held) {
    resile_test::child_process search(
        resile_test::resile_words({"explore", "--schedules", "--case", "evict-evict", "--strategy", "random",
                                   "--seconds", "3600", "--json", "search.json"}));
    ASSERT_TRUE(search.wait_until_it_catches(SIGINT));
    search.signal(SIGINT);
    const said answer = search.wait();
    EXPECT_EQ(answer.exit_code, 1) << answer.error;
    EXPECT_TRUE(mentions(answer.out, "Stopped at your request")) << answer.out;
    const auto report = json_in(resile_test::read_file("search.json"));
    EXPECT_EQ(report["held"], false);
    EXPECT_EQ(report["complete"], false);
    EXPECT_TRUE(mentions(report["left_out"], "evict-evict")) << report["left_out"];
    EXPECT_EQ(report["cases"][0]["held"], true) << "so far";
}

TEST_F(explore_schedules, names_the_culprit_in_bad_input) {
    const said no_case = resile({"explore", "--schedules", "--case", "no-such-case"});
    EXPECT_EQ(no_case.exit_code, 2);
    EXPECT_TRUE(mentions(no_case.error, "insert-insert")) << "which there are\n" << no_case.error;
    EXPECT_EQ(resile({"explore", "--schedules", "--threads", "9"}).exit_code, 2);
    EXPECT_EQ(resile({"explore", "--schedules", "--strategy", "hope"}).exit_code, 2);
    const said no_file = resile({"explore", "--schedules", "--replay", "not-there.json"});
    EXPECT_EQ(no_file.exit_code, 3);
    EXPECT_TRUE(mentions(no_file.error, "not-there.json")) << no_file.error;
    for (const char* text : {"", "[]", "{", R"({"case": "lock-aa", "threads": 99, "decisions": []})",
                             R"({"case": "lock-aa", "threads": 2, "decisions": [{"thread": 7}]})",
                             R"({"case": 3, "threads": 2, "decisions": []})"}) {
        std::ofstream("bad.json", std::ios::trunc) << text;
        const said refused = resile({"explore", "--schedules", "--replay", "bad.json"});
        EXPECT_EQ(refused.exit_code, 2) << text;
        EXPECT_TRUE(mentions(refused.error, "bad.json")) << refused.error;
    }
}

}  // namespace
