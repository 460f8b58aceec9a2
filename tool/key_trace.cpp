// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/key_trace.hpp"

#include "tool/byte_source.hpp"
#include "tool/failure.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <unordered_map>

namespace tool {
namespace {

constexpr std::size_t longest_key = 64 * 1024;

class line_collector {
  public:
    explicit line_collector(key_trace& trace) : trace_(trace) {}

    void add(const char* bytes, std::size_t size) {
        for (const char* end = bytes + size; bytes != end;) {
            const char* line_end = std::find(bytes, end, '\n');
            pending_.append(bytes, line_end);
            if (pending_.size() > longest_key)
                throw failure(
                    bad_environment,
                    fmt::format("{}: line {} is longer than {} bytes: is this a trace with one key per line?",
                                trace_.name, line_, longest_key));
            if (line_end == end) return;
            finish_line();
            bytes = line_end + 1;
        }
    }
    void finish() {
        if (!pending_.empty()) finish_line();
    }

  private:
    void finish_line() {
        ++line_;
        if (!pending_.empty() && pending_.back() == '\r') pending_.pop_back();
        if (!pending_.empty()) {
            const auto [known, is_new] = numbers_.try_emplace(pending_, trace_.distinct);
            if (is_new) ++trace_.distinct;
            trace_.requests.push_back(known->second);
        }
        pending_.clear();
    }

    key_trace& trace_;
    std::string pending_;
    std::size_t line_ = 1;
    std::unordered_map<std::string, std::uint32_t> numbers_;
};

}  // namespace

key_trace read_trace(const std::string& path) {
    key_trace trace;
    trace.name = path == "-" ? "standard input" : path.substr(path.rfind('/') + 1);
    line_collector lines(trace);
    const auto source = open_bytes(path);
    std::vector<char> block(1 << 16);
    while (const std::size_t size = source->read(block.data(), block.size())) lines.add(block.data(), size);
    lines.finish();
    if (trace.requests.empty())
        throw failure(bad_environment,
                      fmt::format("{}: no keys in it: give a trace with one key per line", path));
    return trace;
}

key_trace zipf_trace(std::uint32_t requests, std::uint32_t keys, std::uint64_t seed) {
    constexpr double exponent = 0.9;
    std::vector<double> cumulative(keys);
    double sum = 0;
    for (std::uint32_t rank = 0; rank < keys; ++rank)
        cumulative[rank] = sum += std::pow(rank + 1.0, -exponent);
    key_trace trace;
    trace.name = fmt::format("zipf({}, {} keys, seed {})", exponent, keys, seed);
    std::vector<std::uint32_t> number(keys, keys);
    std::mt19937_64 random(seed);
    for (std::uint32_t i = 0; i < requests; ++i) {
        const double at = static_cast<double>(random() >> 11) * 0x1.0p-53 * sum;
        const auto rank = static_cast<std::size_t>(
            std::upper_bound(cumulative.begin(), cumulative.end() - 1, at) - cumulative.begin());
        if (number[rank] == keys) number[rank] = trace.distinct++;
        trace.requests.push_back(number[rank]);
    }
    return trace;
}

}  // namespace tool
