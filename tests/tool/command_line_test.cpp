// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The program as a person and a script meet it: exit codes, messages (culprit, then remedy), JSON.

#include "tests/tool/own_folder.hpp"
#include "tests/tool/the_program.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace {

using resile_test::json_in;
using resile_test::mentions;
using resile_test::resile;
using resile_test::said;
using resile_test::temporary_path;
using resile_test::write_file;

void expect_refusal(const std::vector<std::string>& words, int exit_code, const std::string& culprit) {
    const said answer = resile(words);
    EXPECT_EQ(answer.exit_code, exit_code) << culprit << ": " << answer.error;
    EXPECT_TRUE(mentions(answer.error, culprit)) << culprit << ": " << answer.error;
    EXPECT_EQ(answer.out, "") << "nothing that looks like a result";
}

TEST(command_line, help_is_everywhere) {
    for (const char* command : {"", "torture", "losses", "replay", "explore", "forecast", "bench"}) {
        std::vector<std::string> words{"--help"};
        if (*command != '\0') words.insert(words.begin(), command);
        const said answer = resile(words);
        EXPECT_EQ(answer.exit_code, 0);
        EXPECT_TRUE(mentions(answer.out, *command == '\0' ? "Exit codes" : "--json")) << answer.out;
        EXPECT_EQ(answer.error, "");
    }
}

TEST(command_line, the_version_is_told) {
    const said answer = resile({"--version"});
    EXPECT_EQ(answer.exit_code, 0);
    EXPECT_TRUE(answer.out.starts_with("resile ")) << answer.out;
}

TEST(command_line, bad_usage_is_2_and_names_the_culprit) {
    expect_refusal({}, 2, "subcommand");
    expect_refusal({"tortrue"}, 2, "tortrue");
    expect_refusal({"torture", "--flavor", "all"}, 2, "--flavor");
    expect_refusal({"torture", "--flavour", "round"}, 2, "--flavour");
    expect_refusal({"torture", "--map", "windows"}, 2, "--map");
    expect_refusal({"torture", "surprise"}, 2, "surprise");
    expect_refusal({"replay", "--entries"}, 2, "--entries");
    expect_refusal({"replay"}, 2, "--entries");
}

TEST(command_line, sizes_that_make_no_sense_are_2_and_named) {
    for (const char* command : {"torture", "losses", "replay"})
        for (const char* size : {"0", "-1", "67108865", "99999999999", "99999999999999999999999", "many", ""})
            expect_refusal({command, "--entries", size}, 2, "--entries");
    expect_refusal({"losses", "--entries", "8,0,64"}, 2, "--entries");
    expect_refusal({"torture", "--nest", "9"}, 2, "--nest");
    expect_refusal({"torture", "--nest", "0"}, 2, "--nest");
    expect_refusal({"torture", "--threads", "1001"}, 2, "--threads");
    expect_refusal({"torture", "--rate", "0"}, 2, "--rate");
    expect_refusal({"torture", "--keys", "0"}, 2, "--keys");
    for (const char* seconds : {"0", "-5", "nan", "inf", "1e9", "soon"})
        expect_refusal({"torture", "--flavour", "shared", "--seconds", seconds}, 2, "--seconds");
}

TEST(command_line, a_seed_that_is_no_number_is_2_wherever_it_comes_from) {
    expect_refusal({"replay", "--entries", "8", "--seed", "lucky"}, 2, "lucky");
    const said answer = resile({"replay", "--entries", "8"}, {.environment = {{"RESILE_SEED", "lucky"}}});
    EXPECT_EQ(answer.exit_code, 2);
    EXPECT_TRUE(mentions(answer.error, "lucky")) << answer.error;
}

TEST(command_line, a_report_that_cannot_be_written_is_3_before_the_work_begins) {
    const std::string folder = temporary_path("folder");
    std::filesystem::create_directory(folder);
    for (const std::string& path : {std::string("/no/such/directory/report"), folder, folder + "/"}) {
        expect_refusal({"torture", "--seconds", "3600", "--json", path}, 3, path);
        expect_refusal({"replay", "--entries", "1000", "--json", path}, 3, path);
        expect_refusal({"losses", "--map", "linux", "--entries", "8", "--json", path}, 3, path);
        expect_refusal({"torture", "--seconds", "3600", "--html", path}, 3, path);
        expect_refusal({"torture", "--check", "--seconds", "3600", "--html", path}, 3, path);
        expect_refusal({"replay", "--entries", "1000", "--html", path}, 3, path);
        expect_refusal({"losses", "--map", "linux", "--entries", "8", "--html", path}, 3, path);
        for (const char* report : {"--json", "--html"}) {
            expect_refusal({"explore", "--schedules", report, path}, 3, path);
            expect_refusal({"explore", report, path}, 3, path);
        }
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder)) << "no half report is left";
}

