// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile torture --check` and `--judge` as a person and a script meet them.

#include "tests/support/seeds.hpp"
#include "tests/tool/own_folder.hpp"
#include "tests/tool/the_program.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

namespace {

using resile_test::json_in;
using resile_test::mentions;
using resile_test::resile;
using resile_test::said;
using resile_test::temporary_path;

std::string written(const std::string& name, const std::string& text) {
    const std::string path = temporary_path(name);
    std::ofstream(path) << text;
    return path;
}

// One call of a map of one entry, {1: 5}.
std::string history_of(const std::string& call, const std::string& after) {
    return R"({"max_entries": 1, "before": [[1, 5]], "calls": [)" + call + R"(], "after": )" + after + "}";
}
const std::string insertion = R"({"thread": 0, "handler": 0, "begun": 1, "ended": 2, "call": "insert",
                                  "key": 2, "written": 6, "answer": "inserted", "read": 0})";

class torture_check : public testing::Test {
  protected:
    void SetUp() override {
        if (resile_test::under_tsan)
            GTEST_SKIP() << "TSan holds signals back until the thread calls something that it knows";
        here_.emplace("check");
    }

  private:
    std::optional<resile_test::own_folder>
        here_;  // a history without an order is left in the working directory
};

TEST_F(torture_check, of_lru_map_puts_every_history_in_order_and_exits_0) {
    const said answer = resile({"torture", "--check", "--seconds", "1.2", "--seed", "77", "--json", "-"});
    EXPECT_EQ(answer.exit_code, 0) << answer.out << answer.error;
    const auto report = json_in(answer.out);
    EXPECT_EQ(report["seed"], 77);
    ASSERT_EQ(report["flavours"].size(), 4U) << "not those with values per CPU";
    for (const auto& one : report["flavours"]) {
        EXPECT_EQ(one["held"], true) << one;
        EXPECT_GT(one["histories"], 20) << one;
        EXPECT_GT(one["calls"], one["histories"]) << one;
        EXPECT_EQ(one["unordered"], 0) << one;
    }
}

TEST_F(torture_check, prints_the_history_that_has_no_order_and_keeps_it_to_be_judged_again) {
    const said answer = resile({"torture", "--check", "--map", "two-step-replace", "--seconds", "2"});
    EXPECT_EQ(answer.exit_code, 1) << answer.out << answer.error;
    EXPECT_TRUE(mentions(answer.out, "no order explains this")) << answer.out;
    EXPECT_TRUE(mentions(answer.out, "before: {")) << answer.out;
    EXPECT_TRUE(mentions(answer.out, "thread 1")) << answer.out;
    const std::string file = "two-step-replace.history.json";
    EXPECT_TRUE(mentions(answer.out, "resile torture --judge " + file)) << answer.out;
    const said again = resile({"torture", "--judge", file});
    EXPECT_EQ(again.exit_code, 1) << again.out << again.error;
    EXPECT_TRUE(mentions(again.out, "no order explains this")) << again.out;
}

TEST(torture_judge, tells_a_history_with_an_order_from_one_without) {
    const said good = resile({"torture", "--judge", written("good", history_of(insertion, "[[2, 6]]"))});
    EXPECT_EQ(good.exit_code, 0) << good.out << good.error;
    EXPECT_TRUE(mentions(good.out, "there is an order")) << good.out;
    const said bad =
        resile({"torture", "--judge", written("bad", history_of(insertion, "[[1, 5], [2, 6]]"))});
    EXPECT_EQ(bad.exit_code, 1) << bad.out << bad.error;
    EXPECT_TRUE(mentions(bad.out, "insert(2, 6) = inserted")) << bad.out;
    const said report =
        resile({"torture", "--judge", written("good", history_of(insertion, "[[2, 6]]")), "--json", "-"});
    EXPECT_EQ(json_in(report.out)["held"], true) << report.out;
}

TEST(torture_judge, names_what_is_wrong_with_a_file) {
    const auto expect_refusal = [](const std::string& file, int exit_code, const std::string& why) {
        const said answer = resile({"torture", "--judge", file});
        EXPECT_EQ(answer.exit_code, exit_code) << why;
        EXPECT_TRUE(mentions(answer.error, file)) << answer.error;
        EXPECT_TRUE(mentions(answer.error, why)) << answer.error;
    };
    expect_refusal("/nowhere/to/be/found", 3, "No such file");
    expect_refusal(written("list", "[]"), 2, "no JSON object");
    expect_refusal(written("empty", "{}"), 2, "max_entries");
    std::string unknown = insertion;
    unknown.replace(unknown.find("insert"), 6, "invert");
    expect_refusal(written("unknown", history_of(unknown, "[]")), 2, "invert");
    std::string backwards = insertion;
    backwards.replace(backwards.find("\"ended\": 2"), 10, "\"ended\": 0");
    expect_refusal(written("backwards", history_of(backwards, "[]")), 2, "before it begins");
}

TEST(torture_check_usage, names_the_culprit_and_the_remedy) {
    const auto expect_refusal = [](std::vector<std::string> words, const std::string& culprit) {
        words.insert(words.begin(), "torture");
        const said answer = resile(words);
        EXPECT_EQ(answer.exit_code, 2) << culprit;
        EXPECT_TRUE(mentions(answer.error, culprit)) << answer.error;
    };
    expect_refusal({"--check", "--map", "linux"}, "linux promises no order");
    expect_refusal({"--check", "--flavour", "per-cpu-values"}, "shared or per-cpu");
    expect_refusal({"--check", "--threads", "9"}, "--threads: 9");
    expect_refusal({"--check", "--rate", "200000"}, "--rate 200000 times --nest 3");
    expect_refusal({"--check", "--entries", "9"}, "--entries");
    expect_refusal({"--check", "--judge", "x"}, "--check");
    expect_refusal({"--map", "two-step-replace", "--seconds", "0.1"}, "--check");
}

}  // namespace
