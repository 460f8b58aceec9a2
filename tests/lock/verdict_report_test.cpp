// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What is told of a refusal: to whom, and in which words.

#include <resile/lock_verdict.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

namespace {

using resile::lock_result;
using resile::lock_verdict;
using resile::spinlock;

std::atomic<int> calls{0};
std::string told;
lock_result told_result;
std::size_t told_cycle;

void listen(const lock_verdict& verdict) noexcept {
    char text[2048];
    told.assign(text, resile::format_verdict(verdict, text, sizeof(text)));
    told_result = verdict.result;
    told_cycle = verdict.cycle.size();
    ++calls;
}

class verdict_report : public testing::Test {
  protected:
    void SetUp() override {
        calls = 0;
        resile::set_verdict_handler(listen);
    }
    void TearDown() override { resile::set_verdict_handler(nullptr); }
};

bool mentions(const char* words) {
    return told.find(words) != std::string::npos;
}

TEST_F(verdict_report, tells_of_a_self_deadlock_with_a_cycle_of_one) {
    spinlock lock;
    ASSERT_EQ(lock.lock(), lock_result::acquired);
    errno = 1234;
    EXPECT_EQ(lock.lock(), lock_result::deadlock);
    EXPECT_EQ(errno, 1234);
    lock.unlock();
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(told_result, lock_result::deadlock);
    EXPECT_EQ(told_cycle, 1U);
    EXPECT_TRUE(mentions("deadlock, the wait could never have ended") && mentions("waits for lock")) << told;
    EXPECT_TRUE(mentions("Release what this context holds")) << told;
}

TEST_F(verdict_report, tells_who_owns_a_lock_that_timed_out_and_what_to_do) {
    spinlock lock;
    ASSERT_EQ(lock.lock(), lock_result::acquired);
    std::thread([&] {
        EXPECT_EQ(lock.lock_for(std::chrono::milliseconds(1)), lock_result::timed_out);
    }).join();
    lock.unlock();
    EXPECT_EQ(calls, 1);
    EXPECT_TRUE(mentions("timed out after") && mentions("made no progress") && mentions("gdb")) << told;
}

TEST_F(verdict_report, says_when_the_owner_is_gone_and_that_it_can_be_succeeded) {
    spinlock lock;
    std::thread([&] { ASSERT_EQ(lock.lock(), lock_result::acquired); }).join();
    EXPECT_EQ(lock.lock_for(std::chrono::hours(1)), lock_result::timed_out);
    EXPECT_TRUE(mentions("which has exited") && mentions("break_dead_owner()")) << told;
    ASSERT_TRUE(lock.break_dead_owner());
    lock.unlock();
}

TEST_F(verdict_report, is_not_given_for_refusals_inside_the_hook) {
    static spinlock lock;
    resile::set_verdict_handler([](const lock_verdict&) noexcept {
        ++calls;
        (void)lock.lock();  // refused as well
    });
    ASSERT_EQ(lock.lock(), lock_result::acquired);
    EXPECT_EQ(lock.lock(), lock_result::deadlock);
    lock.unlock();
    EXPECT_EQ(calls, 1);
}

TEST_F(verdict_report, can_be_taken_down_again) {
    spinlock lock;
    EXPECT_EQ(resile::set_verdict_handler(nullptr), &listen);
    ASSERT_EQ(lock.lock(), lock_result::acquired);
    EXPECT_EQ(lock.lock(), lock_result::deadlock);
    lock.unlock();
    EXPECT_EQ(calls, 0);
}

TEST(verdict_text, names_every_kind_and_is_cut_off_anywhere) {
    const resile::wait_edge edges[] = {{{11, 1, 0}, nullptr, {12, 2, 1}}, {{12, 2, 1}, nullptr, {11, 1, 0}}};
    for (const lock_result result : {lock_result::deadlock, lock_result::timed_out, lock_result::too_deep}) {
        const lock_verdict verdict{result, nullptr, {11, 1, 0}, 2, {12, 2, 1}, false, 5'000'000, edges};
        char text[2048];
        const std::size_t length = resile::format_verdict(verdict, text, sizeof(text));
        const std::string whole(text, length);
        EXPECT_NE(whole.find("thread 11 (slot 1, depth 0) in an interrupt of depth 2"), std::string::npos)
            << whole;
        for (std::size_t size = 0; size <= length + 1; ++size) {
            std::string cut(size + 1, '#');
            const std::size_t written = resile::format_verdict(verdict, cut.data(), size);
            EXPECT_EQ(written, size == 0 ? 0 : std::min(size - 1, length));
            EXPECT_EQ(cut[size], '#');
        }
    }
}

}  // namespace
