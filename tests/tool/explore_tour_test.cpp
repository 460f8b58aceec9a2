// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The tour `resile explore`: what becomes of its parts when it is stopped, and when its time is up.

#include "tool/explore_tour.hpp"
#include "lab/injection/single_stepper.hpp"
#include "tests/tool/own_folder.hpp"
#include "tests/tool/the_program.hpp"
#include "tool/failure.hpp"
#include "tool/terminal.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>

namespace {

using nlohmann::json;
using resile_test::json_in;
using resile_test::mentions;
using resile_test::said;
using tool::explored_part;

// Parts that take no time. `what` is what they do beside.
tool::tour_part part(const char* title, std::function<void(double)> what, explored_part found) {
    return {"instructions", title, [what = std::move(what), found = std::move(found)](double seconds) {
                what(seconds);
                return found;
            }};
}
const explored_part whole{tool::held, {{"complete", true}, {"held", true}}};
const auto nothing = [](double) {};

void waste(double seconds) {
    using clock = std::chrono::steady_clock;
    for (const auto begun = clock::now(); clock::now() - begun < std::chrono::duration<double>(seconds);) {
    }
}

TEST(explore_tour, of_parts_that_hold_holds) {
    const auto found = tool::explore_tour({part("a", nothing, whole), part("b", nothing, whole)}, 3600, true);
    EXPECT_EQ(found.exit_code, tool::held);
    EXPECT_EQ(found.report["held"], true);
    EXPECT_EQ(found.report["complete"], true);
    ASSERT_EQ(found.report["parts"].size(), 2U);
    EXPECT_EQ(found.report["parts"][1]["title"], "b");
    EXPECT_TRUE(found.report["not_begun"].empty());
}

TEST(explore_tour, is_as_good_as_its_worst_part) {
    const explored_part broken{tool::did_not_hold, {{"complete", true}, {"held", false}}};
    const auto found = tool::explore_tour({part("a", nothing, broken), part("b", nothing, whole)}, 0, true);
    EXPECT_EQ(found.exit_code, tool::did_not_hold);
    EXPECT_EQ(found.report["held"], false);
    EXPECT_EQ(found.report["parts"].size(), 2U) << "the second is seen, too";
}

TEST(explore_tour, that_is_stopped_between_two_parts_reports_the_first_and_names_the_others) {
    const auto stopped_tour = [] {
        const tool::graceful_stop stop;
        const auto found = tool::explore_tour({part(
                                                   "a", [](double) { (void)std::raise(SIGINT); }, whole),
                                               part("b", nothing, whole), part("c", nothing, whole)},
                                              3600, true);
        const bool right = found.exit_code == tool::did_not_hold && found.report["held"] == false &&
                           found.report["complete"] == false && found.report["parts"].size() == 1 &&
                           found.report["parts"][0]["held"] == true &&
                           found.report["not_begun"] == json({"b", "c"});
        std::fprintf(stderr, "%s\n", found.report.dump().c_str());
        std::_Exit(right ? 7 : 1);
    };
    // In a process of its own: a stop stays asked for.
    EXPECT_EXIT(stopped_tour(), testing::ExitedWithCode(7), "");
}

TEST(explore_tour, gives_each_part_its_share_of_the_time_that_is_left) {
    std::vector<double> told;
    const auto note = [&](double seconds) { told.push_back(seconds); };
    (void)tool::explore_tour({part("a", note, whole), part("b", note, whole), part("c", note, whole)}, 3600,
                             true);
    ASSERT_EQ(told.size(), 3U);
    EXPECT_NEAR(told[0], 1200, 60);
    EXPECT_NEAR(told[1], 1800, 60) << "the first needed nothing";
    EXPECT_NEAR(told[2], 3600, 60);
    told.clear();
    (void)tool::explore_tour({part("a", note, whole), part("b", note, whole)}, 0, true);
    EXPECT_EQ(told, (std::vector<double>{0, 0})) << "no limit";
}

TEST(explore_tour, names_parts_for_which_no_time_was_left_and_does_not_say_that_they_held) {
    const auto found = tool::explore_tour({part(
                                               "a", [](double) { waste(0.02); }, whole),
                                           part("b", nothing, whole)},
                                          0.01, true);
    EXPECT_EQ(found.report["not_begun"], json({"b"}));
    EXPECT_EQ(found.exit_code, tool::did_not_hold);
}

TEST(explore_tour, that_leaves_out_a_rest_says_so_and_may_hold) {
    const explored_part cut{tool::held, {{"complete", false}, {"left_out", "3 of 9"}, {"held", true}}};
    const auto found = tool::explore_tour({part("a", nothing, cut), part("b", nothing, whole)}, 3600, true);
    EXPECT_EQ(found.exit_code, tool::held);
    EXPECT_EQ(found.report["complete"], false);
    EXPECT_EQ(found.report["parts"][0]["left_out"], "3 of 9");
}

class explore_tour_program : public testing::Test {
  protected:
    void SetUp() override {
        if (!resile_lab::can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
        if (resile_test::emulated)
            GTEST_SKIP() << "the emulator's own handlers cannot be told from the program's";
    }
};

TEST_F(explore_tour_program, stopped_at_once_leaves_a_report_and_a_page_of_what_it_has) {
    const resile_test::own_folder here("tour");
    resile_test::child_process tour(
        resile_test::resile_words({"explore", "--seed", "5", "--json", "tour.json", "--html", "tour.html"}));
    ASSERT_TRUE(tour.wait_until_it_catches(SIGINT));
    tour.signal(SIGINT);  // two minutes are too long here
    const said answer = tour.wait();
    EXPECT_EQ(answer.exit_code, 1) << answer.error;
    const json report = json_in(resile_test::read_file("tour.json"));
    EXPECT_EQ(report["kind"], "explore");
    EXPECT_EQ(report["command"], "resile explore --seed 5");
    EXPECT_EQ(report["held"], false);
    EXPECT_EQ(report["parts"].size() + report["not_begun"].size(), 3U);
    EXPECT_TRUE(mentions(answer.out, "topped at your request")) << answer.out;
    EXPECT_TRUE(mentions(resile_test::read_file("tour.html"), "tour"));
}

TEST_F(explore_tour_program, can_be_stopped_at_any_time_between_its_parts_too_until_its_report_is_there) {
    const resile_test::own_folder here("tour_signals");
    resile_test::child_process tour(resile_test::resile_words(
        {"explore", "--seconds", "1", "--json", "tour.json", "--html", "tour.html"}));
    ASSERT_TRUE(tour.wait_until_it_catches(SIGINT));
    while (tour.catches(SIGINT)) {
    }
    EXPECT_TRUE(std::filesystem::exists("tour.html")) << "Ctrl-C would have ended it without a report";
    (void)tour.wait();
}

TEST_F(explore_tour_program, in_a_few_seconds_sees_some_of_each_part_and_says_what_it_leaves_out) {
    const resile_test::own_folder here("tour_cut");
    const said answer =
        resile_test::resile({"explore", "--seconds", "3", "--seed", "5", "--json", "tour.json"});
    const json report = json_in(resile_test::read_file("tour.json"));
    EXPECT_EQ(report["complete"], false) << "more than there is time for";
    EXPECT_TRUE(mentions(answer.out, "--seconds N gives it more")) << answer.out;
    ASSERT_EQ(report["parts"].size() + report["not_begun"].size(), 3U);
    for (const json& one : report["parts"]) {
        EXPECT_EQ(one["complete"], one["left_out"] == "") << one["title"];
        const std::string left_out = one["left_out"];
        const bool is_told = left_out.empty() || mentions(answer.out, "time was up: " + left_out);
        EXPECT_TRUE(is_told) << left_out << "\n" << answer.out;
    }
    EXPECT_EQ(report["command"], "resile explore --seconds 3 --seed 5");
}

}  // namespace
