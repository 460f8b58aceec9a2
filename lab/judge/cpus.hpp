// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Which CPUs there are, where a thread runs, and whether something else had its CPU.

#include <sched.h>

#include <fstream>
#include <vector>

namespace resile_lab {

// CPUs that this process may use; none if Linux does not say.
[[nodiscard]] inline std::vector<int> allowed_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> cpus;
    if (::sched_getaffinity(0, sizeof(set), &set) == 0)
        for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
            if (CPU_ISSET(cpu, &set)) cpus.push_back(static_cast<int>(cpu));
    return cpus;
}

// The same for those who need one at least.
[[nodiscard]] inline std::vector<int> usable_cpus() {
    std::vector<int> cpus = allowed_cpus();
    if (cpus.empty()) cpus.push_back(0);
    return cpus;
}

// Binds the calling thread, and those that it starts; false, with errno, where that is not permitted.
inline bool pin_this_thread(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(cpu), &set);
    return ::sched_setaffinity(0, sizeof(set), &set) == 0;
}

// Binds the calling thread as long as it lives.
class on_cpu {
  public:
    explicit on_cpu(int cpu) {
        ::sched_getaffinity(0, sizeof(before_), &before_);
        (void)pin_this_thread(cpu);
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
    on_one_cpu() : on_cpu(usable_cpus().front()) {}
};

// For how long the calling thread was ready to run while something else ran. 0 where Linux does not say.
[[nodiscard]] inline double ns_waited_for_cpu() {
    double ran = 0, waited = 0;
    std::ifstream("/proc/thread-self/schedstat") >> ran >> waited;
    return waited;
}

}  // namespace resile_lab
