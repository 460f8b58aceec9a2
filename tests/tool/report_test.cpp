// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Words of reports.

#include "tool/report.hpp"

#include <gtest/gtest.h>

namespace {

TEST(report, an_ordinal_ends_as_it_is_spoken) {
    for (const auto& [number, spoken] : std::vector<std::pair<std::uint64_t, const char*>>{
             {0, "0th"},     {1, "1st"},       {2, "2nd"},       {3, "3rd"},       {4, "4th"},
             {10, "10th"},   {11, "11th"},     {12, "12th"},     {13, "13th"},     {14, "14th"},
             {20, "20th"},   {21, "21st"},     {29, "29th"},     {61, "61st"},     {100, "100th"},
             {101, "101st"}, {111, "111th"},   {112, "112th"},   {301, "301st"},   {302, "302nd"},
             {303, "303rd"}, {311, "311th"},   {312, "312th"},   {313, "313th"},   {322, "322nd"},
             {997, "997th"}, {1000, "1000th"}, {1001, "1001st"}, {1011, "1011th"}, {1'000'000, "1000000th"}})
        EXPECT_EQ(tool::ordinal(number), spoken);
}

}  // namespace
