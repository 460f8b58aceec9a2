// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Nobody coordinates: threads and handlers take random locks in random order, as fast as they can. Sections
// exclude each other (L1); every wait ends by itself or is refused as a deadlock; nothing times out.

#include "tests/lock/observed.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace resile_test {
namespace {

constexpr unsigned lock_count = 4;

// Handlers run the same code as tasks; two signals, so that handlers are interrupted, too.
class playground {
  public:
    struct guarded {
        spinlock lock;
        std::atomic<unsigned> inside{0};
        unsigned long sections = 0;  // plain: the lock protects it
    };
    struct player {
        player(playground* its_world, random_numbers its_numbers) : world(its_world), numbers(its_numbers) {}
        playground* world;
        random_numbers numbers;
        std::atomic<unsigned long> taken{0};
        std::atomic<unsigned long> handled{0};
    };

    explicit playground(std::chrono::nanoseconds timeout) : timeout_(timeout) {}

    // Takes up to three locks, in any order, and releases them in any other.
    void play(player& who) noexcept {
        unsigned held[3];
        unsigned count = 0;
        for (unsigned want = 1 + who.numbers.below(3); want > 0; --want) {
            const unsigned number = who.numbers.below(lock_count);
            guarded& next = locks_[number];
            const lock_result result = next.lock.lock_for(timeout_);
            if (result == lock_result::deadlock) {
                ++deadlocks;
                break;
            }
            if (result != lock_result::acquired) {
                ++refused_otherwise;
                break;
            }
            if (next.inside.fetch_add(1, std::memory_order_relaxed) != 0) ++intruders;
            ++next.sections;
            who.taken.fetch_add(1, std::memory_order_relaxed);
            for (unsigned spin = who.numbers.below(40); spin > 0; --spin) resile::platform::pause();
            held[count++] = number;
        }
        while (count > 0) {
            const unsigned chosen = who.numbers.below(count);
            guarded& done = locks_[held[chosen]];
            done.inside.fetch_sub(1, std::memory_order_relaxed);
            done.lock.unlock();
            held[chosen] = held[--count];
        }
    }

    [[nodiscard]] unsigned long sections() const noexcept {
        unsigned long sum = 0;
        for (const guarded& each : locks_) sum += each.sections;
        return sum;
    }
    [[nodiscard]] bool all_free() const noexcept {
        for (const guarded& each : locks_)
            if (!word_of(each.lock).owner().is_free()) return false;
        return true;
    }

    std::atomic<unsigned long> deadlocks{0};
    std::atomic<unsigned long> refused_otherwise{0};
    std::atomic<unsigned long> intruders{0};

  private:
    const std::chrono::nanoseconds timeout_;
    std::array<guarded, lock_count> locks_;
};

thread_local playground::player* this_player __attribute__((tls_model("initial-exec"))) = nullptr;

void install_handlers() {
    struct sigaction action {};
    action.sa_handler = [](int) {
        const int saved = errno;
        if (this_player != nullptr) {
            this_player->world->play(*this_player);
            ++this_player->handled;
        }
        errno = saved;
    };
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGRTMIN + 1, &action, nullptr);
    ::sigaction(SIGRTMIN + 2, &action, nullptr);
}

void run_free(unsigned thread_count, unsigned rounds, unsigned signals,
              std::chrono::nanoseconds timeout = spinlock::default_timeout) {
    install_handlers();
    playground world(timeout);
    const std::uint64_t seed = announce_seed("free_running");
    std::vector<std::unique_ptr<playground::player>> players;
    for (unsigned i = 0; i < thread_count; ++i)
        players.push_back(std::make_unique<playground::player>(&world, random_numbers(seed + i)));
    std::atomic<unsigned> working{thread_count};
    std::atomic<unsigned> ready{0};
    std::atomic<bool> may_end{false};
    std::vector<std::jthread> threads;
    for (auto& player : players)
        threads.emplace_back([&, mine = player.get()] {
            this_player = mine;
            ++ready;
            timespec now{};
            for (unsigned round = 0; round < rounds; ++round) {
                world.play(*mine);
                ::clock_gettime(CLOCK_MONOTONIC, &now);  // lets TSan deliver
            }
            --working;
            await("the storm is over", [&] { return may_end.load(); });
        });
    random_numbers numbers(seed ^ 1U);
    await("all threads play", [&] { return ready.load() == thread_count; });
    // At most two signals under way to each thread: an owner buried under a queue of handlers makes no
    // progress, and may rightly time out.
    std::vector<unsigned long> sent(thread_count);
    for (unsigned i = 0; i < signals && working != 0; ++i) {
        const unsigned target = numbers.below(thread_count);
        ::sched_yield();
        if (sent[target] > players[target]->handled + 1) continue;
        ::pthread_kill(threads[target].native_handle(), SIGRTMIN + 1 + static_cast<int>(numbers.below(2)));
        ++sent[target];
    }
    await("all rounds are played", [&] { return working.load() == 0; });
    may_end = true;
    threads.clear();

    unsigned long taken = 0;
    for (const auto& player : players) taken += player->taken;
    EXPECT_EQ(world.intruders, 0U) << "two contexts in one section";
    EXPECT_EQ(world.sections(), taken) << "a protected counter lost or gained";
    EXPECT_EQ(world.refused_otherwise, 0U) << "timed_out, although everybody made progress";
    EXPECT_GT(world.deadlocks, 0U) << "random orders must close cycles";
    EXPECT_TRUE(world.all_free());
}

TEST(free_running, two_threads_under_a_storm_exclude_each_other_and_nothing_times_out) {
    run_free(2, scaled(200'000), scaled(60'000));
}
TEST(free_running, six_threads_under_a_storm_exclude_each_other_and_nothing_times_out) {
    run_free(6, scaled(30'000), scaled(60'000));
}
// With 32 threads per core an owner may well be off its core for longer than the default timeout: that is no
// missed deadlock. One that was missed would use up a minute.
TEST(free_running, sixty_four_threads_on_few_cores_exclude_each_other_and_nothing_times_out) {
    run_free(64, scaled(2'000), scaled(20'000), std::chrono::minutes{1});
}

}  // namespace
}  // namespace resile_test
