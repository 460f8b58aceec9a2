// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// A flow table: packets and bytes of the flows seen last, as routers keep them. A flow that has to make room
// is handed to the exporter, so that no packet is counted twice or not at all.
//
//     example_060_flow_table [TRACE]     one key (a flow) per line; without it, a built-in Zipf trace

#include <resile/lru_map.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace {

// No padding: the default hash takes all bytes.
struct flow {
    std::uint32_t source, destination;
    std::uint16_t source_port, destination_port;
    std::uint32_t protocol;
    friend bool operator==(const flow&, const flow&) = default;
};
struct traffic {
    std::uint64_t packets, bytes, first_seen, last_seen;
};

// Somebody's packet, from a key of a trace.
flow flow_of(std::uint64_t key) {
    return {static_cast<std::uint32_t>(0x0a000000U + (key & 0xffffU)), static_cast<std::uint32_t>(key >> 32),
            static_cast<std::uint16_t>(key >> 16), 443, 6};
}

std::vector<std::uint64_t> zipf_trace() {
    constexpr std::size_t flows = 20'000, packets = 300'000;
    std::vector<double> up_to(flows);
    double sum = 0;
    for (std::size_t rank = 0; rank < flows; ++rank)
        up_to[rank] = sum += 1 / std::pow(static_cast<double>(rank + 1), 0.9);
    std::mt19937_64 numbers(1);
    std::uniform_real_distribution<double> uniform(0, sum);
    std::vector<std::uint64_t> trace(packets);
    for (auto& key : trace)
        key = static_cast<std::uint64_t>(std::lower_bound(up_to.begin(), up_to.end(), uniform(numbers)) -
                                         up_to.begin());
    return trace;
}

bool read_trace(const char* path, std::vector<std::uint64_t>& trace) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (!line.empty()) trace.push_back(std::hash<std::string>{}(line));
    return !trace.empty();
}

struct exporter {
    std::uint64_t flows = 0, packets = 0, bytes = 0;
};

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::uint64_t> trace;
    if (argc < 2) {
        trace = zipf_trace();
    } else if (!read_trace(argv[1], trace)) {
        std::fprintf(stderr, "%s: no keys there; wanted: a text file, one key per line\n", argv[1]);
        return 2;
    }

    exporter exported;
    resile::lru_options options;
    options.eviction_context = &exported;
    options.on_eviction = [](void* context, const void*, const void* value) noexcept {
        auto* to = static_cast<exporter*>(context);
        const auto* gone = static_cast<const traffic*>(value);
        ++to->flows;
        to->packets += gone->packets;
        to->bytes += gone->bytes;
    };
    resile::lru_map<flow, traffic> table(1000, options);

    std::uint64_t bytes = 0, known = 0;
    for (std::uint64_t now = 0; now < trace.size(); ++now) {
        const std::uint64_t length = 40 + trace[now] * 31 % 1461;
        const auto result =
            table.upsert(flow_of(trace[now]), traffic{1, length, now, now}, [&](traffic& so_far) {
                ++so_far.packets;
                so_far.bytes += length;
                so_far.last_seen = now;
            });
        bytes += length;
        known += result == resile::put_result::replaced ? 1U : 0U;
    }

    struct line {
        flow of;
        traffic seen;
    };
    std::vector<line> lines;
    std::uint64_t packets_in_table = 0, bytes_in_table = 0;
    table.for_each([&](const flow& of, const traffic& seen) {
        lines.push_back({of, seen});
        packets_in_table += seen.packets;
        bytes_in_table += seen.bytes;
    });
    std::sort(lines.begin(), lines.end(),
              [](const line& a, const line& b) { return a.seen.packets > b.seen.packets; });
    std::printf("%8s  %10s  flow\n", "packets", "bytes");
    for (std::size_t i = 0; i < std::min<std::size_t>(lines.size(), 5); ++i)
        std::printf("%8llu  %10llu  %08x:%u -> %08x:%u\n",
                    static_cast<unsigned long long>(lines[i].seen.packets),
                    static_cast<unsigned long long>(lines[i].seen.bytes), lines[i].of.source,
                    lines[i].of.source_port, lines[i].of.destination, lines[i].of.destination_port);
    std::printf("%zu packets, %.1f %% of a flow in the table; %zu flows there, %llu exported\n", trace.size(),
                100.0 * static_cast<double>(known) / static_cast<double>(trace.size()), table.size(),
                static_cast<unsigned long long>(exported.flows));
    const bool exact =
        packets_in_table + exported.packets == trace.size() && bytes_in_table + exported.bytes == bytes;
    std::printf("%s\n", exact ? "every packet is in the table or was exported, once"
                              : "NOT every packet is in the table or was exported");
    return exact ? 0 : 1;
}
