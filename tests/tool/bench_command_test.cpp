// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// `resile bench` as a person and a script meet it. What it measures is judged by nobody here: that it
// measures, and says what it was told.

#include "tests/tool/peers_for_tests.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace {

using nlohmann::json;
using namespace resile_test;

surroundings with_peers(const std::string& program) {
    return {.environment = {{"RESILE_PEERS", program}}};
}

void expect_refusal(const std::vector<std::string>& words, int exit_code, const std::string& culprit) {
    static const std::string peers = peers_that_say("peers", played_readings());
    std::vector<std::string> all{"bench"};
    all.insert(all.end(), words.begin(), words.end());
    const said answer = resile(all, with_peers(peers));
    EXPECT_EQ(answer.exit_code, exit_code) << culprit << ": " << answer.error;
    EXPECT_TRUE(mentions(answer.error, culprit)) << culprit << ": " << answer.error;
    EXPECT_EQ(answer.out, "") << "nothing that looks like a result";
}

TEST(bench, words_that_make_no_sense_are_2_and_named) {
    expect_refusal({"locks"}, 2, "locks");
    expect_refusal({"map", "--mix", "dance"}, 2, "dance");
    expect_refusal({"lock", "--mix", "lookup"}, 2, "--mix");
    expect_refusal({"map", "--peers", "windows"}, 2, "windows");
    expect_refusal({"map", "--peers", "windows"}, 2, "tbb");  // who there is
    expect_refusal({"--json", "-", "--html", "-"}, 2, "--html");
    for (const char* number : {"0", "-1", "257", "99999999999", "many", ""})
        expect_refusal({"--threads", number}, 2, "--threads");
    for (const char* number : {"0", "999", "-1", "16777217", "99999999999999999999999", "many"})
        expect_refusal({"--entries", number}, 2, "--entries");
    for (const char* number : {"0", "-1", "1001", "x"}) expect_refusal({"--runs", number}, 2, "--runs");
    for (const char* number : {"0", "-1", "61", "nan", "x"})
        expect_refusal({"--seconds", number}, 2, "--seconds");
}

TEST(bench, a_file_that_cannot_be_written_is_3_before_the_work_begins) {
    expect_refusal({"--json", "/no/such/directory/report"}, 3, "/no/such/directory/report");
    expect_refusal({"--html", "/no/such/directory/page"}, 3, "/no/such/directory/page");
}

TEST(bench, a_peer_that_was_asked_for_and_is_missing_is_3_with_the_remedy) {
    expect_refusal({"map", "--peers", "kernel"}, 3, "not permitted");
    expect_refusal({"map", "--peers", "kernel"}, 3, "administrator");
}

TEST(bench, without_the_program_that_measures_it_says_how_to_build_it) {
    const said answer = resile({"bench"}, with_peers("/no/such/program"));
    EXPECT_EQ(answer.exit_code, 3);
    EXPECT_TRUE(mentions(answer.error, "/no/such/program")) << answer.error;
    EXPECT_TRUE(mentions(answer.error, "make bench")) << answer.error;
    EXPECT_EQ(answer.out, "");
}

TEST(bench, a_program_that_crashes_fails_or_babbles_is_3_and_named) {
    for (const char* end : {"kill -SEGV $$", "exit 3", "echo nonsense"}) {
        const std::string peers = peers_that_say("broken", "", end);
        const said answer = resile({"bench", "map"}, with_peers(peers));
        EXPECT_EQ(answer.exit_code, 3) << end;
        EXPECT_TRUE(mentions(answer.error, peers)) << answer.error;
        EXPECT_EQ(answer.out, "") << end;
    }
}

