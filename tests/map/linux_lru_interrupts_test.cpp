// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Handlers that use the map in the middle of an operation of the same thread on the same map. What they are
// refused, what they leave behind, and that nobody hangs or crashes.
//
// Two ways: after every single instruction of an operation (x86-64), and timers at a high rate.

#include "lab/injection/single_stepper.hpp"
#include "lab/torture/thread_timer.hpp"
#include "tests/map/map_shapes.hpp"
#include "tests/support/seeds.hpp"

#include <resile/checked.hpp>
#include <resile/context.hpp>

#include <signal.h>

#include <array>
#include <atomic>
#include <cerrno>

namespace resile_test {
namespace {

using resile_lab::can_single_step;
using resile_lab::single_step;
using resile_lab::stop_stepping;

constexpr std::uint32_t entries = 16;
constexpr unsigned keys_used = 40;

// Any operation, chosen by the caller's numbers. Handler-safe.
int random_operation(number_map& map, random_numbers& numbers) noexcept {
    const std::uint64_t key = numbers.below(keys_used);
    std::array<std::uint64_t, 2 * entries> keys;
    std::array<std::uint64_t, 4 * entries> values;
    std::uint64_t value = 0;
    std::uint32_t count = entries;
    switch (numbers.below(16)) {
        case 0:
        case 1:
        case 2:
            return map.erase(key);
        case 3:
            return map.take(key, value);
        case 4:
            return map.map.lookup(&key) != nullptr ? 0 : -ENOENT;
        case 5:
            return map.has(key) ? 0 : -ENOENT;
        case 6:
            return map.map.next_key(&key, &value);
        case 7:
            value = key % 16;
            return map.map.lookup_batch(value, keys.data(), values.data(), count);
        case 8:
            value = key % 16;
            count = 2;
            return map.map.lookup_and_erase_batch(value, keys.data(), values.data(), count);
        case 9:
            return map.put(key, key, linux_lru::exist);
        case 10:
        case 11:
            return map.put_as_program(key, key);
        default:
            return map.put(key, key);
    }
}

[[nodiscard]] bool is_a_result(int error) noexcept {
    return error == 0 || error == -ENOENT || error == -ENOMEM || error == -EDEADLK || error == -ENOSPC ||
           error == -ETIMEDOUT;
}

// Whatever happened: every node is somewhere, all can be walked, and only the old generation loses some.
void expect_consistent(number_map& map, const map_shape& shape) {
    expect_every_node_somewhere(map);
    if (shape.version == generation::resilient) {
        EXPECT_EQ(map.map.census().unaccounted, 0U);
        EXPECT_EQ(map.map.refused().would_have_hung, 0U);
    } else {
        EXPECT_EQ(map.map.census().pending_free, 0U);
        EXPECT_EQ(map.map.refused().nodes_left_behind, 0U);
    }
}

class linux_lru_interrupts : public every_linux_lru {};
INSTANTIATE_TEST_SUITE_P(shapes, linux_lru_interrupts, testing::ValuesIn(every_shape), shape_name);

TEST_P(linux_lru_interrupts, a_handler_after_every_instruction_of_an_operation_does_no_harm) {
    if (!can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    random_numbers numbers(announce_seed("every_instruction"));
    number_map map(GetParam(), entries);
    for (std::uint64_t key = 0; key < keys_used; ++key) ASSERT_EQ(map.put(key, key), 0);
    unsigned long steps = 0;
    unsigned strange = 0;
    // In the old generation each refusal is also written down by the usage checker, with its stack: slow.
    const unsigned rounds = scaled(GetParam().version == generation::plain ? 2 : 8) + 4;
    for (unsigned round = 0; round < rounds; ++round) {
        int error = 0;
        random_numbers of_handler(numbers.next());
        steps += single_step(
            [&] { error = round % 2 == 0 ? map.put(1000 + round, 0) : random_operation(map, numbers); },
            [&](unsigned long) {
                const resile::interrupt_scope inside;
                if (!is_a_result(random_operation(map, of_handler))) ++strange;
            });
        ASSERT_TRUE(is_a_result(error)) << error;
        expect_consistent(map, GetParam());
        if (HasFailure()) break;
    }
    EXPECT_EQ(strange, 0U) << "handlers were given errors that the contract does not name";
    const auto refused = map.map.refused();
    const auto census = map.map.census();
    std::printf(
        "%lu interrupts: refused %llu local, %llu list, %llu bucket; left behind %llu, would have hung "
        "%llu; now %u pending, %u stranded of %u\n",
        steps, static_cast<unsigned long long>(refused.local_lock),
        static_cast<unsigned long long>(refused.global_lock),
        static_cast<unsigned long long>(refused.bucket_lock),
        static_cast<unsigned long long>(refused.nodes_left_behind),
        static_cast<unsigned long long>(refused.would_have_hung), census.pending_free, census.unaccounted,
        entries);
    EXPECT_GT(refused.local_lock + refused.global_lock, 0U) << "no handler met a lock of the LRU";
    if (GetParam().version == generation::resilient) {
        EXPECT_GT(refused.bucket_lock, 0U);
        EXPECT_GT(refused.nodes_left_behind, 0U);
    } else {
        EXPECT_EQ(refused.would_have_hung, refused.local_lock + refused.global_lock);
    }
}

// Fault 3: what the usage checker says about the old generation, and that the demo survives it.
TEST_P(linux_lru_interrupts, the_old_generations_deadlock_is_reported_and_not_suffered) {
    if (GetParam().version != generation::plain) GTEST_SKIP() << "about the old generation";
    if (!can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    resile::usage_report report;
    while (resile::take_first_usage_report(report)) {
    }
    const auto before = resile::usage_statistics();
    number_map map(GetParam(), entries);
    for (std::uint64_t key = 0; key < entries; ++key) ASSERT_EQ(map.put(key, key), 0);
    std::uint64_t key = 100;
    single_step([&] { (void)map.put(99, 99); },
                [&](unsigned long) {
                    const resile::interrupt_scope inside;
                    ++key;
                    (void)map.put(key, key);
                });
    EXPECT_GT(map.map.refused().would_have_hung, 0U);
    EXPECT_GT(resile::usage_statistics().self_deadlocks, before.self_deadlocks);
    ASSERT_TRUE(resile::take_first_usage_report(report));
    EXPECT_EQ(report.depth, 1U);
    EXPECT_NE(std::string(report.lock_name).find("LRU"), std::string::npos) << report.lock_name;
    expect_consistent(map, GetParam());
}

// Fault 4: left behind, holding capacity, and reclaimed only when other operations come by.
TEST_P(linux_lru_interrupts, nodes_left_behind_come_back_by_and_by) {
    if (GetParam().version != generation::resilient) GTEST_SKIP() << "about the new generation";
    if (!can_single_step) GTEST_SKIP() << "needs the trap flag of x86-64, and no TSan";
    number_map map(GetParam(), entries);
    // What is erased in the middle of somebody's update, at the right moment, cannot be given back.
    for (unsigned long moment = 1; moment < 20'000 && map.map.census().pending_free == 0; moment += 13) {
        for (std::uint64_t key = 0; key < 2 * entries; ++key) (void)map.put(key, key);
        single_step([&] { (void)map.put(1000 + moment, 0); },
                    [&](unsigned long step) {
                        if (step != moment) return;
                        for (std::uint64_t key = 0; key < 2 * entries; ++key) (void)map.erase(key);
                        stop_stepping();
                    });
    }
    const std::uint32_t pending = map.map.census().pending_free;
    ASSERT_GT(pending, 0U);
    for (const std::uint64_t key : map.keys()) (void)map.erase(key);
    EXPECT_GT(map.map.census().pending_free, 0U) << "erasing all else does not bring them back";
    for (std::uint64_t key = 5000; key < 5000 + 8 * entries; ++key) (void)map.put(key, key);
    std::printf("%u nodes were pending, %u still are\n", pending, map.map.census().pending_free);
    EXPECT_EQ(map.map.census().pending_free, 0U);
    expect_nothing_stranded(map);
}

std::atomic<number_map*> stormed{nullptr};
std::atomic<unsigned> interrupts{0};

void on_timer(int) {
    const int saved = errno;
    const resile::interrupt_scope inside;
    random_numbers numbers(interrupts.fetch_add(1, std::memory_order_relaxed));
    for (unsigned i = 0; i < 4; ++i)
        (void)random_operation(*stormed.load(std::memory_order_acquire), numbers);
    errno = saved;
}

void handle_timers(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    for (const int which : {SIGRTMIN + 2, SIGRTMIN + 3}) ::sigaction(which, &action, nullptr);
}

TEST_P(linux_lru_interrupts, timers_that_interrupt_each_other_do_no_harm) {
    random_numbers numbers(announce_seed("timers"));
    number_map map(GetParam(), entries);
    stormed.store(&map, std::memory_order_release);
    interrupts.store(0, std::memory_order_relaxed);
    const auto refused = [&] {
        const auto counted = map.map.refused();
        return counted.local_lock + counted.global_lock + counted.bucket_lock;
    };
    unsigned strange = 0;
    {
        handle_timers(on_timer);
        const resile_lab::thread_timer first(SIGRTMIN + 2, std::chrono::microseconds{40});
        const resile_lab::thread_timer second(SIGRTMIN + 3, std::chrono::microseconds{47});
        // Until somebody was refused, and some more. TSan holds signals back until a system call: none hits.
        const unsigned most = under_tsan ? 20'000 : 3'000'000;
        for (unsigned i = 0; i < most && (refused() < 5 || interrupts.load(std::memory_order_relaxed) < 500);
             ++i) {
            if (!is_a_result(random_operation(map, numbers))) ++strange;
            if (under_tsan && i % 64 == 0) ::sched_yield();
        }
    }
    handle_timers(SIG_IGN);
    EXPECT_EQ(strange, 0U);
    if (!under_tsan) {
        EXPECT_GT(refused(), 0U) << interrupts.load() << " interrupts";
    }
    expect_consistent(map, GetParam());
}

}  // namespace
}  // namespace resile_test
