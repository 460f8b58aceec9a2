// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/measuring_program.hpp"

#include "tool/failure.hpp"
#include "tool/terminal.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

namespace tool {
namespace {

namespace fs = std::filesystem;

// A child and the lines that it says.
class speaking_child {
  public:
    explicit speaking_child(std::vector<std::string> words) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) fail(errno);
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        const int reason = ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        said_ = ends[0];
        if (reason != 0) fail(reason);
    }
    ~speaking_child() {
        ::close(said_);
        if (pid_ > 0) (void)end();
    }
    speaking_child(const speaking_child&) = delete;
    speaking_child& operator=(const speaking_child&) = delete;

    // Nothing: it has ended, or this program was asked to stop and has heard what was said until then.
    [[nodiscard]] std::optional<std::string> next_line() {
        for (;;) {
            if (const std::size_t end = text_.find('\n'); end != std::string::npos) {
                std::string line = text_.substr(0, end);
                text_.erase(0, end + 1);
                return line;
            }
            const bool stopping = graceful_stop::asked_to_stop().load();
            pollfd wanted{.fd = said_, .events = POLLIN, .revents = 0};
            // A signal that comes before it waits is seen after that.
            const int ready = ::poll(&wanted, 1, stopping ? 0 : 200);
            if (ready <= 0 && stopping) return std::nullopt;
            if (ready <= 0) continue;
            char bytes[4096];
            const ssize_t size = ::read(said_, bytes, sizeof(bytes));
            if (size <= 0) return std::nullopt;
            text_.append(bytes, static_cast<std::size_t>(size));
        }
    }
    // Its exit status, as waitpid says it.
    [[nodiscard]] int wait() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return status;
    }
    int end() {
        ::kill(pid_, SIGTERM);
        return wait();
    }

  private:
    [[noreturn]] static void fail(int reason) {
        throw failure(bad_environment,
                      fmt::format("the program that measures cannot be started: {}", std::strerror(reason)));
    }

    pid_t pid_ = -1;
    int said_ = -1;
    std::string text_;
};

}  // namespace

std::string find_peers_program() {
    std::vector<fs::path> places;
    if (const char* const said = std::getenv("RESILE_PEERS")) {
        places.emplace_back(said);
    } else {
        std::error_code unknown;
        const fs::path here = fs::read_symlink("/proc/self/exe", unknown).parent_path();
        places = {here / "../bench/resile_peers", here / "../libexec/resile/resile_peers"};
    }
    for (const fs::path& place : places)
        if (::access(place.c_str(), X_OK) == 0) return place.lexically_normal().string();
    throw failure(bad_environment,
                  fmt::format("the benches are not built: there is no {}; say `make bench` in a clone of "
                              "resile, or configure with -DRESILE_BUILD_BENCHES=ON",
                              places.front().lexically_normal().string()));
}

void run_peers_program(const std::vector<std::string>& words,
                       const std::function<void(const nlohmann::json&)>& hear) {
    std::vector<std::string> all{find_peers_program()};
    all.insert(all.end(), words.begin(), words.end());
    speaking_child child(all);
    while (const auto line = child.next_line()) {
        const nlohmann::json said = nlohmann::json::parse(*line, nullptr, false);
        if (!said.is_object())
            throw failure(bad_environment, fmt::format("{} says what nobody understands: {}", all[0], *line));
        hear(said);
    }
    if (graceful_stop::asked_to_stop().load()) {
        child.end();
        return;
    }
    const int status = child.wait();
    if (WIFSIGNALED(status))
        throw failure(bad_environment, fmt::format("{} was ended by signal {} ({})", all[0], WTERMSIG(status),
                                                   ::strsignal(WTERMSIG(status))));
    if (WEXITSTATUS(status) != 0)
        throw failure(bad_environment,
                      fmt::format("{} ended with exit code {}", all[0], WEXITSTATUS(status)));
}

}  // namespace tool