TEST(bench, readings_become_rows_and_missing_peers_are_told) {
    const std::string peers = peers_that_say("played", played_readings());
    const said told = resile({"bench", "map", "--runs", "2"}, with_peers(peers));
    EXPECT_EQ(told.exit_code, 0) << told.error;
    EXPECT_TRUE(mentions(told.out, "Without kernel <LRU_HASH>: not permitted")) << told.out;
    EXPECT_TRUE(mentions(told.out, "3.00x")) << told.out;

    const said answer = resile({"bench", "map", "--runs", "2", "--json", "-"}, with_peers(peers));
    const json report = json_in(answer.out);
    ASSERT_EQ(report["kind"], "bench") << answer.error;
    for (const char* key :
         {"format", "version", "command", "started", "machine", "settings", "mixes", "peers"})
        EXPECT_TRUE(report.contains(key)) << key;
    EXPECT_GE(report["machine"]["cpus"], 1);
    ASSERT_EQ(report["rows"].size(), 2U * 2 * 3);
    for (const json& row : report["rows"]) {
        EXPECT_EQ(row["ns"]["readings"].size(), 2U);
        const double times = row["peer"] == "tbb" ? 3 : row["peer"] == "loop" ? 0.1 : 1;
        EXPECT_NEAR(row["ratio"], times, 1e-9);
        EXPECT_NEAR(row["ns"]["median"], times * (22 + row["threads"].get<double>()), 1e-9);
    }
    EXPECT_EQ(report["latencies"].size(), 2U);
    EXPECT_EQ(report["cannot"][0]["mix"], "counter");
    EXPECT_EQ(report["refusals"][0]["p50"], 1060125);
    EXPECT_TRUE(mentions(told.out, "timed_out")) << told.out;
    EXPECT_TRUE(mentions(told.out, "the owner does not go on")) << told.out;
    EXPECT_EQ(report["peers"][2]["remedy"], "ask your </script> administrator");
}

TEST(bench, of_chosen_peers_the_plan_has_these_resile_and_the_loop_that_is_in_their_numbers) {
    const std::string peers = peers_that_say("plan", "", "echo \"{\\\"cannot\\\":$2}\"");
    const said answer =
        resile({"bench", "map", "--peers", "tbb", "--mix", "lookup", "--json", "-"}, with_peers(peers));
    const json plan = json_in(answer.out)["cannot"][0];
    EXPECT_EQ(plan["peers"], (json{"resile", "tbb", "loop"})) << answer.out << answer.error;
    EXPECT_EQ(plan["mixes"], json{"lookup"});
    EXPECT_EQ(plan["threads"], (json{1, 2, 4, 8}));
}

TEST(bench, what_was_measured_before_a_stop_is_told_and_the_exit_code_is_1) {
    for (const char* stop : {"INT", "TERM"}) {
        const std::string peers = peers_that_say("slow", played_readings(),
                                                 "kill -" + std::string(stop) + " $PPID\nexec sleep 3600");
        const said answer = resile({"bench", "map", "--latency", "--json", "-"}, with_peers(peers));
        EXPECT_EQ(answer.exit_code, 1) << stop << answer.error;
        const json report = json_in(answer.out);
        ASSERT_EQ(report["rows"].size(), 2U * 2 * 3) << stop << answer.out;
        ASSERT_EQ(report["latencies"].size(), 2U) << stop;
        EXPECT_EQ(report["latencies"][0]["max"], 81234) << stop;
        const said told = resile({"bench", "map", "--latency"}, with_peers(peers));
        EXPECT_TRUE(mentions(told.out, "stopped before the last")) << told.out;
        EXPECT_TRUE(mentions(told.out, "81.2 us")) << told.out;
    }
}

TEST(bench, latencies_are_told_after_each_run_not_after_all) {
    if (!std::filesystem::exists(RESILE_PEERS_PROGRAM))
        GTEST_SKIP() << "the benches are not built: scripts/build.sh release resile_peers";
    const json plan{{"family", "lock"}, {"peers", {"resile"}}, {"mixes", {"section"}}, {"threads", {1}},
                    {"entries", {0}},   {"runs", 2},           {"seconds", 0.001},     {"latency", true}};
    const said answer = run_program({RESILE_PEERS_PROGRAM, "measure", plan.dump()});
    ASSERT_EQ(answer.exit_code, 0) << answer.error;
    EXPECT_LT(answer.out.find("latency"), answer.out.rfind("reading")) << answer.out;
}

