// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The half of `resile bench` that measures: a program of its own, so that the tool neither depends on the
// peers' libraries nor ends when one of them does. It speaks JSON, one object per line; people use `resile
// bench`.
//
//   resile_peers list            a line per peer, present or missing
//   resile_peers measure PLAN    a line per reading, as they come; a line of latencies counts all runs so far
//   resile_peers refusals N      a line per situation in which a lock says no; N samples of the cheap ones
//
// PLAN: {"family", "peers": [word...], "mixes": [word...], "threads": [...], "entries": [...], "runs",
// "seconds", "latency"}

#include "bench/measurement.hpp"
#include "bench/peers/every_peer.hpp"
#include "bench/refusals.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string_view>
#include <tuple>

namespace {

using nlohmann::json;

void say(const json& what) {
    if (std::puts(what.dump().c_str()) < 0 || std::fflush(stdout) != 0)
        throw std::runtime_error("nobody reads the readings");
}

void list() {
    for (const bench::peer& one : bench::every_peer())
        say({{"family", one.family},
             {"word", one.word},
             {"name", one.name},
             {"library", one.library},
             {"baseline", one.is_baseline},
             {"missing", one.missing},
             {"remedy", one.remedy}});
}

struct plan {
    explicit plan(const json& wanted)
        : family(wanted.at("family")),
          threads(wanted.at("threads")),
          entries(wanted.at("entries")),
          runs(wanted.at("runs")),
          seconds(wanted.at("seconds")),
          latency(wanted.at("latency")) {
        for (const std::string word : wanted.at("mixes")) {
            const bench::mix_text* const one = bench::find_mix(word);
            if (one == nullptr || one->family != family) throw std::runtime_error("no such mix: " + word);
            mixes.push_back(one->what);
        }
        const std::vector<std::string> words = wanted.at("peers");
        for (const bench::peer& one : bench::every_peer())
            if (one.family == family && one.missing.empty() &&
                std::find(words.begin(), words.end(), one.word) != words.end())
                peers.push_back(one);
        if (peers.empty()) throw std::runtime_error("no such peers");
    }
    std::string family;
    std::vector<unsigned> threads;
    std::vector<std::uint64_t> entries;
    unsigned runs;
    double seconds;
    bool latency;
    std::vector<bench::mix> mixes;
    std::vector<bench::peer> peers;
};

// One in so many operations takes longer than so many ns: where the second number changes.
json curve_of(const bench::latency_histogram& times) {
    json curve = json::array();
    std::uint64_t last = ~std::uint64_t{0};
    const auto count = static_cast<double>(times.count());
    for (double one_in = 1; one_in < count; one_in *= 1.189207115) {  // steps of a quarter octave
        const std::uint64_t ns = times.quantile(1 - 1 / one_in);
        if (ns != last) curve.push_back({std::round(one_in * 100) / 100, ns});
        last = ns;
    }
    curve.push_back({times.count(), times.max()});
    return curve;
}

void add_quantiles(json& line, const bench::latency_histogram& times) {
    line["count"] = times.count();
    line["p50"] = times.quantile(0.5);
    line["p90"] = times.quantile(0.9);
    line["p99"] = times.quantile(0.99);
    line["p999"] = times.quantile(0.999);
    line["p9999"] = times.quantile(0.9999);
    line["max"] = times.max();
}

void refusals(unsigned samples) {
    bench::measure_refusals(samples, [](const bench::refusal& one) {
        json line{{"situation", one.situation},
                  {"meaning", one.meaning},
                  {"lock", one.lock},
                  {"answer", one.answer}};
        add_quantiles(line, one.times);
        say({{"refusal", line}});
    });
}

// Latencies of all runs together: quantiles cannot be averaged. Told anew after each run, so that who stops
// before the last one has them.
class latency_ledger {
  public:
    void add(const json& cell, const std::vector<bench::latency_histogram>& some) {
        if (some.empty()) return;
        bench::latency_histogram& times = all_[cell];
        times.add(some.front());
        if (times.count() == 0) return;
        json line = cell;
        add_quantiles(line, times);
        line["curve"] = curve_of(times);
        say({{"latency", line}});
    }

  private:
    std::map<json, bench::latency_histogram> all_;
};

class measuring {
  public:
    explicit measuring(const plan& wanted) : plan_(wanted), cpus_(bench::allowed_cpus()) {}

    // Peers take turns, and another one begins in each run. Each mix has maps of its own: what the one before
    // left behind (entries, memory, a map that had handles once) is not measured with it.
    void all() {
        for (unsigned run = 0; run < plan_.runs; ++run)
            for (const std::uint64_t entries : plan_.entries)
                for (const bench::mix what : plan_.mixes) turn(run, entries, what);
    }

  private:
    void turn(unsigned run, std::uint64_t entries, bench::mix what) {
        std::vector<std::pair<const bench::peer*, std::unique_ptr<bench::subject>>> subjects;
        for (std::size_t i = 0; i < plan_.peers.size(); ++i) {
            const bench::peer& one = plan_.peers[(i + run) % plan_.peers.size()];
            auto made = one.make(entries);
            if (const std::string reason = made->why_not(what); !reason.empty()) {
                if (run == 0)
                    say({{"cannot",
                          {{"peer", one.word}, {"mix", bench::text_of(what).word}, {"reason", reason}}}});
                continue;
            }
            made->prepare(what, entries);
            subjects.emplace_back(&one, std::move(made));
        }
        for (const unsigned threads : plan_.threads)
            for (const auto& [one, made] : subjects)
                measure(*one, *made, {what, threads, entries, plan_.seconds, bench::timing::together}, run);
    }

    void measure(const bench::peer& one, bench::subject& made, bench::conditions on, unsigned run) {
        // Its clock stands still while another thread has its CPU.
        if (made.has_own_clock() && on.threads > cpus_.size()) return;
        json cell{{"peer", one.word},
                  {"mix", bench::text_of(on.what).word},
                  {"threads", on.threads},
                  {"entries", on.entries}};
        const bench::reading seen = bench::measure_in_peace(made, on, cpus_);
        json line = cell;
        line.update({{"run", run},
                     {"ns", seen.ns},
                     {"hits", seen.hits},
                     {"share", seen.share},
                     {"disturbed", on.threads <= cpus_.size() && seen.disturbed()}});
        say({{"reading", line}});
        if (!plan_.latency || made.has_own_clock()) return;
        on.how = bench::timing::each;
        cell["where"] = "threads";
        latencies_.add(cell, bench::measure(made, on, cpus_).latencies);
        if (!made.is_for_handlers()) return;
        on.how = bench::timing::in_handlers;
        cell["where"] = "handlers";
        latencies_.add(cell, bench::measure(made, on, cpus_).latencies);
    }

    const plan& plan_;
    std::vector<int> cpus_;
    latency_ledger latencies_;
};

}  // namespace

int main(int count, char** words) {
    try {
        const std::string what = count > 1 ? words[1] : "";
        if (what == "list" && count == 2) return list(), 0;
        if (what == "measure" && count == 3) {
            const plan wanted(json::parse(words[2]));
            return measuring(wanted).all(), 0;
        }
        if (what == "refusals" && count == 3) {
            unsigned samples = 0;
            const std::string_view number(words[2]);
            const auto [end, error] = std::from_chars(number.begin(), number.end(), samples);
            if (error == std::errc() && end == number.end() && samples != 0) return refusals(samples), 0;
        }
        std::fprintf(stderr,
                     "resile_peers: the half of `resile bench` that measures; try: resile bench --help\n");
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "resile_peers: %s\n", error.what());
        return 3;
    }
}
