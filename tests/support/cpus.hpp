// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Which CPUs a test runs on. Threads started by a pinned thread are pinned, too.

#include <sched.h>

#include <vector>

namespace resile_test {

[[nodiscard]] inline std::vector<unsigned> usable_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<unsigned> found;
    if (::sched_getaffinity(0, sizeof(set), &set) == 0)
        for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
            if (CPU_ISSET(cpu, &set)) found.push_back(cpu);
    return found;
}

// For good.
inline void stay_on(unsigned cpu) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ::sched_setaffinity(0, sizeof(one), &one);
}

// Pins the thread as long as it lives.
class on_cpu {
  public:
    explicit on_cpu(unsigned cpu) {
        ::sched_getaffinity(0, sizeof(before_), &before_);
        stay_on(cpu);
    }
    ~on_cpu() { ::sched_setaffinity(0, sizeof(before_), &before_); }
    on_cpu(const on_cpu&) = delete;
    on_cpu& operator=(const on_cpu&) = delete;

  private:
    cpu_set_t before_{};
};

// The same where any CPU will do.
class on_one_cpu : public on_cpu {
  public:
    on_one_cpu() : on_cpu(usable_cpus().at(0)) {}
};

}  // namespace resile_test
