// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/bench_report.hpp"

#include "bench/mix.hpp"
#include "tool/report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

namespace tool {
namespace {

std::string duration(double ns) {
    if (ns < 1e3) return fmt::format("{:.0f} ns", ns);
    if (ns < 1e6) return fmt::format("{:.1f} us", ns / 1e3);
    return fmt::format("{:.1f} ms", ns / 1e6);
}

std::string threads_text(unsigned threads) {
    return fmt::format("{} thread{}", threads, threads == 1 ? "" : "s");
}

}  // namespace

spread spread_of(std::vector<double> values) {
    if (values.empty()) return {};
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    const double median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    return {median, values.front(), values.back()};
}

void bench_report::add(const nlohmann::json& said) {
    if (said.contains("reading")) {
        const auto& one = said["reading"];
        const std::string peer = one.at("peer");
        const std::string mix = one.at("mix");
        if (std::find(peers_.begin(), peers_.end(), peer) == peers_.end()) peers_.push_back(peer);
        const auto* const text = bench::find_mix(mix);
        if (text == nullptr) throw std::runtime_error("a reading of an unknown mix: " + mix);
        series& its =
            cells_[{static_cast<std::size_t>(text->what), one.at("entries"), one.at("threads")}][peer];
        its.ns.push_back(one.at("ns"));
        its.hits.push_back(one.at("hits"));
        its.share.push_back(one.at("share"));
        its.disturbed += one.at("disturbed").get<bool>() ? 1U : 0U;
    } else if (said.contains("latency")) {
        nlohmann::json one = said["latency"];
        const nlohmann::json where{one.at("entries"), one.at("mix"), one.at("peer"), one.at("threads"),
                                   one.at("where")};
        one["family"] = family_;
        latencies_[where] = std::move(one);
    } else if (said.contains("refusal")) {
        refusals_.push_back(said["refusal"]);
    } else if (said.contains("cannot")) {
        cannot_.push_back(said["cannot"]);
        cannot_.back()["family"] = family_;
    }
}

nlohmann::json bench_report::row(const cell& where, const std::string& peer) const {
    const auto& [mix, entries, threads] = where;
    const auto& all = cells_.at(where);
    const series& its = all.at(peer);
    const spread ns = spread_of(its.ns);
    nlohmann::json result{
        {"family", family_},
        {"mix", bench::all_mixes[mix].word},
        {"entries", entries},
        {"threads", threads},
        {"peer", peer},
        {"ns", {{"median", ns.median}, {"least", ns.least}, {"most", ns.most}, {"readings", its.ns}}},
        {"operations_per_second", 1e9 / ns.median},
        {"ratio", nullptr},
        {"hits", spread_of(its.hits).median},
        {"share", spread_of(its.share).median},
        {"disturbed", its.disturbed}};
    if (const auto reference = all.find(reference_peer); reference != all.end())
        result["ratio"] = ns.median / spread_of(reference->second.ns).median;
    return result;
}

nlohmann::json bench_report::rows() const {
    nlohmann::json all = nlohmann::json::array();
    for (const auto& [where, its] : cells_)
        for (const std::string& peer : peers_)
            if (its.contains(peer)) all.push_back(row(where, peer));
    return all;
}

nlohmann::json bench_report::latencies() const {
    nlohmann::json all = nlohmann::json::array();
    for (const auto& [where, one] : latencies_) all.push_back(one);
    return all;
}

std::string bench_report::name_of(const std::string& peer) const {
    const auto named = names_.find(peer);
    return named == names_.end() ? peer : named->second;
}

std::string bench_report::tables() const {
    std::string text;
    std::set<std::pair<std::size_t, std::uint64_t>> seen;
    for (const auto& [where, its] : cells_)
        if (const auto& [mix, entries, threads] = where; seen.emplace(mix, entries).second)
            text += table_of(mix, entries);
    return text + latency_table() + refusal_table();
}

std::string bench_report::table_of(std::size_t mix, std::uint64_t entries) const {
    std::vector<cell> columns;
    std::vector<std::string> header{""};
    for (const auto& [where, its] : cells_) {
        if (std::get<0>(where) != mix || std::get<1>(where) != entries) continue;
        columns.push_back(where);
        header.insert(header.end(), {threads_text(std::get<2>(where)), "(least - most)", "ratio"});
    }
    table rows(header);
    for (const std::string& peer : peers_) {
        std::vector<std::string> words{name_of(peer)};
        for (const cell& where : columns) {
            if (!cells_.at(where).contains(peer)) {
                words.insert(words.end(), {"-", "", ""});
                continue;
            }
            const nlohmann::json its = row(where, peer);
            words.push_back(fixed(its["ns"]["median"], 1));
            words.push_back(fmt::format("({:.1f} - {:.1f})", its["ns"]["least"].get<double>(),
                                        its["ns"]["most"].get<double>()));
            words.push_back(its["ratio"].is_null() ? "" : fixed(its["ratio"], 2) + "x");
        }
        if (std::any_of(words.begin() + 1, words.end(),
                        [](auto& word) { return word != "-" && !word.empty(); }))
            rows.add(words);
    }
    const auto& what = bench::all_mixes[mix];
    const std::string size = family_ == "map" ? fmt::format("; {} entries", grouped(entries)) : "";
    return fmt::format("\n{} {}: {}{}. ns per operation\n{}", family_, what.word, what.meaning, size,
                       rows.text());
}

std::string bench_report::latency_table() const {
    if (latencies_.empty()) return {};
    table rows({"mix", "entries", "threads", "peer", "in", "operations", "p50", "p99", "p99.99", "max"});
    for (const auto& [where, one] : latencies_) {
        rows.add({one.at("mix"), grouped(one.at("entries")),
                  std::to_string(one.at("threads").get<unsigned>()), name_of(one.at("peer")), one.at("where"),
                  grouped(one.at("count")), duration(one.at("p50")), duration(one.at("p99")),
                  duration(one.at("p9999")), duration(one.at("max"))});
    }
    return fmt::format("\nLatency of single {} operations, all runs together; the clock costs some 20 ns\n{}",
                       family_, rows.text());
}

std::string bench_report::refusal_table() const {
    if (refusals_.empty()) return {};
    table rows({"situation", "lock", "answer", "times", "p50", "p99", "max"});
    std::string meanings;
    for (const auto& one : refusals_) {
        const std::string situation = one.at("situation");
        const std::string meaning = one.at("meaning");
        rows.add({situation, one.at("lock"), one.at("answer"), grouped(one.at("count")),
                  duration(one.at("p50")), duration(one.at("p99")), duration(one.at("max"))});
        if (meaning != "the same") meanings += fmt::format("  {:<14} {}\n", situation, meaning);
    }
    return fmt::format(
        "\nWaits in vain: how long it takes to be told; of the other locks no caller would return\n{}{}",
        rows.text(), meanings);
}

}  // namespace tool
