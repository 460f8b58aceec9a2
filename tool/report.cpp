// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/report.hpp"

#include "tool/failure.hpp"

#include <fmt/core.h>
#include <sys/stat.h>
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

std::string name_of(const named_file& one, const char* standard) {
    return one.path == "-" ? standard : one.path;
}

bool is_file(const std::string& path) {
    std::error_code unknown;
    return std::filesystem::is_regular_file(path, unknown);
}

// Of files that may not be there yet. Of what is written to /dev/null nothing is left anyway.
bool are_one_file(const std::string& one, const std::string& other) {
    struct stat first {
    }, second{}, nowhere{};
    if (::stat(one.c_str(), &first) == 0 && ::stat(other.c_str(), &second) == 0) {
        const auto is_first = [&](const struct stat& file) {
            return file.st_dev == first.st_dev && file.st_ino == first.st_ino;
        };
        return is_first(second) && (::stat("/dev/null", &nowhere) != 0 || !is_first(nowhere));
    }
    const auto whole = [](const std::string& path) {
        namespace fs = std::filesystem;
        std::error_code unknown;
        return fs::weakly_canonical(fs::absolute(path, unknown), unknown);
    };
    return !whole(one).empty() && whole(one) == whole(other);
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

std::string ordinal(std::uint64_t number) {
    constexpr const char* endings[] = {"th", "st", "nd", "rd"};
    const bool is_teen = number / 10 % 10 == 1;
    return std::to_string(number) + endings[is_teen || number % 10 > 3 ? 0 : number % 10];
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

void each_its_own_place(const std::vector<named_file>& written, const std::vector<named_file>& read) {
    for (auto one = written.begin(); one != written.end(); ++one) {
        if (one->path.empty()) continue;
        for (auto other = one + 1; other != written.end(); ++other) {
            if (one->path == "-" && other->path == "-")
                throw failure(bad_usage, fmt::format("{} - and {} -: only one of them can have standard "
                                                     "output; give the other a file",
                                                     one->option, other->option));
            if (are_one_file(name_of(*one, "/dev/stdout"), name_of(*other, "/dev/stdout")))
                throw failure(
                    bad_usage,
                    fmt::format("{} {} and {} {}: both are the same file, and only one report would "
                                "be left; give one of them another name",
                                one->option, one->path, other->option, other->path));
        }
        for (const named_file& source : read)
            if (is_file(name_of(source, "/dev/stdin")) &&
                are_one_file(name_of(*one, "/dev/stdout"), name_of(source, "/dev/stdin")))
                throw failure(bad_usage,
                              fmt::format("{} {} and {} {}: both are the same file, and the report would "
                                          "replace what it is made of; give the report another name",
                                          one->option, one->path, source.option, source.path));
    }
}

}  // namespace tool
