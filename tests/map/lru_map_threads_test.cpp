// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Threads that come and go, stop, fork, and are interrupted on other stacks; afterwards nothing may be
// missing.

#include "lab/history/map_calls.hpp"
#include "lab/history/numbered_values.hpp"
#include "tests/support/map_kinds.hpp"
#include "tests/support/seeds.hpp"

#include <resile/context.hpp>
#include <resile/lru_map.hpp>

#include <gtest/gtest.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace {

using resile_lab::map_call;
using resile_test::scaled;

template <class Values>
class lru_map_storm : public testing::Test {
  protected:
    using map_type = resile_test::map_of<Values>;

    // Random operations that check what they read: every number is its key plus a multiple of 1000.
    static void work(map_type& map, std::uint64_t seed, unsigned count, unsigned keys) {
        resile_test::random_numbers random(seed);
        for (unsigned i = 0; i < count; ++i) {
            const std::uint64_t key = random.below(keys);
            auto what = static_cast<map_call>(random.below(resile_lab::map_calls));
            if (what == map_call::clear || what == map_call::upsert) what = map_call::put;
            const auto seen =
                resile_lab::perform<Values>(map, {what, key, what == map_call::update ? 1000 : key});
            const bool reads =
                what == map_call::get || what == map_call::take || what == map_call::get_or_insert;
            const bool found = reads && seen.answer == resile_lab::map_answer::present;
            if (found && seen.value % 1000 != key) broken.fetch_add(1);
        }
    }
    static void expect_complete(map_type& map) {
        EXPECT_EQ(broken.exchange(0), 0U) << "values of another key, or torn";
        const auto census = map.census();
        EXPECT_TRUE(census.conserved(map.max_size()))
            << census.in_table << " in the table, " << census.free << " free, " << census.reserve
            << " reserve, " << census.lost << " lost, " << census.twice << " twice, " << census.duplicate_keys
            << " duplicates";
        map.clear();
        for (std::uint64_t key = 1; key <= map.max_size(); ++key)
            EXPECT_EQ(map.put(1'000'000 + key, Values::of(key)), resile::put_result::inserted);
        for (std::uint64_t key = 1; key <= map.max_size(); ++key) EXPECT_TRUE(map.contains(1'000'000 + key));
    }
    static inline std::atomic<unsigned> broken{0};
};

using kinds = testing::Types<resile_lab::one_word, resile_lab::five_words,
                             resile_test::in_one_bucket<resile_lab::one_word>,
                             resile_test::in_one_bucket<resile_lab::five_words>>;
TYPED_TEST_SUITE(lru_map_storm, kinds);

TYPED_TEST(lru_map_storm, of_64_threads_on_few_cores_leaves_nothing_missing) {
    const std::uint64_t seed = resile_test::announce_seed("64 threads");
    for (const unsigned entries : {1U, 7U, 64U}) {
        typename TestFixture::map_type map(entries);
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < 64; ++i)
            threads.emplace_back([&, i] { this->work(map, seed + i, scaled(5000), 2 * entries + 2); });
        for (auto& thread : threads) thread.join();
        this->expect_complete(map);
    }
}

TYPED_TEST(lru_map_storm, of_500_short_lived_threads_leaves_nothing_missing) {
    const std::uint64_t seed = resile_test::announce_seed("500 threads");
    typename TestFixture::map_type map(32);
    for (unsigned round = 0; round < 50; ++round) {
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < 10; ++i)
            threads.emplace_back([&, i] { this->work(map, seed + round * 10 + i, 50, 64); });
        for (auto& thread : threads) thread.join();
    }
    this->expect_complete(map);
}

// --- handlers ---

template <class Values>
struct in_handlers {
    static inline resile_test::map_of<Values>* map = nullptr;
    static inline std::atomic<unsigned> depth{0}, deepest{0}, interrupts{0}, failed{0};
    static inline sem_t first_came;  // for a sender who sleeps: the machine belongs to the map

    static void handler(int which) {
        const resile::interrupt_scope scope;
        const unsigned now = depth.fetch_add(1) + 1;
        if (now > deepest.load()) deepest = now;
        const std::uint64_t key = interrupts.fetch_add(1) % 24;
        const auto put = map->put(key, Values::of(key));
        if (put != resile::put_result::inserted && put != resile::put_result::replaced) failed.fetch_add(1);
        // Four deep: each signal raises the next one in the middle of its own work.
        if (which < SIGRTMIN + 3) ::raise(which + 1);
        (void)map->take(key + 1);
        depth.fetch_sub(1);
        if (which == SIGRTMIN) ::sem_post(&first_came);
    }
    static void install(int flags) {
        struct sigaction action {};
        action.sa_handler = handler;
        action.sa_flags = SA_RESTART | flags;
        for (int which = SIGRTMIN; which <= SIGRTMIN + 3; ++which) ::sigaction(which, &action, nullptr);
    }
};

