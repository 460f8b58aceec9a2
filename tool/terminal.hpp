// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <string>

namespace tool {

enum class stream { out, error };

[[nodiscard]] bool is_terminal(stream);
// Columns of the terminal on standard error, 80 if unknown.
[[nodiscard]] int terminal_width();

// Text in a colour, where standard output is a terminal and NO_COLOR is not set; else as it is.
[[nodiscard]] std::string good(const std::string&);
[[nodiscard]] std::string bad(const std::string&);
[[nodiscard]] std::string strong(const std::string&);

// One line on standard error that is rewritten in place; nothing where that is no terminal.
class live_line {
  public:
    live_line();
    ~live_line();
    live_line(const live_line&) = delete;
    live_line& operator=(const live_line&) = delete;
    void show(const std::string&);
    void clear();

  private:
    bool active_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point last_{};
};

// While it lives, Ctrl-C and SIGTERM set asked_to_stop() instead of ending the process. A second one ends it.
class graceful_stop {
  public:
    graceful_stop();
    ~graceful_stop();
    graceful_stop(const graceful_stop&) = delete;
    graceful_stop& operator=(const graceful_stop&) = delete;
    [[nodiscard]] static const std::atomic<bool>& asked_to_stop();
};

}  // namespace tool