TEST(bench, measures_what_it_was_asked_to) {
    if (!std::filesystem::exists(RESILE_PEERS_PROGRAM))
        GTEST_SKIP() << "the benches are not built: scripts/build.sh release resile_peers";
    const said answer =
        resile({"bench", "--peers", "mutex", "--threads", "1,2", "--entries", "1000", "--mix",
                "lookup,counter", "--runs", "2", "--seconds", "0.001", "--latency", "--json", "-"});
    ASSERT_EQ(answer.exit_code, 0) << answer.error;
    const json report = json_in(answer.out);
    std::set<std::string> seen;
    for (const json& row : report["rows"]) {
        EXPECT_EQ(row["ns"]["readings"].size(), 2U);
        EXPECT_GT(row["ns"]["least"], 0);
        const bool is_subject = row["peer"] == "resile" || row["peer"] == "mutex";
        EXPECT_TRUE(!is_subject || row["hits"] == 1.0) << "all keys are there, all locks are got: " << row;
        seen.insert(row["family"].get<std::string>() + " " + row["peer"].get<std::string>() + " " +
                    row["mix"].get<std::string>());
    }
    for (const char* wanted :
         {"lock resile section", "lock mutex section", "map resile lookup", "map mutex counter"})
        EXPECT_TRUE(seen.contains(wanted)) << wanted;
    std::set<std::string> places;
    std::set<json> cells;
    for (const json& row : report["latencies"]) {
        const json cell{row["family"], row["mix"], row["threads"], row["peer"], row["where"]};
        EXPECT_TRUE(cells.insert(cell).second) << "one row for all runs: " << row;
        EXPECT_LE(row["p50"], row["p99"]);
        EXPECT_LE(row["p9999"], row["max"]);
        const bool may_interrupt = row["peer"] == "resile" || row["peer"] == "loop";
        EXPECT_TRUE(may_interrupt || row["where"] == "threads")
            << "in a handler it would wait for itself: " << row;
        places.insert(row["where"]);
    }
    EXPECT_TRUE(places.contains("threads"));
    std::set<std::string> refused;
    for (const json& row : report["refusals"]) {
        EXPECT_GT(row["count"], 0) << row;
        const bool is_timed = row["situation"] == "stuck";
        EXPECT_TRUE(!is_timed || row["p50"] >= 1'000'000) << "the caller gave it 1 ms: " << row;
        refused.insert(row["lock"].get<std::string>() + ": " + row["situation"].get<std::string>() + ": " +
                       row["answer"].get<std::string>());
    }
    for (const char* wanted :
         {"resile::spinlock: self: deadlock", "resile::spinlock: pair: deadlock",
          "resile::spinlock: ring of 16: deadlock", "resile::spinlock: dead: timed_out",
          "resile::spinlock: stuck: timed_out", "resile::spinlock: stuck, default: timed_out",
          "pthread error-checking mutex: self: EDEADLK", "pthread robust mutex: dead: EOWNERDEAD",
          "pthread_mutex_clocklock: stuck: ETIMEDOUT"})
        EXPECT_TRUE(refused.contains(wanted)) << wanted;
}

TEST(bench, the_program_that_measures_refuses_words_it_does_not_know) {
    if (!std::filesystem::exists(RESILE_PEERS_PROGRAM))
        GTEST_SKIP() << "the benches are not built: scripts/build.sh release resile_peers";
    for (const char* number : {"0", "-1", "many", "1x", ""})
        EXPECT_EQ(run_program({RESILE_PEERS_PROGRAM, "refusals", number}).exit_code, 2) << number;
}

}  // namespace
