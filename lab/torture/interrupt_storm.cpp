// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/torture/interrupt_storm.hpp"

#include "lab/torture/thread_timer.hpp"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <deque>
#include <system_error>
#include <vector>

namespace resile_lab {
namespace {

interrupt_handler current_handler = nullptr;

void on_signal(int, siginfo_t*, void*) {
    const int saved_errno = errno;
    current_handler();
    errno = saved_errno;
}

int signal_number(unsigned which) {
    return SIGRTMIN + 1 + static_cast<int>(which);
}

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// The number of the event source makes periods differ, so that the signals drift against each other and meet
// in every order.
std::uint64_t period_ns(unsigned rate, unsigned which) {
    const std::uint64_t period = 1'000'000'000U / rate;
    return period + period * which / 16 + 1;
}

class thread_timers final : public interrupt_storm::for_thread {
  public:
    thread_timers(unsigned signals, unsigned rate) {
        for (unsigned which = 0; which < signals; ++which) {
            const std::chrono::nanoseconds period{period_ns(rate, which)};
            if (!timers_.emplace_back(signal_number(which), period).armed())
                fail("timer_create: too many timers? raise `ulimit -i` or lower --nest and --threads");
        }
    }

  private:
    std::deque<thread_timer> timers_;
};

int open_event(std::uint32_t type, std::uint64_t config, std::uint64_t period) {
    perf_event_attr attributes{};
    attributes.size = sizeof(attributes);
    attributes.type = type;
    attributes.config = config;
    attributes.sample_period = period;
    attributes.wakeup_events = 1;
    attributes.disabled = 1;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

bool hardware_cycles_exist() {
    const int event = open_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 1'000'000);
    if (event >= 0) ::close(event);
    return event >= 0;
}

class thread_events final : public interrupt_storm::for_thread {
  public:
    thread_events(unsigned signals, unsigned rate) {
        const bool cycles = hardware_cycles_exist();
        for (unsigned which = 0; which < signals; ++which) {
            const std::uint64_t period = period_ns(rate, which);
            // About three cycles to a nanosecond; the rate need not be exact.
            const int event = cycles ? open_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 3 * period)
                                     : open_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, period);
            if (event < 0) {
                close_all();
                fail(
                    "perf_event_open: not permitted? lower /proc/sys/kernel/perf_event_paranoid to 2 or "
                    "less, "
                    "or use --interrupts timer");
            }
            events_.push_back(event);
            f_owner_ex owner{F_OWNER_TID, static_cast<pid_t>(::syscall(SYS_gettid))};
            ::fcntl(event, F_SETFL, O_ASYNC | O_NONBLOCK);
            ::fcntl(event, F_SETSIG, signal_number(which));
            ::fcntl(event, F_SETOWN_EX, &owner);
            ::ioctl(event, PERF_EVENT_IOC_ENABLE, 0);
        }
    }
    ~thread_events() override { close_all(); }

  private:
    void close_all() {
        for (const int event : events_) {
            ::ioctl(event, PERF_EVENT_IOC_DISABLE, 0);
            ::close(event);
        }
        events_.clear();
    }
    std::vector<int> events_;
};

}  // namespace

interrupt_storm::interrupt_storm(interrupt_source source, unsigned signals, unsigned rate,
                                 interrupt_handler handler)
    : source_(source), signals_(signals), rate_(rate) {
    current_handler = handler;
    struct sigaction action {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);  // every signal may interrupt every other's handler
    for (unsigned which = 0; which < signals; ++which)
        if (::sigaction(signal_number(which), &action, nullptr) != 0) fail("sigaction");
}

interrupt_storm::~interrupt_storm() {
    // A signal may still be pending; the default action would end the process.
    for (unsigned which = 0; which < signals_; ++which) ::signal(signal_number(which), SIG_IGN);
}

std::unique_ptr<interrupt_storm::for_thread> interrupt_storm::strike_this_thread() const {
    if (source_ == interrupt_source::perf) return std::make_unique<thread_events>(signals_, rate_);
    return std::make_unique<thread_timers>(signals_, rate_);
}

std::string interrupt_storm::description() const {
    if (source_ == interrupt_source::timer) return "POSIX timers";
    return hardware_cycles_exist() ? "perf: hardware cycles" : "perf: software clock";
}

}  // namespace resile_lab
