// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Readings become medians with their spread, and ratios to resile.

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace tool {

struct spread {
    double median = 0;  // of an even number: the middle of the two in the middle
    double least = 0;
    double most = 0;
};
[[nodiscard]] spread spread_of(std::vector<double>);

// Of one family of subjects: locks, or maps.
class bench_report {
  public:
    explicit bench_report(std::string family) : family_(std::move(family)) {}

    // What the program of the peers says: {"reading": ...}, {"latency": ...}, {"refusal": ...} or {"cannot":
    // ...}.
    // A latency counts what was measured so far: it takes the place of the one before.
    void add(const nlohmann::json& said);
    // By the words of peers; who is not named keeps its word.
    void name_peers(std::map<std::string, std::string> names) { names_ = std::move(names); }

    [[nodiscard]] nlohmann::json rows() const;
    [[nodiscard]] nlohmann::json latencies() const;
    [[nodiscard]] nlohmann::json refusals() const { return refusals_; }
    [[nodiscard]] nlohmann::json cannot() const { return cannot_; }
    // For eyes: a table per mix and size, one of latencies, and one of refusals.
    [[nodiscard]] std::string tables() const;

  private:
    // In the order in which tables are read: mix, entries, threads; peers in the order of their appearance.
    using cell = std::tuple<std::size_t, std::uint64_t, unsigned>;
    struct series {
        std::vector<double> ns, hits, share;
        std::size_t disturbed = 0;
    };
    [[nodiscard]] nlohmann::json row(const cell&, const std::string& peer) const;
    [[nodiscard]] std::string table_of(std::size_t mix, std::uint64_t entries) const;
    [[nodiscard]] std::string latency_table() const;
    [[nodiscard]] std::string refusal_table() const;
    [[nodiscard]] std::string name_of(const std::string& peer) const;

    std::string family_;
    std::map<std::string, std::string> names_;
    std::vector<std::string> peers_;
    std::map<cell, std::map<std::string, series>> cells_;
    std::map<nlohmann::json, nlohmann::json> latencies_;  // by entries, mix, peer, threads and where
    nlohmann::json refusals_ = nlohmann::json::array();
    nlohmann::json cannot_ = nlohmann::json::array();
};

// The peer whose time is 1.
inline constexpr const char* reference_peer = "resile";

}  // namespace tool
