// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Interrupts that need no second thread to send them: they come at random points, on a machine with one CPU,
// too.

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <chrono>

namespace resile_lab {

// Signals the thread that makes it, over and over, for as long as it lives. The signal's action has to stay
// until then.
class thread_timer {
  public:
    thread_timer(int signal, std::chrono::nanoseconds every) {
        sigevent event{};
        event.sigev_notify = SIGEV_THREAD_ID;
        event.sigev_signo = signal;
        event._sigev_un._tid = static_cast<pid_t>(::syscall(SYS_gettid));
        armed_ = ::timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
        itimerspec period{};
        period.it_interval.tv_sec = static_cast<time_t>(every.count() / 1'000'000'000);
        period.it_interval.tv_nsec = static_cast<long>(every.count() % 1'000'000'000);
        period.it_value = period.it_interval;
        if (armed_) ::timer_settime(timer_, 0, &period, nullptr);
    }
    ~thread_timer() {
        if (armed_) ::timer_delete(timer_);
    }
    thread_timer(const thread_timer&) = delete;
    thread_timer& operator=(const thread_timer&) = delete;
    // False: there are no more timers; errno says why.
    [[nodiscard]] bool armed() const noexcept { return armed_; }

  private:
    timer_t timer_{};
    bool armed_ = false;
};

}  // namespace resile_lab