template <class Values, class Test>
void storm_with_handlers(int flags) {
    if (resile_test::under_tsan) GTEST_SKIP() << "TSan holds signals back";
    using handlers = in_handlers<Values>;
    typename Test::map_type map(16);
    handlers::map = &map;
    handlers::interrupts = handlers::deepest = handlers::failed = 0;
    ::sem_init(&handlers::first_came, 0, 0);
    handlers::install(flags);
    std::vector<char> stack(1 << 16);
    std::atomic<bool> stop{false};
    std::atomic<pthread_t> target{};
    std::atomic<bool> ready{false};
    std::thread worker([&] {
        if ((flags & SA_ONSTACK) != 0) {
            const stack_t alternate{stack.data(), 0, stack.size()};
            ::sigaltstack(&alternate, nullptr);
        }
        target = ::pthread_self();
        ready = true;
        for (std::uint64_t seed = 1; !stop; ++seed) Test::work(map, seed, 500, 24);
        const stack_t none{nullptr, SS_DISABLE, 0};
        ::sigaltstack(&none, nullptr);
    });
    while (!ready) ::sched_yield();
    for (unsigned i = 0; i < scaled(4000); ++i) {
        ASSERT_EQ(::pthread_kill(target, SIGRTMIN), 0);
        while (::sem_wait(&handlers::first_came) != 0) {
        }
    }
    stop = true;
    worker.join();
    EXPECT_EQ(handlers::failed, 0U);
    EXPECT_EQ(handlers::deepest, 4U);
    Test::expect_complete(map);
}

template <class Values>
class lru_map_in_handlers : public lru_map_storm<Values> {
  public:
    using typename lru_map_storm<Values>::map_type;
    using lru_map_storm<Values>::work;
    using lru_map_storm<Values>::expect_complete;
};
TYPED_TEST_SUITE(lru_map_in_handlers, kinds);

TYPED_TEST(lru_map_in_handlers, nested_four_deep_succeeds_always) {
    storm_with_handlers<TypeParam, lru_map_in_handlers<TypeParam>>(0);
}

TYPED_TEST(lru_map_in_handlers, on_an_alternate_stack_succeeds_always) {
    storm_with_handlers<TypeParam, lru_map_in_handlers<TypeParam>>(SA_ONSTACK);
}

// --- processes ---

TYPED_TEST(lru_map_storm, leaves_a_forked_child_a_map_that_works) {
    if (resile_test::under_tsan) GTEST_SKIP() << "TSan does not follow a fork of a threaded process";
    typename TestFixture::map_type map(16);
    std::atomic<bool> stop{false};
    std::thread other([&] {
        for (std::uint64_t seed = 1; !stop; ++seed) this->work(map, seed, 500, 24);
    });
    for (unsigned i = 0; i < scaled(40); ++i) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            // The other thread was cut off in the middle of an operation and holds a node for good, at most.
            bool good = true;
            for (std::uint64_t key = 500; key < 700; ++key)
                good = good && map.put(key, TypeParam::of(key)) == resile::put_result::inserted;
            map.clear();
            for (std::uint64_t key = 100; key < 115; ++key) map.put(key, TypeParam::of(key));
            for (std::uint64_t key = 100; key < 115; ++key) good = good && map.contains(key);
            ::_exit(good ? 0 : 1);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
    }
    stop = true;
    other.join();
    this->expect_complete(map);
}

TYPED_TEST(lru_map_storm, goes_on_after_the_process_was_stopped) {
    struct shared_words {
        std::atomic<std::uint64_t> rounds;
        std::atomic<bool> stop;
    };
    auto* shared = static_cast<shared_words*>(
        ::mmap(nullptr, sizeof(shared_words), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    ASSERT_NE(shared, MAP_FAILED);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        typename TestFixture::map_type map(16);
        const auto storm = [&](std::uint64_t seed) {
            while (!shared->stop) {
                this->work(map, seed++, 100, 24);
                shared->rounds.fetch_add(1);
            }
        };
        std::thread one(storm, 1), two(storm, 1'000'000);
        one.join();
        two.join();
        this->expect_complete(map);
        ::_exit(testing::Test::HasFailure() ? 1 : 0);
    }
    for (unsigned i = 0; i < 20; ++i) {
        const std::uint64_t before = shared->rounds;
        while (shared->rounds < before + 3) ::sched_yield();
        ::kill(child, SIGSTOP);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
        ASSERT_TRUE(WIFSTOPPED(status));
        ::kill(child, SIGCONT);
    }
    shared->stop = true;
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    ::munmap(shared, sizeof(shared_words));
}

}  // namespace
