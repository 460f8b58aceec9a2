// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/injection/cell_pool.hpp"

#include "lab/injection/outcome_message.hpp"
#include "lab/judge/cpus.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <numeric>
#include <system_error>

namespace resile_lab {
namespace {

constexpr auto no_end = std::chrono::steady_clock::time_point::max();

[[noreturn]] void refuse(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// Neighbouring cells.
struct row {
    const planned_cell* begin;
    const planned_cell* end;
};

[[nodiscard]] std::vector<row> rows_of(const std::vector<planned_cell>& cells) {
    std::vector<row> rows;
    for (const planned_cell& one : cells) {
        const planned_cell* const first = rows.empty() ? nullptr : rows.back().begin;
        if (first != nullptr && first->what == one.what && first->which.state == one.which.state &&
            first->which.operations[0] == one.which.operations[0])
            rows.back().end = &one + 1;
        else
            rows.push_back({&one, &one + 1});
    }
    return rows;
}

// In an order of which each beginning is a cross-section.
[[nodiscard]] std::vector<row> spread(const std::vector<row>& rows) {
    const std::size_t count = rows.size();
    std::size_t stride = count * 618 / 1000 + 1;  // golden
    while (std::gcd(stride, count) != 1) ++stride;
    std::vector<row> order;
    for (std::size_t i = 0; i < count; ++i) order.push_back(rows[i * stride % count]);
    return order;
}

// One process at a time, for a row: a place for it, and what it says.
class worker {
  public:
    worker(explorer_position& position, int cpu) : position_(position), cpu_(cpu) {}
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;
    ~worker() {
        if (!is_busy()) return;
        ::kill(process_, SIGKILL);
        ::close(pipe_);
        ::waitpid(process_, nullptr, 0);
    }

    [[nodiscard]] bool is_busy() const noexcept { return process_ != -1; }
    [[nodiscard]] int pipe() const noexcept { return pipe_; }

    void begin(const row& cells, const pool_plan& plan) {
        int ends[2];
        if (::pipe(ends) != 0) refuse("no pipe to a process that explores a cell");
        left_ = cells;
        said_.clear();
        process_ = ::fork();
        if (process_ == -1) refuse("no process to explore a cell in");
        if (process_ == 0) {
            ::close(ends[0]);
            work(ends[1], plan);
        }
        ::close(ends[1]);
        pipe_ = ends[0];
    }

    // Reads what there is, and passes on what is complete. True: it has ended.
    [[nodiscard]] bool listen(const pool_plan& plan) {
        char bytes[1 << 14];
        const ssize_t size = ::read(pipe_, bytes, sizeof(bytes));
        if (size > 0) said_.append(bytes, static_cast<std::size_t>(size));
        for (std::string message; next_message(message);) {
            cell_outcome outcome;
            if (!read_message(message, outcome)) break;
            plan.done(*left_.begin++, outcome);
        }
        return size == 0 || (size < 0 && errno != EINTR);
    }

    // After it has ended: the cells that it did not come to. One of them may have ended it.
    [[nodiscard]] row end(const pool_plan& plan) {
        int status = 0;
        ::close(pipe_);
        while (::waitpid(process_, &status, 0) == -1 && errno == EINTR) {
        }
        process_ = -1;
        const bool has_given_up = WIFEXITED(status) && WEXITSTATUS(status) == 0;  // has_stopped
        if (left_.begin != left_.end && !has_given_up) {
            cell_outcome outcome;
            outcome.failures = 1;
            outcome.died = how_it_ended(status);
            plan.done(*left_.begin++, outcome);
        }
        return left_;
    }

    [[nodiscard]] static bool has_stopped(const pool_plan& plan) noexcept {
        if (plan.stop != nullptr && plan.stop->load(std::memory_order_relaxed))
            return true;  // relaxed: a wish
        return plan.until != no_end && std::chrono::steady_clock::now() >= plan.until;
    }

  private:
    [[noreturn]] void work(int to, const pool_plan& plan) noexcept {
        std::signal(SIGALRM, SIG_DFL);
        (void)pin_this_thread(cpu_);
        known_points known;
        for (; left_.begin != left_.end && !has_stopped(plan); ++left_.begin) {
            cell_outcome outcome;
            try {
                outcome = explore(*left_.begin->what, left_.begin->which, left_.begin->sample, known,
                                  position_, plan.patience);
            } catch (const std::exception& error) {
                outcome.died = std::string("could not explore it: ") + error.what();
                outcome.failures = 1;
            }
            const std::string text = message_of(outcome);
            message_writer whole;
            whole.add(text);
            say(to, whole.bytes());
        }
        ::_exit(0);
    }
    static void say(int to, const std::string& bytes) noexcept {
        for (std::size_t at = 0; at < bytes.size();) {
            const ssize_t size = ::write(to, bytes.data() + at, bytes.size() - at);
            if (size > 0) at += static_cast<std::size_t>(size);
            if (size < 0 && errno != EINTR) ::_exit(1);
        }
    }

    // Takes one from what was said, if it is complete.
    [[nodiscard]] bool next_message(std::string& message) {
        std::uint64_t size = 0;
        if (said_.size() < sizeof(size)) return false;
        std::memcpy(&size, said_.data(), sizeof(size));
        if (said_.size() - sizeof(size) < size) return false;
        message = said_.substr(sizeof(size), size);
        said_.erase(0, sizeof(size) + size);
        return true;
    }

    [[nodiscard]] std::string how_it_ended(int status) const {
        std::string text = "ended early";
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
            text = "did not come to an end";
        else if (WIFSIGNALED(status))
            text = std::string("was killed (") + ::strsignal(WTERMSIG(status)) + ")";
        // relaxed: its writer has ended
        text += ", at step " + std::to_string(position_.step.load(std::memory_order_relaxed));
        const std::uint64_t inner = position_.inner.load(std::memory_order_relaxed);  // relaxed: as above
        return inner == 0 ? text : text + "." + std::to_string(inner);
    }

    explorer_position& position_;
    const int cpu_;
    row left_{nullptr, nullptr};
    pid_t process_ = -1;
    int pipe_ = -1;
    std::string said_;
};

// Positions of all workers, in memory that they share with this process.
class shared_positions {
  public:
    explicit shared_positions(std::size_t count) : bytes_(count * sizeof(explorer_position)) {
        memory_ = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory_ == MAP_FAILED) throw std::bad_alloc();
    }
    ~shared_positions() { ::munmap(memory_, bytes_); }
    shared_positions(const shared_positions&) = delete;
    shared_positions& operator=(const shared_positions&) = delete;
    // All zero bytes: a position at its beginning.
    [[nodiscard]] explorer_position& at(std::size_t i) noexcept {
        return static_cast<explorer_position*>(memory_)[i];
    }

  private:
    std::size_t bytes_;
    void* memory_;
};

}  // namespace

void explore_all(const std::vector<planned_cell>& cells, const pool_plan& plan) {
    const std::vector<int> cpus = usable_cpus();
    const std::size_t jobs = plan.jobs != 0 ? plan.jobs : cpus.size();
    shared_positions positions(jobs);
    std::vector<std::unique_ptr<worker>> workers;
    for (std::size_t i = 0; i < jobs; ++i)
        workers.push_back(std::make_unique<worker>(positions.at(i), cpus[i % cpus.size()]));
    std::vector<row> rows = plan.until == no_end ? rows_of(cells) : spread(rows_of(cells));
    std::reverse(rows.begin(), rows.end());
    for (;;) {
        std::vector<pollfd> pipes;
        std::vector<worker*> busy;
        for (const auto& one : workers) {
            if (!one->is_busy() && !rows.empty() && !worker::has_stopped(plan)) {
                one->begin(rows.back(), plan);
                rows.pop_back();
            }
            if (!one->is_busy()) continue;
            busy.push_back(one.get());
            pipes.push_back({one->pipe(), POLLIN, 0});
        }
        if (busy.empty()) return;
        if (::poll(pipes.data(), pipes.size(), -1) < 0 && errno != EINTR) refuse("poll");
        for (std::size_t i = 0; i < busy.size(); ++i) {
            if ((pipes[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0 || !busy[i]->listen(plan)) continue;
            const row left = busy[i]->end(plan);
            if (left.begin != left.end) rows.push_back(left);
        }
    }
}

}  // namespace resile_lab
