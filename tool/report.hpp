// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Tables for eyes, JSON for machines.

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tool {

// Numbers to the right, words to the left, columns as wide as their widest entry.
class table {
  public:
    explicit table(std::vector<std::string> header) : header_(std::move(header)) {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] std::string text() const;

  private:
    std::vector<std::string> header_;
    std::vector<std::vector<std::string>> rows_;
};

// 1234567 -> "1,234,567"
[[nodiscard]] std::string grouped(std::uint64_t);
[[nodiscard]] std::string fixed(double, int decimals);
// 301 -> "301st", 311 -> "311th"
[[nodiscard]] std::string ordinal(std::uint64_t);

// A place for a report: a file, "-" for standard output, "" for none. Throws failure at construction if it
// cannot be written, before the long work starts. Nobody ever sees half a file: a regular file is replaced
// whole.
class report_sink {
  public:
    explicit report_sink(std::string path);
    ~report_sink();
    report_sink(const report_sink&) = delete;
    report_sink& operator=(const report_sink&) = delete;
    void write(const std::string&);
    // True when standard output belongs to the report, and tables should go elsewhere.
    [[nodiscard]] bool owns_standard_output() const { return path_ == "-"; }

  private:
    std::string path_;
    std::string partial_;
};

// The same for JSON.
class json_sink : public report_sink {
  public:
    using report_sink::report_sink;
    void write(const nlohmann::json& report) { report_sink::write(report.dump(2) + "\n"); }
};

// An option, and the file that it names; "-" is standard output, or input.
struct named_file {
    std::string option;
    std::string path;
};

// Two reports in one place, or a report in place of what it is made of, would leave one of them. Throws
// failure, also where the spellings differ: x and ./x, a link.
void each_its_own_place(const std::vector<named_file>& written, const std::vector<named_file>& read = {});

}  // namespace tool
