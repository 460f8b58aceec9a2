// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Storms as the program starts, counts and ends them.

#include "tests/support/seeds.hpp"
#include "tests/tool/the_program.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace {

using resile_test::child_process;
using resile_test::json_in;
using resile_test::mentions;
using resile_test::resile;
using resile_test::resile_words;
using resile_test::said;
using resile_test::temporary_path;

class torture : public testing::Test {
  protected:
    void SetUp() override {
        if (resile_test::under_tsan)
            GTEST_SKIP() << "TSan holds signals back until the thread calls something that it knows";
    }
};

TEST_F(torture, reports_a_real_storm_as_json_with_its_seed) {
    const said answer = resile({"torture", "--map", "linux", "--seconds", "0.3", "--flavour", "shared",
                                "--seed", "77", "--json", "-"});
    ASSERT_TRUE(answer.exit_code == 0 || answer.exit_code == 1) << answer.error;
    const auto report = json_in(answer.out);
    EXPECT_EQ(report["seed"], 77);
    ASSERT_EQ(report["flavours"].size(), 1U);
    const auto& flavour = report["flavours"][0];
    EXPECT_GT(flavour["interrupts"], 0);
    EXPECT_GE(flavour["interrupts"], flavour["interrupts_inside_an_operation"]);
    EXPECT_EQ(flavour["interrupts"], flavour["handlers"]["done"]) << "each handler does one operation";
    EXPECT_GT(flavour["task"]["done"], 0);
    EXPECT_GT(flavour["rounds"], 0);
    EXPECT_EQ(flavour["held"], answer.exit_code == 0);
}

TEST_F(torture, of_lru_map_holds_all_promises_in_all_flavours) {
    const said answer = resile({"torture", "--seconds", "1.2", "--seed", "78", "--json", "-"});
    EXPECT_EQ(answer.exit_code, 0) << answer.out << answer.error;
    const auto report = json_in(answer.out);
    EXPECT_EQ(report["map"], "exact") << "the default";
    ASSERT_EQ(report["flavours"].size(), 6U);
    for (const auto& flavour : report["flavours"]) {
        EXPECT_EQ(flavour["held"], true) << flavour;
        EXPECT_GT(flavour["interrupts_inside_an_operation"], 0);
        EXPECT_EQ(flavour["perfect_rounds"], flavour["rounds"]);
        EXPECT_EQ(flavour["unaccounted"], 0);
        EXPECT_EQ(flavour["task"]["EILSEQ"], 0);
    }
}

TEST_F(torture, takes_its_seed_from_the_environment_and_prints_it) {
    const said answer = resile({"torture", "--seconds", "0.05", "--flavour", "shared"},
                               {.environment = {{"RESILE_SEED", "0x4d"}}});
    EXPECT_TRUE(mentions(answer.out, "seed 77,")) << answer.out << answer.error;
    const said both = resile({"torture", "--seconds", "0.05", "--flavour", "shared", "--seed", "5"},
                             {.environment = {{"RESILE_SEED", "77"}}});
    EXPECT_TRUE(mentions(both.out, "seed 5,")) << both.out << both.error;
}

TEST_F(torture, chooses_a_seed_where_none_is_given_and_reports_it) {
    const auto seed_chosen = [] {
        return json_in(resile({"torture", "--seconds", "0.02", "--flavour", "shared", "--json", "-"},
                              {.environment = {{"RESILE_SEED", "0"}}})
                           .out)["seed"];
    };
    const auto first = seed_chosen();
    EXPECT_GT(first, 0);
    EXPECT_NE(first, seed_chosen());
}

TEST_F(torture, has_the_same_numbers_in_its_table_and_in_its_report) {
    const said answer =
        resile({"torture", "--seconds", "0.3", "--flavour", "per-cpu", "--json", temporary_path("report")});
    const auto flavour = json_in(resile_test::read_file(temporary_path("report")))["flavours"][0];
    auto shown = resile_test::table_row(answer.out, "per-cpu");
    ASSERT_EQ(shown.size(), 13U) << answer.out << answer.error;
    for (std::string& word : shown) std::erase(word, ',');
    const std::uint64_t done =
        flavour["task"]["done"].get<std::uint64_t>() + flavour["handlers"]["done"].get<std::uint64_t>();
    EXPECT_EQ(shown[1], std::to_string(done));
    EXPECT_EQ(shown[2], flavour["interrupts"].dump());
    EXPECT_EQ(shown[3], flavour["interrupts_inside_an_operation"].dump());
    EXPECT_EQ(shown[4], flavour["deepest_nesting"].dump());
    EXPECT_EQ(shown[6], flavour["left_pending_free"].dump());
    EXPECT_EQ(shown[7], flavour["unaccounted"].dump());
    EXPECT_EQ(shown[8], flavour["rounds"].dump());
    EXPECT_EQ(shown[9], flavour["perfect_rounds"].dump());
    EXPECT_EQ(shown[12], flavour["held"] == true ? "held" : "FAILED");
}

TEST_F(torture, ends_with_its_table_when_asked_to) {
    if (resile_test::emulated)
        GTEST_SKIP() << "the emulator's own handlers cannot be told from the program's";
    for (const int which : {SIGINT, SIGTERM}) {
        child_process storm(resile_words({"torture", "--seconds", "3600", "--flavour", "shared"}));
        ASSERT_TRUE(storm.wait_until_it_catches(which));
        storm.signal(which);
        const said answer = storm.wait();
        EXPECT_NE(answer.exit_code, -1) << "it ended by itself";
        EXPECT_TRUE(mentions(answer.out, "verdict")) << answer.out;
        EXPECT_TRUE(mentions(answer.out, "Stopped at your request")) << answer.out;
    }
}

TEST_F(torture, ends_with_a_whole_report_when_asked_to) {
    if (resile_test::emulated)
        GTEST_SKIP() << "the emulator's own handlers cannot be told from the program's";
    child_process storm(resile_words({"torture", "--seconds", "3600", "--flavour", "shared", "--json", "-"}));
    ASSERT_TRUE(storm.wait_until_it_catches(SIGINT));
    storm.signal(SIGINT);
    const said answer = storm.wait();
    EXPECT_NE(answer.exit_code, -1);
    EXPECT_EQ(json_in(answer.out)["flavours"].size(), 1U) << answer.out;
}

TEST_F(torture, breaks_its_story_off_when_asked_to_and_says_so) {
    child_process story(resile_words({"torture", "--seed", "9", "--json", temporary_path("report")}));
    ASSERT_TRUE(story.read_some()) << "the first heading, printed when signals are already caught";
    story.signal(SIGINT);
    const said answer = story.wait();
    EXPECT_EQ(answer.exit_code, 1) << answer.error;
    EXPECT_TRUE(mentions(answer.out, "seed 9 ")) << answer.out;
    EXPECT_TRUE(mentions(answer.out, "verdict")) << answer.out;
    EXPECT_TRUE(mentions(answer.out, "Stopped at your request")) << answer.out;
    EXPECT_EQ(json_in(resile_test::read_file(temporary_path("report")))["parts"].size(), 4U);
}

}  // namespace
