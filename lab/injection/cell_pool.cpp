// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/injection/cell_pool.hpp"

#include "lab/injection/outcome_message.hpp"
#include "lab/torture/campaign.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

namespace resile_lab {
namespace {

[[noreturn]] void refuse(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// One process at a time: a place for it, and what it says.
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
    [[nodiscard]] const planned_cell& cell_at_work() const noexcept { return *cell_; }

    void begin(const planned_cell& which, unsigned patience) {
        int ends[2];
        if (::pipe(ends) != 0) refuse("no pipe to a process that explores a cell");
        cell_ = &which;
        said_.clear();
        process_ = ::fork();
        if (process_ == -1) refuse("no process to explore a cell in");
        if (process_ == 0) {
            ::close(ends[0]);
            work(ends[1], patience);
        }
        ::close(ends[1]);
        pipe_ = ends[0];
    }

    // Reads what there is. True: it has said everything.
    [[nodiscard]] bool listen() {
        char bytes[1 << 14];
        const ssize_t size = ::read(pipe_, bytes, sizeof(bytes));
        if (size > 0) said_.append(bytes, static_cast<std::size_t>(size));
        return size == 0 || (size < 0 && errno != EINTR);
    }

    [[nodiscard]] cell_outcome end() {
        int status = 0;
        ::close(pipe_);
        while (::waitpid(process_, &status, 0) == -1 && errno == EINTR) {
        }
        process_ = -1;
        cell_outcome outcome;
        if (read_message(said_, outcome)) return outcome;
        outcome = {};
        outcome.failures = 1;
        outcome.died = how_it_ended(status);
        return outcome;
    }

  private:
    [[noreturn]] void work(int to, unsigned patience) noexcept {
        std::signal(SIGALRM, SIG_DFL);
        cell_outcome outcome;
        try {
            (void)pin_this_thread(cpu_);
            outcome = explore(*cell_->what, cell_->which, cell_->sample, position_, patience);
        } catch (const std::exception& error) {
            outcome.died = std::string("could not be explored: ") + error.what();
            outcome.failures = 1;
        }
        const std::string bytes = message_of(outcome);
        for (std::size_t at = 0; at < bytes.size();) {
            const ssize_t size = ::write(to, bytes.data() + at, bytes.size() - at);
            if (size > 0) at += static_cast<std::size_t>(size);
            if (size < 0 && errno != EINTR) break;
        }
        ::_exit(0);
    }

    [[nodiscard]] std::string how_it_ended(int status) const {
        std::string text = "ended early";
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
            text = "did not come to an end";
        else if (WIFSIGNALED(status))
            text = std::string("killed: ") + ::strsignal(WTERMSIG(status));
        // relaxed: its writer has ended
        text += ", at step " + std::to_string(position_.step.load(std::memory_order_relaxed));
        const std::uint64_t inner = position_.inner.load(std::memory_order_relaxed);  // relaxed: as above
        return inner == 0 ? text : text + "." + std::to_string(inner);
    }

    explorer_position& position_;
    const int cpu_;
    const planned_cell* cell_ = nullptr;
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
    for (std::size_t next = 0;;) {
        std::vector<pollfd> pipes;
        std::vector<worker*> busy;
        for (const auto& one : workers) {
            const bool stopped =
                plan.stop != nullptr && plan.stop->load(std::memory_order_relaxed);  // relaxed: a wish
            if (!one->is_busy() && next < cells.size() && !stopped) one->begin(cells[next++], plan.patience);
            if (!one->is_busy()) continue;
            busy.push_back(one.get());
            pipes.push_back({one->pipe(), POLLIN, 0});
        }
        if (busy.empty()) return;
        if (::poll(pipes.data(), pipes.size(), -1) < 0 && errno != EINTR) refuse("poll");
        for (std::size_t i = 0; i < busy.size(); ++i) {
            if ((pipes[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0 || !busy[i]->listen()) continue;
            const planned_cell& which = busy[i]->cell_at_work();
            plan.done(which, busy[i]->end());
        }
    }
}

}  // namespace resile_lab
