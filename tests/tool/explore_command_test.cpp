// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile explore --instructions` as a person and a script meet it.

#include "lab/injection/single_stepper.hpp"
#include "tests/tool/the_program.hpp"

#include <gtest/gtest.h>

namespace {

using resile_test::json_in;
using resile_test::mentions;
using resile_test::resile;
using resile_test::said;

class explore_instructions : public testing::Test {
  protected:
    void SetUp() override {
        if (!resile_lab::can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    }
    static said explore(std::vector<std::string> words) {
        words.insert(words.begin(), {"explore", "--instructions"});
        return resile(words);
    }
};

TEST_F(explore_instructions, of_a_pair_in_a_state_prints_its_table_and_exits_0) {
    const said answer = explore({"--pair", "put,erase", "--state", "full/same", "--flavour", "shared/8"});
    EXPECT_EQ(answer.exit_code, 0) << answer.out << answer.error;
    const auto row = resile_test::table_row(answer.out, "put / erase");
    ASSERT_GE(row.size(), 5U) << answer.out;
    EXPECT_EQ(row[1], "1");
    EXPECT_EQ(row[2], row[3]) << "an injection in front of every instruction";
    EXPECT_EQ(row[4], "0");
    EXPECT_TRUE(mentions(answer.out, "every promise held")) << answer.out;
}

TEST_F(explore_instructions, finds_a_planted_window_and_prints_the_command_that_shows_it_again) {
    const said answer =
        explore({"--map", "window-on-lock", "--pair", "lock,lock", "--state", "free/same", "--json", "-"});
    EXPECT_EQ(answer.exit_code, 1) << answer.error;
    const auto report = json_in(answer.out);
    EXPECT_GT(report["failures"], 0);
    const auto& failure = report["cells"][0]["first_failures"][0];
    EXPECT_TRUE(mentions(failure["promise"], "AA")) << failure;
    EXPECT_TRUE(mentions(failure["instruction"], "0x")) << failure;

    std::istringstream command(failure["again"].get<std::string>());
    std::vector<std::string> words;
    for (std::string word; command >> word;) words.push_back(word);
    ASSERT_EQ(words.front(), "resile");
    const said again = resile({words.begin() + 1, words.end()});
    EXPECT_EQ(again.exit_code, 1) << again.out;
    EXPECT_TRUE(mentions(again.out, "BROKEN")) << again.out;
    EXPECT_TRUE(mentions(again.out, "the interrupted operation")) << "both stacks: " << again.out;
}

TEST_F(explore_instructions, tells_of_the_instant_at_which_a_key_vanishes) {
    const said answer = explore({"--map", "two-step-replace", "--pair", "put,get", "--state", "one/same"});
    EXPECT_EQ(answer.exit_code, 1) << answer.out;
    EXPECT_TRUE(mentions(answer.out, "no order explains")) << answer.out;
    EXPECT_TRUE(mentions(answer.out, "--step ")) << answer.out;
}

TEST_F(explore_instructions, at_every_301st_instruction_says_so) {
    const said answer = explore({"--pair", "put,erase", "--state", "full/same", "--stride", "301"});
    EXPECT_EQ(answer.exit_code, 0) << answer.out << answer.error;
    EXPECT_TRUE(mentions(answer.out, "every 301st instruction")) << answer.out;
}

TEST_F(explore_instructions, of_linux_counts_its_troubles_and_exits_0) {
    const said answer = explore({"--map", "linux", "--flavour", "shared", "--pair", "update,update",
                                 "--state", "full/absent", "--stride", "5", "--json", "-"});
    EXPECT_EQ(answer.exit_code, 0) << answer.error;
    const auto report = json_in(answer.out);
    EXPECT_EQ(report["failures"], 0);
    EXPECT_FALSE(report["cells"][0]["outcomes"].empty()) << report;
}

TEST_F(explore_instructions, kills_and_nests) {
    const said killed = explore({"--kill", "--pair", "put,put", "--state", "full/same", "--stride", "9"});
    EXPECT_EQ(killed.exit_code, 0) << killed.out << killed.error;
    const said nested = explore({"--nest", "2", "--pair", "put,erase,put", "--state", "one/same", "--flavour",
                                 "shared/8", "--stride", "61", "--json", "-"});
    EXPECT_EQ(nested.exit_code, 0) << nested.out << nested.error;
    const auto cell = json_in(nested.out)["cells"][0];
    EXPECT_EQ(cell["operations"].size(), 3U);
    EXPECT_GT(cell["injections"], 20) << "each step of the first, times some of the second";
}

TEST_F(explore_instructions, names_what_it_does_not_know_and_what_there_is) {
    const auto expect_refusal = [](const std::vector<std::string>& words, const std::string& culprit,
                                   const std::string& remedy) {
        const said answer = explore(words);
        EXPECT_EQ(answer.exit_code, 2) << culprit;
        EXPECT_TRUE(mentions(answer.error, culprit)) << answer.error;
        EXPECT_TRUE(mentions(answer.error, remedy)) << answer.error;
    };
    expect_refusal({"--pair", "putt,erase"}, "putt", "get_or_insert");
    expect_refusal({"--state", "fool"}, "fool", "full/same");
    expect_refusal({"--flavour", "octarine"}, "octarine", "shared/40");
    expect_refusal({"--map", "windows"}, "--map", "exact");
    expect_refusal({"--pair", "put,erase,get"}, "3 operations", "there are 2");
    expect_refusal({"--step", "twelve"}, "twelve", "--step");
    expect_refusal({"--map", "linux", "--kill"}, "nothing fits", "killed");
    expect_refusal({"--nest", "2", "--kill"}, "--kill", "--nest");
}

TEST(explore, refuses_two_modes_at_once_and_a_page_of_a_replay) {
    const said both = resile({"explore", "--instructions", "--schedules"});
    EXPECT_EQ(both.exit_code, 2);
    EXPECT_TRUE(mentions(both.error, "one after the other")) << both.error;
    const said replay = resile({"explore", "--schedules", "--replay", "any.json", "--html", "any.html"});
    EXPECT_EQ(replay.exit_code, 2);
    EXPECT_TRUE(mentions(replay.error, "--html")) << replay.error;
}

TEST(explore, refuses_options_that_would_do_nothing_and_says_what_they_go_with) {
    const auto expect_refusal = [](std::vector<std::string> words, const std::string& culprit,
                                   const std::string& remedy) {
        words.insert(words.begin(), "explore");
        const said answer = resile(words);
        EXPECT_EQ(answer.exit_code, 2) << culprit;
        EXPECT_TRUE(mentions(answer.error, culprit)) << answer.error;
        EXPECT_TRUE(mentions(answer.error, remedy)) << answer.error;
        EXPECT_EQ(answer.out, "");
    };
    for (const auto& [option, value] :
         std::vector<std::pair<std::string, std::string>>{{"--case", "lock-aa"},
                                                          {"--threads", "3"},
                                                          {"--interrupts", "0"},
                                                          {"--bound", "1"},
                                                          {"--strategy", "pct"},
                                                          {"--schedules-limit", "9"},
                                                          {"--replay", "x"}}) {
        expect_refusal({option, value}, option, "--schedules");
        expect_refusal({"--instructions", option, value}, option, "--schedules");
        if (option != "--replay")
            expect_refusal({"--schedules", "--replay", "x", option, value}, option, "--replay");
    }
    for (const auto& [option, value] :
         std::vector<std::pair<std::string, std::string>>{{"--map", "lock"},
                                                          {"--flavour", "shared/8"},
                                                          {"--pair", "put,put"},
                                                          {"--state", "full"},
                                                          {"--stride", "9"},
                                                          {"--nest", "2"},
                                                          {"--step", "3"},
                                                          {"--jobs", "1"}}) {
        expect_refusal({option, value}, option, "--instructions");
        expect_refusal({"--schedules", option, value}, option, "--instructions");
    }
    for (const char* flag : {"--kill", "--verbose"}) expect_refusal({flag}, flag, "--instructions");
    expect_refusal({"--instructions", "--seed", "3"}, "--seed", "--schedules");
    expect_refusal({"--schedules", "--replay", "x", "--seconds", "3"}, "--seconds", "--replay");
    const said help = resile({"explore", "--help"});
    EXPECT_TRUE(mentions(help.out, "--case TEXT Needs: --schedules")) << help.out;
    EXPECT_TRUE(mentions(help.out, "refused")) << help.out;
}

TEST_F(explore_instructions, with_a_seed_in_the_environment_does_not_mind) {
    const said answer = resile(
        {"explore", "--instructions", "--pair", "put,erase", "--state", "full/same", "--stride", "1000"},
        {.environment = {{"RESILE_SEED", "7"}}});
    EXPECT_EQ(answer.exit_code, 0) << answer.error;
}

TEST_F(explore_instructions, begins_no_more_cells_when_its_time_is_up_and_says_how_many) {
    const said answer = explore({"--seconds", "0.5", "--json", "-"});
    const auto report = json_in(answer.out);
    EXPECT_EQ(report["complete"], false) << "some minutes of work";
    EXPECT_TRUE(mentions(report["left_out"], " of 43,")) << report["left_out"];
    EXPECT_EQ(answer.exit_code, report["cells"].empty() ? 1 : 0) << answer.error;
}

}  // namespace
