// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Runs a program and keeps what it said; or runs it beside the test, to be signalled.

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace resile_test {

struct said {
    int exit_code = -1;  // -1: it did not exit by itself
    std::string out;
    std::string error;
};

// In a directory of its own for each test program, removed with it.
[[nodiscard]] inline std::string temporary_path(const std::string& name) {
    struct directory {
        std::string path = "/tmp/resile-test-XXXXXX";
        directory() {
            if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary directory in /tmp");
        }
        ~directory() {
            std::error_code ignored;
            std::filesystem::remove_all(path, ignored);
        }
        directory(const directory&) = delete;
        directory& operator=(const directory&) = delete;
    };
    static const directory mine;
    return mine.path + "/" + name;
}

inline void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

[[nodiscard]] inline std::string read_file(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

// What a child finds when it starts, beside its words.
struct surroundings {
    std::vector<std::pair<std::string, std::string>> environment = {};  // added
    std::string in = "/dev/null";                                       // file for standard input
    std::string out = {};  // file for standard output; none: kept
};

class child_process {
  public:
    explicit child_process(std::vector<std::string> words, const surroundings& around = {})
        : error_(temporary_path("error")) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
        pid_ = ::fork();
        if (pid_ < 0) throw std::runtime_error("no child process");
        if (pid_ == 0) {
            become(ends[1], words, around);
            ::_exit(127);
        }
        ::close(ends[1]);
        out_ = ends[0];
    }
    ~child_process() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(out_);
    }
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    // Waits for its next words on standard output; false: there will be none.
    bool read_some() {
        char bytes[4096];
        ssize_t size = 0;
        do {
            size = ::read(out_, bytes, sizeof(bytes));
        } while (size < 0 && errno == EINTR);
        if (size > 0) text_.append(bytes, static_cast<std::size_t>(size));
        return size > 0;
    }
    void signal(int which) const { ::kill(pid_, which); }

    // Whether it has a handler of its own for a signal; false, too, if it has ended, or that cannot be seen.
    [[nodiscard]] bool catches(int which) const { return state_for(which) == signal_state::caught; }
    // Waits until it does; false: it has ended, or that cannot be seen.
    [[nodiscard]] bool wait_until_it_catches(int which) const {
        signal_state now{};
        while ((now = state_for(which)) == signal_state::not_caught) ::sched_yield();
        return now == signal_state::caught;
    }

    [[nodiscard]] said wait() {
        while (read_some()) {
        }
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_, read_file(error_)};
    }

  private:
    enum class signal_state : std::uint8_t { not_caught, caught, unknown };
    [[nodiscard]] signal_state state_for(int which) const {
        std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with("State:") && line.find('Z') != std::string::npos)
                return signal_state::unknown;
            if (line.starts_with("SigCgt:")) {
                const std::uint64_t caught = std::stoull(line.substr(7), nullptr, 16);
                return (caught >> (which - 1) & 1U) != 0 ? signal_state::caught : signal_state::not_caught;
            }
        }
        return signal_state::unknown;
    }
    void become(int out, std::vector<std::string>& words, const surroundings& around) const {
        if (!around.out.empty()) out = ::open(around.out.c_str(), O_WRONLY | O_CLOEXEC);
        const int in = ::open(around.in.c_str(), O_RDONLY | O_CLOEXEC);
        const int error = ::open(error_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(error, 2) < 0) return;
        for (const auto& [name, value] : around.environment) ::setenv(name.c_str(), value.c_str(), 1);
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        ::execvp(arguments[0], arguments.data());
    }

    std::string error_;
    std::string text_;
    int out_ = -1;
    pid_t pid_ = -1;
};

[[nodiscard]] inline said run_program(std::vector<std::string> words, const surroundings& around = {}) {
    return child_process(std::move(words), around).wait();
}

}  // namespace resile_test
