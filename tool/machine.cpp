// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/machine.hpp"

#include <fmt/core.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>

namespace tool {
namespace {

// What stands behind the colon of the first such line.
std::string cpuinfo(const std::string& name) {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(": ");
        if (line.starts_with(name) && colon != std::string::npos) return line.substr(colon + 2);
    }
    return {};
}

std::string first_line_of(const char* path) {
    std::string line;
    std::ifstream file(path);
    std::getline(file, line);
    return line;
}

int allowed_cpu_count() {
    cpu_set_t set;
    CPU_ZERO(&set);
    return ::sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;
}

}  // namespace

nlohmann::json this_machine() {
    utsname system{};
    ::uname(&system);
    const std::string model = cpuinfo("model name");
    const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
    double load = 0;
    ::getloadavg(&load, 1);
    return {{"processor", model.empty() ? system.machine : model},
            {"architecture", system.machine},
            {"virtual", fmt::format(" {} ", cpuinfo("flags")).find(" hypervisor ") != std::string::npos},
            {"cpus", ::sysconf(_SC_NPROCESSORS_ONLN)},
            {"cpus_allowed", allowed_cpu_count()},
            {"governor", first_line_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")},
            {"memory_bytes", pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))},
            {"kernel", fmt::format("{} {}", system.sysname, system.release)},
            {"load_before", load},
#ifdef __clang__
            {"compiler", "clang " __clang_version__}};
#else
            {"compiler", "g++ " __VERSION__}};
#endif
}

std::string time_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

}  // namespace tool
