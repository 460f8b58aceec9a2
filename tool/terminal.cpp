// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/terminal.hpp"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace tool {
namespace {

std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void ask_to_stop(int signal) {
    if (stop_asked.exchange(true)) {
        std::signal(signal, SIG_DFL);
        (void)::raise(signal);
    }
}

std::string coloured(const char* code, const std::string& text) {
    const bool plain = !is_terminal(stream::out) || std::getenv("NO_COLOR") != nullptr;
    return plain ? text : fmt::format("\033[{}m{}\033[0m", code, text);
}

}  // namespace

bool is_terminal(stream which) {
    return ::isatty(which == stream::out ? STDOUT_FILENO : STDERR_FILENO) == 1;
}

int terminal_width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

std::string good(const std::string& text) {
    return coloured("32", text);
}
std::string bad(const std::string& text) {
    return coloured("31", text);
}
std::string strong(const std::string& text) {
    return coloured("1", text);
}

live_line::live_line() : active_(is_terminal(stream::error)) {}
live_line::~live_line() {
    clear();
}

void live_line::show(const std::string& text) {
    const auto now = std::chrono::steady_clock::now();
    if (!active_ || now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    const auto width = static_cast<std::size_t>(terminal_width() - 1);
    fmt::print(stderr, "\r\033[K{}", text.substr(0, width));
    std::fflush(stderr);
    shown_ = true;
}

void live_line::clear() {
    if (shown_) fmt::print(stderr, "\r\033[K");
    shown_ = false;
}

graceful_stop::graceful_stop() {
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

graceful_stop::~graceful_stop() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

const std::atomic<bool>& graceful_stop::asked_to_stop() {
    return stop_asked;
}

}  // namespace tool
