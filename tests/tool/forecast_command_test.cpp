// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile forecast` as the program shows it.

#include "tests/support/seeds.hpp"
#include "tests/tool/the_program.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace {

using resile_test::json_in;
using resile_test::mentions;
using resile_test::resile;
using resile_test::said;
using resile_test::table_row;
using resile_test::temporary_path;

class forecast_command : public testing::Test {
  protected:
    void SetUp() override {
        if (resile_test::under_tsan)
            GTEST_SKIP() << "one thread on many stacks: nothing that TSan could judge";
    }
};

TEST_F(forecast_command, reports_every_map_mix_and_number_of_cpus) {
    const said answer = resile({"forecast", "--cpus", "4,2", "--map", "exact,mutex", "--mix",
                                "lookup,counter", "--entries", "1024", "--json", "-"});
    EXPECT_EQ(answer.exit_code, 0) << answer.error;
    const auto report = json_in(answer.out);
    EXPECT_EQ(report["entries"], 1024);
    ASSERT_EQ(report["rows"].size(), 8U);
    EXPECT_EQ(report["rows"][0]["cpus"], 2) << "in order";
    EXPECT_EQ(report["rows"][0]["map"], "exact");
    EXPECT_LT(report["rows"][0]["transfers"], 0.01);
    EXPECT_EQ(report["rows"][2]["map"], "mutex");
    EXPECT_GT(report["rows"][2]["transfers"], 2);
    EXPECT_EQ(report.count("check"), 0U);
}

TEST_F(forecast_command, shows_a_column_for_each_number_of_cpus) {
    const said answer =
        resile({"forecast", "--cpus", "2,16", "--map", "mutex", "--mix", "update", "--entries", "1024"});
    EXPECT_EQ(answer.exit_code, 0) << answer.error;
    EXPECT_TRUE(mentions(answer.out, "16 CPUs")) << answer.out;
    EXPECT_EQ(table_row(answer.out, "update").size(), 5U) << answer.out;
}

TEST_F(forecast_command, says_the_same_in_each_process) {
    const auto once = [] {
        return resile({"forecast", "--cpus", "6", "--entries", "1024", "--seed", "5", "--json", "-"}).out;
    };
    const std::string first = once();
    EXPECT_EQ(json_in(first)["rows"].size(), 25U);
    EXPECT_EQ(first, once());
}

TEST_F(forecast_command, draws_a_line_for_each_map_in_each_panel) {
    const std::string file = temporary_path("forecast.svg");
    const said answer = resile({"forecast", "--cpus", "2,8", "--map", "exact,mutex", "--mix", "lookup,update",
                                "--entries", "1024", "--svg", file});
    EXPECT_EQ(answer.exit_code, 0) << answer.error;
    std::ostringstream content;
    content << std::ifstream(file).rdbuf();
    const std::string svg = content.str();
    EXPECT_TRUE(svg.starts_with("<svg ")) << svg;
    EXPECT_TRUE(mentions(svg, "prefers-color-scheme: dark"));
    std::size_t lines = 0;
    for (std::size_t at = svg.find("<polyline"); at != std::string::npos; at = svg.find("<polyline", at + 1))
        ++lines;
    EXPECT_EQ(lines, 4U) << svg;
}

TEST_F(forecast_command, measures_the_same_where_two_cpus_are_to_be_had) {
    const said answer = resile({"forecast", "--cpus", "2", "--map", "exact,mutex", "--mix", "update",
                                "--entries", "1024", "--check", "--seconds", "0.05", "--json", "-"});
    if (answer.exit_code == 3) {
        EXPECT_TRUE(mentions(answer.error, "one CPU only")) << answer.error;
        return;
    }
    // In so short a time something else may run: whether the order agrees is for longer measurements.
    EXPECT_LT(answer.exit_code, 2) << answer.error;
    const auto check = json_in(answer.out)["check"];
    ASSERT_EQ(check.size(), 2U);
    for (const auto& row : check) {
        EXPECT_GT(row["ns_alone"], 0);
        EXPECT_GT(row["ns_together"], 0);
    }
}

TEST_F(forecast_command, names_the_culprit_in_bad_input) {
    for (const auto& [option, value] : {std::pair{"--cpus", "0"},
                                        {"--cpus", "129"},
                                        {"--cpus", "many"},
                                        {"--map", "btree"},
                                        {"--mix", "hope"},
                                        {"--entries", "3"},
                                        {"--entries", "99999999999"},
                                        {"--seconds", "0"}}) {
        const said refused = resile({"forecast", option, value});
        EXPECT_EQ(refused.exit_code, 2) << option << " " << value;
        EXPECT_TRUE(mentions(refused.error, option)) << refused.error;
    }
    EXPECT_EQ(resile({"forecast", "--json", "-", "--svg", "-"}).exit_code, 2);
    const said nowhere = resile({"forecast", "--svg", "/no/such/place/f.svg"});
    EXPECT_EQ(nowhere.exit_code, 3);
    EXPECT_TRUE(mentions(nowhere.error, "/no/such/place/f.svg")) << nowhere.error;
}

}  // namespace
