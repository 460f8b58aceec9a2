// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What becomes of readings: medians, spreads, ratios.

#include "tool/bench_report.hpp"

#include <gtest/gtest.h>

namespace {

using nlohmann::json;

json reading(const std::string& peer, unsigned threads, double ns, bool disturbed = false) {
    return {{"reading",
             {{"peer", peer},
              {"mix", "lookup"},
              {"threads", threads},
              {"entries", 1000},
              {"run", 0},
              {"ns", ns},
              {"hits", 1.0},
              {"share", 0.5},
              {"disturbed", disturbed}}}};
}

json only_row(const tool::bench_report& report, const std::string& peer) {
    for (const json& row : report.rows())
        if (row["peer"] == peer) return row;
    return {};
}

TEST(bench_report, the_median_of_an_odd_number_is_one_of_them) {
    const tool::spread its = tool::spread_of({9, 1, 5});
    EXPECT_DOUBLE_EQ(its.median, 5);
    EXPECT_DOUBLE_EQ(its.least, 1);
    EXPECT_DOUBLE_EQ(its.most, 9);
}

TEST(bench_report, the_median_of_an_even_number_lies_between_the_two_in_the_middle) {
    EXPECT_DOUBLE_EQ(tool::spread_of({4, 1, 100, 2}).median, 3);
    EXPECT_DOUBLE_EQ(tool::spread_of({7}).median, 7);
}

TEST(bench_report, a_row_has_median_spread_readings_and_the_ratio_to_resile) {
    tool::bench_report report("map");
    for (const double ns : {20.0, 10.0, 12.0}) report.add(reading("resile", 2, ns));
    for (const double ns : {30.0, 36.0, 600.0}) report.add(reading("tbb", 2, ns, ns > 100));
    const json row = only_row(report, "tbb");
    EXPECT_DOUBLE_EQ(row["ns"]["median"], 36);
    EXPECT_DOUBLE_EQ(row["ns"]["least"], 30);
    EXPECT_DOUBLE_EQ(row["ns"]["most"], 600);
    EXPECT_EQ(row["ns"]["readings"], (json{30.0, 36.0, 600.0}));
    EXPECT_DOUBLE_EQ(row["ratio"], 3) << "36 over 12: of medians, not of means";
    EXPECT_DOUBLE_EQ(row["operations_per_second"], 1e9 / 36);
    EXPECT_EQ(row["disturbed"], 1);
    EXPECT_DOUBLE_EQ(only_row(report, "resile")["ratio"], 1);
}

TEST(bench_report, a_ratio_is_to_resile_with_as_many_threads_or_it_is_none) {
    tool::bench_report report("map");
    report.add(reading("resile", 1, 10));
    report.add(reading("tbb", 2, 10));
    EXPECT_TRUE(only_row(report, "tbb")["ratio"].is_null());
}

TEST(bench_report, of_latencies_that_count_all_runs_so_far_the_last_one_stays) {
    tool::bench_report report("map");
    const auto latency = [&](const std::string& peer, unsigned count) {
        report.add({{"latency",
                     {{"peer", peer},
                      {"mix", "lookup"},
                      {"threads", 1},
                      {"entries", 1000},
                      {"where", "threads"},
                      {"count", count}}}});
    };
    latency("resile", 100);
    latency("tbb", 70);
    latency("resile", 200);
    const json all = report.latencies();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0]["count"], 200) << all;
    EXPECT_EQ(all[1]["peer"], "tbb") << all;
}

TEST(bench_report, a_table_names_peers_and_leaves_out_what_was_not_measured) {
    tool::bench_report report("map");
    report.name_peers({{"resile", "resile::lru_map"}, {"kernel", "kernel LRU_HASH"}});
    report.add(reading("resile", 1, 10));
    report.add(reading("kernel", 1, 25));
    report.add(reading("resile", 4, 10));
    const std::string text = report.tables();
    EXPECT_NE(text.find("resile::lru_map"), std::string::npos) << text;
    EXPECT_NE(text.find("2.50x"), std::string::npos) << text;
    EXPECT_NE(text.find("4 threads"), std::string::npos) << text;
    EXPECT_NE(text.find(" -"), std::string::npos) << text;
}

TEST(bench_report, a_reading_of_an_unknown_mix_is_refused) {
    tool::bench_report report("map");
    json line = reading("resile", 1, 10);
    line["reading"]["mix"] = "dance";
    EXPECT_THROW(report.add(line), std::runtime_error);
}

}  // namespace
