// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Runs a program and keeps what it said.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace resile_test {

struct said {
    int exit_code = -1;  // -1: it did not exit by itself
    std::string out;
    std::string error;
};

// A directory of its own for each test program; removed at exit by the system's cleaning of /tmp.
[[nodiscard]] inline std::string temporary_path(const std::string& name) {
    static const std::string directory = [] {
        char pattern[] = "/tmp/resile-test-XXXXXX";
        return std::string(::mkdtemp(pattern));
    }();
    return directory + "/" + name;
}

inline void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

[[nodiscard]] inline std::string read_file(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

[[nodiscard]] inline said run_program(std::vector<std::string> words) {
    const std::string out = temporary_path("out");
    const std::string error = temporary_path("error");
    const pid_t child = ::fork();
    if (child == 0) {
        if (std::freopen(out.c_str(), "w", stdout) == nullptr ||
            std::freopen(error.c_str(), "w", stderr) == nullptr)
            ::_exit(127);
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(error)};
}

}  // namespace resile_test