// Of each command that writes two.
const std::vector<std::vector<std::string>> with_two_reports = {{"torture"},
                                                                {"torture", "--check"},
                                                                {"losses"},
                                                                {"replay", "--entries", "8"},
                                                                {"explore"},
                                                                {"explore", "--instructions"},
                                                                {"explore", "--schedules"},
                                                                {"bench"}};

TEST(command_line, of_two_reports_only_one_can_have_standard_output) {
    for (std::vector<std::string> words : with_two_reports) {
        words.insert(words.end(), {"--json", "-", "--html", "-"});
        expect_refusal(words, 2, "--json - and --html -");
    }
    expect_refusal({"forecast", "--json", "-", "--svg", "-"}, 2, "--json - and --svg -");
}

TEST(command_line, of_two_reports_none_replaces_the_other_however_their_file_is_spelt) {
    const resile_test::own_folder here("one_file");
    const std::string folder = std::filesystem::current_path();
    for (std::vector<std::string> words : with_two_reports) {
        words.insert(words.end(), {"--json", "report", "--html", "report"});
        expect_refusal(words, 2, "--json report and --html report: both are the same file");
    }
    expect_refusal({"forecast", "--json", "x", "--svg", "./x"}, 2, "--json x and --svg ./x");
    write_file("old", "of yesterday");
    std::filesystem::create_symlink("old", "link");
    std::filesystem::create_directory("below");
    for (const auto& [json, html] :
         std::vector<std::pair<std::string, std::string>>{{"report", "./report"},
                                                          {"report", "below/../report"},
                                                          {"report", folder + "//report"},
                                                          {"old", "link"},
                                                          {"old", "./old"},
                                                          {"-", "/dev/stdout"}})
        expect_refusal({"losses", "--json", json, "--html", html}, 2,
                       "--json " + json + " and --html " + html);
    EXPECT_EQ(resile_test::read_file("old"), "of yesterday");
    EXPECT_FALSE(std::filesystem::exists("report"));
    const said answer =
        resile({"losses", "--map", "exact", "--entries", "8", "--json", "/dev/null", "--html", "/dev/null"});
    EXPECT_EQ(answer.exit_code, 0) << "nothing of either is wanted: " << answer.error;
}

TEST(command_line, a_report_does_not_replace_what_it_is_made_of) {
    const resile_test::own_folder here("own_source");
    write_file("keys", "a\na\n");
    write_file("calm.json", R"({"case": "replace-replace", "threads": 2, "decisions": []})");
    write_file("history.json", "{}");
    expect_refusal({"replay", "keys", "--entries", "8", "--json", "./keys"}, 2,
                   "--json ./keys and TRACE keys");
    expect_refusal({"replay", "/dev/null", "keys", "--entries", "8", "--html", "keys"}, 2,
                   "--html keys and TRACE keys");
    expect_refusal({"explore", "--schedules", "--replay", "calm.json", "--json", "./calm.json"}, 2,
                   "--json ./calm.json and --replay calm.json");
    expect_refusal({"torture", "--judge", "history.json", "--json", "./history.json"}, 2,
                   "--json ./history.json and --judge history.json");
    EXPECT_EQ(resile_test::read_file("keys"), "a\na\n");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator("."), {}), 3) << "no half report is left";
}

TEST(command_line, a_page_on_standard_output_is_alone_there) {
    const said answer = resile({"losses", "--map", "exact", "--entries", "8", "--html", "-"});
    EXPECT_EQ(answer.exit_code, 0) << answer.error;
    EXPECT_TRUE(answer.out.starts_with("<!doctype html>")) << answer.out.substr(0, 200);
    EXPECT_TRUE(answer.out.ends_with("</html>\n")) << "no table behind it";
}

