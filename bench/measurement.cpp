// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "bench/measurement.hpp"

#include "lab/judge/cpus.hpp"
#include "lab/torture/thread_timer.hpp"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>

namespace bench {
namespace {

using clock_type = std::chrono::steady_clock;

// What a handler does to the thread that it hit: one operation more.
struct interruption {
    subject* whom = nullptr;
    mix what{};
    key_source keys{};
    batch done;
};
thread_local constinit interruption* the_interruption = nullptr;

void interrupt(int) {
    const int number = errno;
    if (interruption* const mine = the_interruption; mine != nullptr) {
        mine->done.operations = 1;
        mine->whom->run(mine->what, mine->keys, mine->done);
    }
    errno = number;
}

// Interrupts for the calling thread, some 20,000 a second, while this lives.
class interrupts {
  public:
    explicit interrupts(interruption& what) {
        the_interruption = &what;
        struct sigaction action {};
        action.sa_handler = interrupt;
        action.sa_flags = SA_RESTART;
        sigemptyset(&action.sa_mask);
        ::sigaction(SIGUSR1, &action, nullptr);
        if (!timer_.emplace(SIGUSR1, std::chrono::microseconds{50}).armed())
            throw std::system_error(errno, std::generic_category(), "a timer for interrupts");
    }
    ~interrupts() {
        timer_.reset();
        the_interruption = nullptr;
    }
    interrupts(const interrupts&) = delete;
    interrupts& operator=(const interrupts&) = delete;

  private:
    std::optional<resile_lab::thread_timer> timer_;
};

enum class phase { coming, warming, counting, over };

struct alignas(128) worker {
    key_source keys{};
    std::uint64_t batch_size = 0;
    batch done;
    clock_type::time_point end;
    double ns_waited = 0;
    latency_histogram latencies;
    interruption interrupted;
    std::exception_ptr failed;
};

void work(worker& mine, subject& whom, const conditions& on, const std::atomic<phase>& now) {
    batch some{.operations = mine.batch_size};
    std::unique_ptr<interrupts> storm;
    if (on.how == timing::in_handlers) storm = std::make_unique<interrupts>(mine.interrupted);
    while (now.load(std::memory_order_relaxed) == phase::warming) whom.run(on.what, mine.keys, some);
    if (on.how == timing::each) some.each = &mine.latencies;
    mine.ns_waited = -resile_lab::ns_waited_for_cpu();
    some.ns = some.hits = 0;
    do {
        some.operations = mine.batch_size;
        whom.run(on.what, mine.keys, some);
        mine.done.operations += some.operations;
    } while (now.load(std::memory_order_relaxed) == phase::counting);
    mine.end = clock_type::now();
    mine.ns_waited += resile_lab::ns_waited_for_cpu();
    mine.done.hits = some.hits;
    mine.done.ns = some.ns;
}

// From the instant at which counting began to the end of the last one: a thread that found its CPU taken has
// lost that time for all. A clock of the subject's own knows better how long its operations took.
reading summary_of(const std::vector<worker>& workers, const conditions& on, clock_type::time_point start,
                   bool by_own_clock) {
    double own_rate = 0;
    double hits = 0;
    double operations = 0;
    double slowest = 0;
    double fastest = 0;
    clock_type::time_point end = start;
    reading result;
    if (on.how != timing::together) result.latencies.emplace_back();
    for (const worker& one : workers) {
        const auto its = static_cast<double>(one.done.operations);
        slowest = operations == 0 ? its : std::min(slowest, its);
        fastest = std::max(fastest, its);
        hits += static_cast<double>(one.done.hits);
        operations += its;
        own_rate += its / static_cast<double>(std::max<std::uint64_t>(one.done.ns, 1));
        end = std::max(end, one.end);
        result.waited = std::max(result.waited, one.ns_waited / (on.seconds * 1e9));
        if (on.how != timing::together) result.latencies.front().add(one.latencies);
    }
    const std::chrono::nanoseconds took = end - start;
    result.ns = by_own_clock ? 1 / own_rate : static_cast<double>(took.count()) / operations;
    result.hits = hits / operations;
    result.share = slowest / fastest;
    return result;
}

}  // namespace

std::vector<int> allowed_cpus() {
    std::vector<int> cpus = resile_lab::allowed_cpus();
    if (cpus.empty()) throw std::system_error(errno, std::generic_category(), "which CPUs may I use");
    return cpus;
}

// Threads run all the time; what they do between the warming up and the end counts.
reading measure(subject& whom, const conditions& on, const std::vector<int>& cpus) {
    static std::uint64_t sources = 0;  // no two draw the same keys, nor insert them
    std::vector<worker> workers(on.threads);
    for (worker& one : workers) {
        one.keys = key_source::nth(++sources, on.what, on.entries);
        // Beyond the CPUs an operation on a strict queue takes as long as a turn of a thread: 5 ms.
        one.batch_size =
            on.threads > cpus.size() ? std::max<std::uint64_t>(whom.batch_size() / 8, 1) : whom.batch_size();
        one.interrupted.whom = &whom;
        one.interrupted.what = on.what;
        one.interrupted.keys = key_source::nth(++sources, on.what, on.entries);
        one.interrupted.done.each = &one.latencies;
    }
    std::atomic<std::size_t> ready{0};
    std::atomic<phase> now{phase::coming};
    std::vector<std::thread> running;
    for (std::size_t i = 0; i < workers.size(); ++i) {
        running.emplace_back([&, i] {
            try {
                if (!resile_lab::pin_this_thread(cpus[i % cpus.size()]))
                    throw std::system_error(errno, std::generic_category(), "pinning a thread to a CPU");
                ready.fetch_add(1);
                while (now.load() == phase::coming) std::this_thread::yield();
                work(workers[i], whom, on, now);
            } catch (...) {
                workers[i].failed = std::current_exception();
            }
        });
    }
    while (ready.load() != workers.size()) std::this_thread::yield();
    const auto for_a_while = [](double seconds) {
        std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    };
    now = phase::warming;
    for_a_while(on.seconds / 5);
    const auto start = clock_type::now();
    now = phase::counting;
    for_a_while(on.seconds);
    now = phase::over;
    for (std::thread& one : running) one.join();
    for (const worker& one : workers)
        if (one.failed) std::rethrow_exception(one.failed);
    return summary_of(workers, on, start, whom.has_own_clock());
}

reading measure_in_peace(subject& whom, const conditions& on, const std::vector<int>& cpus) {
    reading best = measure(whom, on, cpus);
    if (on.threads > cpus.size()) return best;  // they wait for each other
    for (int again = 0; again < 2 && best.disturbed(); ++again) {
        reading other = measure(whom, on, cpus);
        if (other.waited < best.waited) best = std::move(other);
    }
    return best;
}

}  // namespace bench
