// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Other threads of an experiment with locks: one that owns a lock, one that sleeps on a lock.

#include <resile/spinlock.hpp>

#include <sched.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace resile_lab {

// Owns a lock for as long as this lives, and asks for others when it is told to.
template <class Lock>
class other_owner {
  public:
    explicit other_owner(Lock& lock) : thread_([this, &lock] { live(lock); }) { await(1); }
    ~other_owner() {
        wanted_ = nullptr;
        tell();
        thread_.join();
    }
    other_owner(const other_owner&) = delete;
    other_owner& operator=(const other_owner&) = delete;

    [[nodiscard]] resile::lock_result ask(Lock& lock, std::chrono::nanoseconds patience) {
        wanted_ = &lock;
        patience_ = patience;
        await(1 + tell());
        return answer_;
    }

  private:
    void live(Lock& mine) {
        (void)(mine.lock() == resile::lock_result::acquired);
        for (unsigned said = 0;; ++said) {
            done_.store(said + 1, std::memory_order_release);  // release: the answer
            done_.notify_one();
            told_.wait(said, std::memory_order_acquire);  // acquire: what is wanted
            if (wanted_ == nullptr) break;
            answer_ = wanted_->lock_for(patience_);
            if (answer_ == resile::lock_result::acquired) wanted_->unlock();
        }
        mine.unlock();
    }
    unsigned tell() {
        const unsigned said = told_.fetch_add(1, std::memory_order_release) + 1;  // release: what is wanted
        told_.notify_one();
        return said;
    }
    void await(unsigned done) {
        for (unsigned seen; (seen = done_.load(std::memory_order_acquire)) != done;)  // acquire: the answer
            done_.wait(seen, std::memory_order_acquire);                              // acquire: likewise
    }

    std::atomic<unsigned> told_{0}, done_{0};
    Lock* wanted_ = nullptr;
    std::chrono::nanoseconds patience_{};
    resile::lock_result answer_{};
    std::thread thread_;
};

// Sleeps on a lock that somebody owns, from its construction on.
template <class Lock>
class sleeping_waiter {
  public:
    sleeping_waiter(Lock& lock, std::chrono::nanoseconds patience)
        : patience_(patience), thread_([this, &lock] {
              answer_ = lock.lock_for(patience_);
              waited_ = waited();
              if (answer_ == resile::lock_result::acquired) lock.unlock();
          }) {
        static_assert(sizeof(Lock) == sizeof(std::uint32_t));
        // relaxed: it says that it is about to sleep, no more
        const std::atomic_ref<std::uint32_t> word(reinterpret_cast<std::uint32_t&>(lock));
        while (!resile::detail::lock_word(word.load(std::memory_order_relaxed)).has_sleepers())
            ::sched_yield();
    }
    ~sleeping_waiter() {
        if (thread_.joinable()) thread_.join();
    }
    sleeping_waiter(const sleeping_waiter&) = delete;
    sleeping_waiter& operator=(const sleeping_waiter&) = delete;

    // Whether its patience may have been over by now.
    [[nodiscard]] bool may_have_given_up() const { return waited() >= patience_; }
    [[nodiscard]] resile::lock_result answer() {
        thread_.join();
        return answer_;
    }
    // After its answer: whether it came about in time, however busy the machine.
    [[nodiscard]] bool was_in_time(std::chrono::nanoseconds slack) const {
        return waited_ <= patience_ + slack;
    }

  private:
    using clock = std::chrono::steady_clock;
    [[nodiscard]] std::chrono::nanoseconds waited() const { return clock::now() - begun_; }

    const clock::time_point begun_ = clock::now();
    const std::chrono::nanoseconds patience_;
    resile::lock_result answer_{};
    std::chrono::nanoseconds waited_{};
    std::thread thread_;
};

}  // namespace resile_lab