TEST(command_line, a_report_says_how_to_have_the_same_again) {
    const std::string keys = temporary_path("my 'keys'");
    write_file(keys, "a\na\n");
    const said answer = resile({"replay", keys, "--map", "all", "--entries", "8,16", "--json", "-"});
    const auto report = json_in(answer.out);
    EXPECT_EQ(report["command"],
              "resile replay '" + temporary_path("my '\\''keys'\\''") + "' --entries 8,16 --map all");
    EXPECT_EQ(report["kind"], "replay");
    EXPECT_GT(report["machine"]["cpus"], 0);
    const said storm =
        resile({"torture", "--check", "--seconds", "0.05", "--flavour", "shared", "--json", "-"},
               {.environment = {{"RESILE_SEED", "77"}}});
    EXPECT_EQ(json_in(storm.out)["command"],
              "resile torture --flavour shared --seconds 0.05 --check --seed 77");
}

TEST(command_line, a_report_into_what_is_no_file_does_not_replace_it) {
    const std::string pipe = temporary_path("link");
    std::filesystem::create_symlink("/dev/null", pipe);
    const said answer =
        resile({"losses", "--map", "linux", "--flavour", "shared", "--entries", "8", "--json", pipe});
    EXPECT_EQ(answer.exit_code, 0) << answer.error;
    EXPECT_TRUE(std::filesystem::is_symlink(pipe)) << "or --json /dev/null would replace the device";
}

TEST(command_line, output_that_cannot_be_written_is_3) {
    write_file(temporary_path("keys"), "a\n");
    for (const char* where : {"", "-"}) {
        const said answer = resile({"replay", temporary_path("keys"), "--entries", "8", "--json", where},
                                   {.out = "/dev/full"});
        EXPECT_EQ(answer.exit_code, 3) << "--json '" << where << "'";
        EXPECT_NE(answer.error, "");
    }
}

TEST(command_line, a_report_in_a_file_is_whole_and_alone) {
    const std::string folder = temporary_path("reports");
    std::filesystem::create_directory(folder);
    write_file(folder + "/report", "of yesterday");
    const said answer = resile(
        {"losses", "--map", "linux", "--flavour", "shared", "--entries", "8", "--json", folder + "/report"});
    EXPECT_EQ(answer.exit_code, 0) << answer.error;
    EXPECT_NE(answer.out, "") << "the table";
    EXPECT_EQ(json_in(resile_test::read_file(folder + "/report"))["rows"].size(), 1U);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST(losses, tells_of_the_keys_that_an_update_loses) {
    if (::sysconf(_SC_NPROCESSORS_CONF) != 2) GTEST_SKIP() << "the numbers are those of 2 CPUs";
    const said answer =
        resile({"losses", "--map", "linux", "--flavour", "shared", "--entries", "8,1000", "--json", "-"});
    ASSERT_EQ(answer.exit_code, 0) << answer.error;
    const auto rows = json_in(answer.out)["rows"];
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0]["linux_lru"]["present"], 8);
    EXPECT_EQ(rows[0]["linux_lru"]["lost"], 2);
    EXPECT_EQ(rows[1]["linux_lru"]["present"], 976);
}

TEST(losses, has_none_to_tell_of_lru_map) {
    const said answer = resile({"losses", "--map", "exact", "--entries", "1,8,1000", "--json", "-"});
    ASSERT_EQ(answer.exit_code, 0) << answer.error;
    const auto rows = json_in(answer.out)["rows"];
    ASSERT_EQ(rows.size(), 9U);
    for (const auto& row : rows) {
        EXPECT_EQ(row["lru_map"]["present"], row["entries"]);
        EXPECT_EQ(row["lru_map"]["lost"], 0);
        EXPECT_EQ(row["lru_map"]["ENOENT"], 0);
    }
}

TEST(losses, has_the_same_numbers_in_its_table_and_in_its_report) {
    const said answer = resile({"losses", "--map", "linux", "--flavour", "per-cpu", "--entries", "4096",
                                "--json", temporary_path("report")});
    ASSERT_EQ(answer.exit_code, 0) << answer.error;
    const auto row = json_in(resile_test::read_file(temporary_path("report")))["rows"][0];
    const auto shown = resile_test::table_row(answer.out, "per-cpu");
    ASSERT_GE(shown.size(), 4U) << answer.out;
    EXPECT_EQ(shown[1], "4,096");
    EXPECT_EQ(shown[2], "-") << "lru_map was not asked";
    std::string words = shown[3];
    std::erase(words, ',');
    const auto ours = row["linux_lru"];
    EXPECT_EQ(words, ours["present"].dump() + " present " + ours["lost"].dump() + " lost " +
                         ours["ENOENT"].dump() + " ENOENT");
}

}  // namespace
