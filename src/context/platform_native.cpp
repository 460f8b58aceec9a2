// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The part of the platform door that needs the kernel. Every call may be made from a handler and leaves
// errno as it was.

#include <resile/detail/platform.hpp>

#include "context/errno_keeper.hpp"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace resile::inline RESILE_PLATFORM::platform {

std::uint64_t now_ns() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

std::int32_t thread_id() noexcept {
    return static_cast<std::int32_t>(::syscall(SYS_gettid));
}

std::int32_t process_id() noexcept {
    return static_cast<std::int32_t>(::getpid());
}

bool thread_exists(std::int32_t id) noexcept {
    const errno_keeper keep;
    return ::syscall(SYS_tgkill, ::getpid(), id, 0) == 0 || errno != ESRCH;
}

int current_cpu() noexcept {
    const errno_keeper keep;
    const int cpu = ::sched_getcpu();
    return cpu < 0 ? 0 : cpu;
}

std::size_t configured_cpus() noexcept {
    const errno_keeper keep;
    const long configured = ::sysconf(_SC_NPROCESSORS_CONF);
    return configured < 1 ? 1 : static_cast<std::size_t>(configured);
}

void park(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
          std::uint64_t nanoseconds) noexcept {
    const errno_keeper keep;
    timespec bound{};
    bound.tv_sec = static_cast<time_t>(nanoseconds / 1'000'000'000U);
    bound.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000U);
    ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, &bound, nullptr, 0);
}

void unpark_one(const std::atomic<std::uint32_t>& word) noexcept {
    const errno_keeper keep;
    ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void yield() noexcept {
    const errno_keeper keep;
    ::sched_yield();
}

}  // namespace resile::inline RESILE_PLATFORM::platform
