// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What Linux's map gets wrong (tests/map/linux_lru*): fill, then update what is there. From any CPU, by one
// thread and by two, at all small sizes and at a sample of the others up to 65536 (RESILE_LONG=1: at every
// size).

#include "lab/judge/cpus.hpp"
#include "tests/support/seeds.hpp"

#include <resile/percpu_lru_map.hpp>

#include <gtest/gtest.h>

#include <thread>

namespace {

using resile::put_result;
using resile::recency;

template <class Map>
void expect_no_losses(std::uint64_t entries, unsigned threads, unsigned cpu, recency order) {
    Map map(entries, {.order = order, .contexts = 16, .seed = 3, .huge_pages = false});
    std::vector<std::thread> workers;
    std::atomic<std::uint64_t> failed{0};
    for (unsigned t = 0; t < threads; ++t)
        workers.emplace_back([&, t] {
            // Forbidden: wherever it runs.
            (void)resile_lab::pin_this_thread(static_cast<int>((cpu + t) % resile::configured_cpus()));
            const std::uint64_t begin = entries * t / threads, end = entries * (t + 1) / threads;
            for (std::uint64_t key = begin; key < end; ++key)
                failed += map.put(key, key) == put_result::inserted ? 0U : 1U;
            for (std::uint64_t key = begin; key < end; ++key)
                failed += map.replace(key, key + 1) == put_result::replaced ? 0U : 1U;
        });
    for (auto& worker : workers) worker.join();
    ASSERT_EQ(failed, 0U) << entries;
    ASSERT_EQ(map.size(), entries);
    for (std::uint64_t key = 0; key < entries; ++key) ASSERT_TRUE(map.contains(key)) << entries;
    ASSERT_EQ(map.statistics().total().evictions, 0U) << entries;
}

TEST(lru_map_losses, there_are_none_at_any_size_from_any_cpu) {
    resile_test::random_numbers random(resile_test::announce_seed("lru_map_losses"));
    using plain = resile::lru_map<std::uint64_t, std::uint64_t>;
    using percpu = resile::percpu_lru_map<std::uint64_t, std::uint64_t>;
    const auto next = [&](std::uint64_t entries) -> std::uint64_t {
        if (resile_test::long_campaign()) return entries + 1;
        if (entries < 300 / resile_test::shrink) return entries + 1;
        if (entries >= 65536 / resile_test::shrink) return 65537;
        return std::min<std::uint64_t>(65536 / resile_test::shrink, entries + 1 + random.below(8000));
    };
    for (std::uint64_t entries = 1; entries <= 65536; entries = next(entries)) {
        const auto cpu =
            static_cast<unsigned>(random.below(static_cast<unsigned>(resile::configured_cpus())));
        for (const unsigned threads : {1U, 2U}) {
            expect_no_losses<plain>(entries, threads, cpu, recency::shared);
            expect_no_losses<plain>(entries, threads, cpu, recency::per_cpu);
            expect_no_losses<percpu>(entries, threads, cpu, recency::shared);
        }
    }
}

}  // namespace
