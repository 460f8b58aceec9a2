// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "bench/refusals.hpp"

#include <resile/detail/slot_record.hpp>
#include <resile/spinlock.hpp>

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace bench {
namespace {

using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;
constexpr auto patience = 1ms;
constexpr const char* spinlock_name = "resile::spinlock";

void expect(bool so, const char* lock, const std::string& answer) {
    if (!so) throw std::runtime_error(std::string(lock) + " answered " + answer + ": run its tests");
}

std::string text_of(resile::lock_result answer) {
    return resile::to_string(answer);
}
std::string text_of(int error) {
    return error == 0 ? "yes" : strerrorname_np(error);
}

// Times one call. Its answer has to be `wanted`.
template <class Answer>
void time_refusal(refusal& what, Answer wanted, const auto& call) {
    const auto start = clock_type::now();
    const Answer given = call();
    const auto end = clock_type::now();
    what.answer = text_of(given);
    expect(given == wanted, what.lock, what.answer);
    what.times.record(static_cast<std::uint64_t>((end - start).count()));
}

// The mutexes of libc that know something.
class pthread_lock {
  public:
    pthread_lock(int type, int robust) {
        pthread_mutexattr_t kind;
        pthread_mutexattr_init(&kind);
        pthread_mutexattr_settype(&kind, type);
        pthread_mutexattr_setrobust(&kind, robust);
        const int failed = pthread_mutex_init(&mutex_, &kind);
        pthread_mutexattr_destroy(&kind);
        if (failed != 0) throw std::runtime_error("pthread_mutex_init failed");
    }
    ~pthread_lock() { pthread_mutex_destroy(&mutex_); }
    pthread_lock(const pthread_lock&) = delete;
    pthread_lock& operator=(const pthread_lock&) = delete;

    int lock() { return pthread_mutex_lock(&mutex_); }
    int lock_for(std::chrono::nanoseconds timeout) {
        timespec until{};
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += static_cast<long>(timeout.count());
        until.tv_sec += until.tv_nsec / 1'000'000'000;
        until.tv_nsec %= 1'000'000'000;
        return pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &until);
    }
    void succeed_the_dead() { pthread_mutex_consistent(&mutex_); }
    void unlock() { pthread_mutex_unlock(&mutex_); }

  private:
    pthread_mutex_t mutex_;
};

// A thread that owns a lock, and does not run, as long as this lives.
class stuck_owner {
  public:
    template <class Lock>
    explicit stuck_owner(Lock& lock)
        : thread_([this, &lock] {
              (void)lock.lock();
              owns_.store(true);
              owns_.notify_one();
              done_.wait(false);
              lock.unlock();
          }) {
        owns_.wait(false);
    }
    ~stuck_owner() {
        done_.store(true);
        done_.notify_one();
    }
    stuck_owner(const stuck_owner&) = delete;
    stuck_owner& operator=(const stuck_owner&) = delete;

  private:
    std::atomic<bool> owns_{false}, done_{false};
    std::jthread thread_;  // the last: it uses the others
};

refusal own_lock(unsigned samples) {
    refusal what{
        "self", "the caller owns the lock itself, or its handler's thread does", spinlock_name, {}, {}};
    resile::spinlock lock;
    expect(lock.try_lock(), spinlock_name, "no to a free lock");
    for (unsigned i = 0; i < samples; ++i)
        time_refusal(what, resile::lock_result::deadlock, [&] { return lock.lock(); });
    lock.unlock();
    return what;
}
refusal own_lock_of_libc(unsigned samples) {
    refusal what{"self", "the same", "pthread error-checking mutex", {}, {}};
    pthread_lock lock(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
    lock.lock();
    for (unsigned i = 0; i < samples; ++i) time_refusal(what, EDEADLK, [&] { return lock.lock(); });
    lock.unlock();
    return what;
}

std::uint64_t times_parked(const resile::detail::slot_record& record) {
    return record.events[0][static_cast<std::size_t>(resile::detail::lock_event::parked)].load();
}

// `members` threads, each owning its own lock and waiting for the next one's. The last closes the
// ring when all others sleep: whoever is still looking for a cycle might find it too, and rightly be refused.
void close_ring(unsigned members, refusal& what) {
    struct alignas(128) seat {
        resile::spinlock lock;
    };
    const auto seats = std::make_unique<seat[]>(members);
    std::atomic<unsigned> seated{0}, wrong{0};
    std::vector<const resile::detail::slot_record*> waiters(members, nullptr);
    std::vector<std::uint64_t> parked_before(members, 0);
    std::vector<std::jthread> threads;
    for (unsigned member = 0; member + 1 < members; ++member) {
        threads.emplace_back([&, member] {
            if (!seats[member].lock.try_lock()) ++wrong;
            waiters[member] = resile::detail::own_record();
            parked_before[member] = times_parked(*waiters[member]);
            seated.fetch_add(1);
            while (seated.load() != members) std::this_thread::yield();
            if (seats[member + 1].lock.lock_for(1h) != resile::lock_result::acquired)
                ++wrong;
            else
                seats[member + 1].lock.unlock();
            seats[member].lock.unlock();
        });
    }
    resile::spinlock& mine = seats[members - 1].lock;
    if (!mine.try_lock()) ++wrong;
    while (seated.load() != members - 1) std::this_thread::yield();
    seated.fetch_add(1);
    for (unsigned member = 0; member + 1 < members; ++member)
        while (times_parked(*waiters[member]) == parked_before[member]) std::this_thread::yield();
    time_refusal(what, resile::lock_result::deadlock, [&] { return seats[0].lock.lock(); });
    mine.unlock();
    threads.clear();  // joins
    expect(wrong.load() == 0, spinlock_name, "no to a wait that could end");
}
refusal ring(unsigned members, unsigned samples, const char* name, const char* meaning) {
    refusal what{name, meaning, spinlock_name, {}, {}};
    for (unsigned i = 0; i < samples; ++i) close_ring(members, what);
    return what;
}

refusal stuck(unsigned samples) {
    refusal what{"stuck", "the owner does not go on; the caller gives it 1 ms", spinlock_name, {}, {}};
    resile::spinlock lock;
    const stuck_owner owner(lock);
    for (unsigned i = 0; i < samples; ++i)
        time_refusal(what, resile::lock_result::timed_out, [&] { return lock.lock_for(patience); });
    return what;
}
refusal stuck_by_default(unsigned samples) {
    refusal what{"stuck, default", "the same, by lock(), which gives it 250 ms", spinlock_name, {}, {}};
    resile::spinlock lock;
    const stuck_owner owner(lock);
    for (unsigned i = 0; i < samples; ++i)
        time_refusal(what, resile::lock_result::timed_out, [&] { return lock.lock(); });
    return what;
}
refusal stuck_with_libc(unsigned samples) {
    refusal what{"stuck", "the same", "pthread_mutex_clocklock", {}, {}};
    pthread_lock lock(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED);
    const stuck_owner owner(lock);
    for (unsigned i = 0; i < samples; ++i)
        time_refusal(what, ETIMEDOUT, [&] { return lock.lock_for(patience); });
    return what;
}

refusal dead(unsigned samples) {
    refusal what{"dead", "the owner's thread is gone", spinlock_name, {}, {}};
    resile::spinlock lock;
    for (unsigned i = 0; i < samples; ++i) {
        std::jthread([&] { (void)lock.lock(); }).join();
        time_refusal(what, resile::lock_result::timed_out, [&] { return lock.lock(); });
        expect(lock.break_dead_owner(), spinlock_name, "no to who succeeds a dead owner");
        lock.unlock();
    }
    return what;
}
refusal dead_with_libc(unsigned samples) {
    refusal what{"dead", "the same", "pthread robust mutex", {}, {}};
    pthread_lock lock(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
    for (unsigned i = 0; i < samples; ++i) {
        std::jthread([&] { (void)lock.lock(); }).join();
        time_refusal(what, EOWNERDEAD, [&] { return lock.lock(); });
        lock.succeed_the_dead();
        lock.unlock();
    }
    return what;
}

}  // namespace

void measure_refusals(unsigned samples, const std::function<void(const refusal&)>& tell) {
    tell(own_lock(samples * 100));
    tell(own_lock_of_libc(samples * 100));
    tell(ring(2, samples, "pair", "two threads want each other's lock; the second one to ask"));
    tell(ring(16, samples, "ring of 16", "sixteen in a circle; the last one to ask"));
    tell(dead(samples));
    tell(dead_with_libc(samples));
    tell(stuck(samples));
    tell(stuck_with_libc(samples));
    tell(stuck_by_default(std::max(samples / 100, 1U)));
}

}  // namespace bench
