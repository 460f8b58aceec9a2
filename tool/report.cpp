// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/report.hpp"

#include "tool/failure.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace tool {
namespace {

// Characters on the screen: UTF-8 bytes that do not continue one, without colour codes.
std::size_t width_of(const std::string& text) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\033') {
            i = std::min(text.find('m', i), text.size() - 1);
            continue;
        }
        if ((static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U) ++width;
    }
    return width;
}

bool is_number(const std::string& text) {
    return !text.empty() && (text[0] == '-' || text[0] == '+' || (text[0] >= '0' && text[0] <= '9'));
}

}  // namespace

std::string table::text() const {
    std::vector<std::size_t> widths;
    std::vector<bool> numeric;
    for (std::size_t column = 0; column < header_.size(); ++column) {
        std::size_t width = width_of(header_[column]);
        bool numbers = !rows_.empty();
        for (const auto& row : rows_) {
            width = std::max(width, width_of(row[column]));
            numbers = numbers && (is_number(row[column]) || row[column].empty());
        }
        widths.push_back(width);
        numeric.push_back(numbers);
    }
    std::string result;
    const auto add_row = [&](const std::vector<std::string>& row) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            const std::string space(widths[column] - width_of(row[column]), ' ');
            if (column != 0) line.append("  ");
            if (numeric[column]) line.append(space);
            line.append(row[column]);
            if (!numeric[column]) line.append(space);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        result.append(line).append("\n");
    };
    add_row(header_);
    for (const auto& row : rows_) add_row(row);
    return result;
}

std::string grouped(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    std::string result;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i != 0 && (digits.size() - i) % 3 == 0) result.push_back(',');
        result.push_back(digits[i]);
    }
    return result;
}

std::string fixed(double number, int decimals) {
    return fmt::format("{:.{}f}", number, decimals);
}

report_sink::report_sink(std::string path) : path_(std::move(path)) {
    if (path_.empty() || path_ == "-") return;
    namespace fs = std::filesystem;
    std::error_code unknown;  // whatever cannot be found out here, opening will tell
    const fs::path target = fs::canonical(path_, unknown);
    const fs::file_type type = fs::status(path_, unknown).type();
    int reason = 0;
    if (type == fs::file_type::directory) {
        reason = EISDIR;
    } else if (type == fs::file_type::not_found || type == fs::file_type::regular) {
        // A link stays one: what it points to is replaced.
        if (type == fs::file_type::regular) path_ = target.string();
        partial_ = fmt::format("{}.{}.partial", path_, ::getpid());
        if (!std::ofstream(partial_)) reason = errno;
    } else if (::access(path_.c_str(), W_OK) != 0) {  // a device or a pipe: written as it is
        reason = errno;
    }
    if (reason == 0) return;
    partial_.clear();
    throw failure(
        bad_environment,
        fmt::format("cannot write the report {}: {}; choose a file in a directory that exists and is "
                    "writable, or - for standard output",
                    path_, std::strerror(reason)));
}

report_sink::~report_sink() {
    if (!partial_.empty()) ::unlink(partial_.c_str());
}

void report_sink::write(const std::string& text) {
    if (path_.empty()) return;
    if (path_ == "-") {
        fmt::print("{}", text);
        return;
    }
    std::ofstream file(partial_.empty() ? path_ : partial_);
    file << text << std::flush;
    if (!file || (!partial_.empty() && ::rename(partial_.c_str(), path_.c_str()) != 0))
        throw failure(bad_environment,
                      fmt::format("cannot write the report {}: {}", path_, std::strerror(errno)));
    partial_.clear();
}

void one_standard_output(const std::vector<std::pair<std::string, std::string>>& options) {
    std::string first;
    for (const auto& [option, path] : options) {
        if (path != "-") continue;
        if (!first.empty())
            throw failure(bad_usage,
                          fmt::format("{} - and {} -: only one of them can have standard output; give the "
                                      "other a file",
                                      first, option));
        first = option;
    }
}

}  // namespace tool
