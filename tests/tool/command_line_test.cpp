// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The program as a person and a script meet it: exit codes, messages (culprit, then remedy), JSON, bad input.

#include "tests/support/child_process.hpp"
#include "tool/key_trace.hpp"
#include "tool/true_lru.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace {

using resile_test::run_program;
using resile_test::said;
using resile_test::temporary_path;
using resile_test::write_file;

said resile(std::vector<std::string> words) {
    words.insert(words.begin(), RESILE_PROGRAM);
    return run_program(std::move(words));
}

bool mentions(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

void expect_refusal(const std::vector<std::string>& words, int exit_code, const std::string& culprit) {
    const said answer = resile(words);
    EXPECT_EQ(answer.exit_code, exit_code) << answer.error;
    EXPECT_TRUE(mentions(answer.error, culprit)) << answer.error;
    EXPECT_EQ(answer.out, "") << "nothing that looks like a result";
}

TEST(command_line, help_is_everywhere) {
    for (const char* command : {"", "torture", "losses", "replay"}) {
        std::vector<std::string> words{"--help"};
        if (*command != '\0') words.insert(words.begin(), command);
        const said answer = resile(words);
        EXPECT_EQ(answer.exit_code, 0);
        EXPECT_TRUE(mentions(answer.out, "xit")) << "says what exit codes mean or where to look";
    }
}

TEST(command_line, bad_usage_is_2_and_names_the_culprit) {
    expect_refusal({}, 2, "subcommand");
    expect_refusal({"tortrue"}, 2, "tortrue");
    expect_refusal({"torture", "--flavor", "all"}, 2, "--flavor");
    expect_refusal({"torture", "--flavour", "round"}, 2, "--flavour");
    expect_refusal({"torture", "--entries", "0"}, 2, "--entries");
    expect_refusal({"torture", "--nest", "9"}, 2, "--nest");
    expect_refusal({"losses", "--entries", "99999999999"}, 2, "--entries");
    expect_refusal({"replay"}, 2, "--entries");
    expect_refusal({"replay", "--entries", "many"}, 2, "many");
}

TEST(command_line, what_cannot_be_read_is_3_and_named) {
    expect_refusal({"replay", "/no/such/trace", "--entries", "8"}, 3, "/no/such/trace");
    expect_refusal({"replay", "/tmp", "--entries", "8"}, 3, "/tmp");
    write_file(temporary_path("empty"), "");
    expect_refusal({"replay", temporary_path("empty"), "--entries", "8"}, 3, "no keys");
    write_file(temporary_path("broken.zst"), std::string("\x28\xb5\x2f\xfd", 4) + "this is no frame");
    expect_refusal({"replay", temporary_path("broken.zst"), "--entries", "8"}, 3, "broken.zst");
    write_file(temporary_path("cut.gz"), std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10));
    expect_refusal({"replay", temporary_path("cut.gz"), "--entries", "8"}, 3, "cut.gz");
}

TEST(command_line, a_report_that_cannot_be_written_is_3_before_the_work_begins) {
    expect_refusal({"torture", "--seconds", "3600", "--json", "/no/such/directory/report"}, 3,
                   "/no/such/directory/report");
}

nlohmann::json replayed(const std::string& path, const std::string& entries) {
    const said answer = resile({"replay", path, "--entries", entries, "--json", "-"});
    EXPECT_EQ(answer.exit_code, 0) << answer.error;
    return nlohmann::json::parse(answer.out)["rows"];
}

TEST(replay, reads_any_text_as_keys) {
    write_file(temporary_path("keys"), "a\r\nb\n\nüöä\na\r\n  \nb");
    const auto rows = replayed(temporary_path("keys"), "100");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0]["requests"], 6);
    EXPECT_EQ(rows[0]["distinct"], 4);
    EXPECT_EQ(rows[0]["hits"], 2);
    EXPECT_EQ(rows[0]["true_lru_hits"], 2);
}

TEST(replay, of_a_loop_has_the_hits_that_true_lru_has) {
    std::ostringstream loop;
    for (int round = 0; round < 500; ++round)
        for (int key = 0; key <= 1010; ++key) loop << key << "\n";
    write_file(temporary_path("loop"), loop.str());
    const auto rows = replayed(temporary_path("loop"), "1010,1011");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0]["true_lru_hits"], 0);
    EXPECT_EQ(rows[1]["true_lru_hits"], 504489);
}

TEST(true_lru, has_exactly_the_hits_of_the_reference_table) {
    const char* elsewhere = std::getenv("RESILE_TRACES");
    const std::string folder = elsewhere != nullptr ? elsewhere : RESILE_TRACES;
    std::ifstream table(folder + "/hits.tsv");
    if (!table) GTEST_SKIP() << "no traces in " << folder << " (RESILE_TRACES names another place)";
    std::string line;
    std::getline(table, line);
    tool::key_trace trace;
    std::string loaded;
    while (std::getline(table, line)) {
        std::istringstream words(line);
        std::string name, set;
        std::uint64_t requests = 0, distinct = 0, hits = 0;
        std::uint32_t size = 0;
        words >> name >> requests >> distinct >> set >> size >> hits;
        if (name != loaded) trace = tool::read_trace(folder + "/" + name + ".keys.zst");
        loaded = name;
        ASSERT_EQ(trace.requests.size(), requests) << name;
        ASSERT_EQ(trace.distinct, distinct) << name;
        tool::true_lru lru(trace.distinct, size);
        std::uint64_t seen = 0;
        for (const std::uint32_t key : trace.requests) seen += lru.access(key) ? 1U : 0U;
        EXPECT_EQ(seen, hits) << name << " at " << size;
    }
}

TEST(losses, tells_of_the_keys_that_an_update_loses) {
    if (::sysconf(_SC_NPROCESSORS_CONF) != 2) GTEST_SKIP() << "the numbers are those of 2 CPUs";
    const said answer =
        resile({"losses", "--map", "linux", "--flavour", "shared", "--entries", "8,1000", "--json", "-"});
    ASSERT_EQ(answer.exit_code, 0) << answer.error;
    const auto rows = nlohmann::json::parse(answer.out)["rows"];
    EXPECT_EQ(rows[0]["linux_lru"]["present"], 8);
    EXPECT_EQ(rows[0]["linux_lru"]["lost"], 2);
    EXPECT_EQ(rows[1]["linux_lru"]["present"], 976);
}

TEST(torture, reports_a_real_storm_as_json_with_its_seed) {
    const said answer =
        resile({"torture", "--seconds", "0.5", "--flavour", "shared", "--seed", "77", "--json", "-"});
    ASSERT_TRUE(answer.exit_code == 0 || answer.exit_code == 1) << answer.error;
    const auto report = nlohmann::json::parse(answer.out);
    EXPECT_EQ(report["seed"], 77);
    const auto& flavour = report["flavours"][0];
    EXPECT_GT(flavour["interrupts_inside_an_operation"], 0);
    EXPECT_GT(flavour["task"]["done"], 0);
    EXPECT_GT(flavour["rounds"], 0);
    EXPECT_EQ(flavour["held"], answer.exit_code == 0);
}

}  // namespace
