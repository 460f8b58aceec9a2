// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Hammer threads and what interrupts them. Ours.
//
// 1. Each thread updates and deletes random keys, half and half; so does every handler, with a random stream
// of its
//    own. `in_operation` is raised around each operation of the task, so that a handler knows whether it has
//    hit one.
// 2. A thread stops its own interrupts before it ends, and the judge begins when all have ended: nothing
// runs.

#include "lab/torture/campaign.hpp"

#include "lab/judge/cpus.hpp"

#include <resile/context.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <thread>
#include <vector>

namespace resile_lab {
namespace {

using clock_type = std::chrono::steady_clock;

// Marsaglia's xorshift64*: small, and safe in handlers.
class random_stream {
  public:
    explicit random_stream(std::uint64_t seed) noexcept : state_(seed * 0x9e3779b97f4a7c15U + 1) {}
    std::uint64_t next() noexcept {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545f4914f6cdd1dU;
    }

  private:
    std::uint64_t state_;
};

// relaxed throughout: counters of one thread and its handlers, read by others for progress only.
struct live_counts {
    std::atomic<std::uint64_t> done{0}, no_node{0}, deadlock{0}, timed_out{0}, busy{0}, broken{0}, other{0};

    void count(int result) noexcept {
        add(done);
        switch (-result) {
            case 0:
            case ENOENT:
                break;  // half of the deletes find nothing: no failure
            case ENOMEM:
                add(no_node);
                break;
            case EDEADLK:
                add(deadlock);
                break;
            case ETIMEDOUT:
                add(timed_out);
                break;
            case EBUSY:
                add(busy);
                break;
            case EILSEQ:
                add(broken);
                break;
            default:
                add(other);
        }
    }
    [[nodiscard]] operation_counts read() const noexcept {
        return {get(done), get(no_node), get(deadlock), get(timed_out), get(busy), get(broken), get(other)};
    }
    static void add(std::atomic<std::uint64_t>& to) noexcept { to.fetch_add(1, std::memory_order_relaxed); }
    static std::uint64_t get(const std::atomic<std::uint64_t>& from) noexcept {
        return from.load(std::memory_order_relaxed);
    }
};

struct alignas(128) hammer {
    map_under_test* map = nullptr;
    std::uint64_t keys = 0;
    random_stream task_stream{0};
    std::atomic<std::uint64_t> handler_seed{0};
    live_counts task, handlers;
    std::atomic<std::uint64_t> interrupts{0}, inside_operation{0};
    std::atomic<std::uint32_t> depth{0}, deepest{0};
    std::atomic<bool> in_operation{false};
};

// The hammer of this thread. Initial-exec: read by handlers.
constinit thread_local hammer* this_hammer __attribute__((tls_model("initial-exec"))) = nullptr;

void on_interrupt() noexcept {
    hammer* mine = this_hammer;
    if (mine == nullptr) return;
    const resile::interrupt_scope scope;
    live_counts::add(mine->interrupts);
    const std::uint32_t depth = mine->depth.fetch_add(1, std::memory_order_relaxed) + 1;
    if (mine->in_operation.load(std::memory_order_relaxed)) live_counts::add(mine->inside_operation);
    if (depth > mine->deepest.load(std::memory_order_relaxed))
        mine->deepest.store(depth, std::memory_order_relaxed);
    random_stream stream(mine->handler_seed.fetch_add(1, std::memory_order_relaxed));
    const std::uint64_t random = stream.next();
    const std::uint64_t key = (random >> 8) % mine->keys;
    mine->handlers.count((random & 1) != 0 ? mine->map->update(key) : mine->map->erase(key));
    mine->depth.fetch_sub(1, std::memory_order_relaxed);
}

void hammer_until(hammer& mine, const std::atomic<bool>& stop) {
    while (!stop.load(std::memory_order_relaxed)) {
        const std::uint64_t random = mine.task_stream.next();
        const std::uint64_t key = (random >> 8) % mine.keys;
        mine.in_operation.store(true, std::memory_order_relaxed);
        std::atomic_signal_fence(std::memory_order_seq_cst);
        const int result = (random & 1) != 0 ? mine.map->update(key) : mine.map->erase(key);
        std::atomic_signal_fence(std::memory_order_seq_cst);
        mine.in_operation.store(false, std::memory_order_relaxed);
        mine.task.count(result);
    }
}

void add(operation_counts& to, const operation_counts& from) {
    to.done += from.done;
    to.no_node += from.no_node;
    to.deadlock += from.deadlock;
    to.timed_out += from.timed_out;
    to.busy += from.busy;
    to.broken += from.broken;
    to.other += from.other;
}

void add(storm_outcome& to, const std::vector<hammer>& hammers) {
    for (const hammer& one : hammers) {
        add(to.task, one.task.read());
        add(to.handlers, one.handlers.read());
        to.interrupts += live_counts::get(one.interrupts);
        to.inside_operation += live_counts::get(one.inside_operation);
        to.deepest = std::max(to.deepest, one.deepest.load(std::memory_order_relaxed));
    }
}

// Storms one map for `seconds`; `watch` is called meanwhile and says whether to go on.
void storm(map_under_test& map, const campaign_plan& plan, const interrupt_storm& interrupts,
           std::uint64_t seed, double seconds, storm_outcome& sum,
           const std::function<bool(const storm_outcome&)>& watch) {
    const std::vector<int> cpus = usable_cpus();
    std::vector<hammer> hammers(plan.threads);
    std::atomic<bool> stop{false};
    std::exception_ptr failure;
    std::atomic<bool> failed{false};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < plan.threads; ++i) {
        hammer& mine = hammers[i];
        mine.map = &map;
        mine.keys = plan.keys;
        mine.task_stream = random_stream(seed * 1000 + i);
        mine.handler_seed.store(seed * 1'000'000'007U + i * 1'000'003U);
        threads.emplace_back([&, i] {
            pin_this_thread(cpus[i % cpus.size()]);
            this_hammer = &mine;
            try {
                const auto source = interrupts.strike_this_thread();
                hammer_until(mine, stop);
            } catch (...) {
                if (!failed.exchange(true)) failure = std::current_exception();
                stop = true;
            }
            this_hammer = nullptr;
        });
    }
    const auto start = clock_type::now();
    const storm_outcome before = sum;
    for (;;) {
        std::this_thread::sleep_for(
            std::chrono::milliseconds(20));  // the storm's length, not a synchronisation
        const double elapsed = std::chrono::duration<double>(clock_type::now() - start).count();
        sum = before;
        add(sum, hammers);
        sum.seconds = before.seconds + elapsed;
        if (!watch(sum) || elapsed >= seconds || stop) break;
    }
    stop = true;
    for (auto& thread : threads) thread.join();
    if (failure) std::rethrow_exception(failure);
    sum = before;
    add(sum, hammers);
    sum.seconds = before.seconds + std::chrono::duration<double>(clock_type::now() - start).count();
}

}  // namespace

flavour_outcome run_campaign(const map_under_test& pattern, const campaign_plan& plan) {
    const interrupt_storm interrupts(plan.interrupts, plan.nest, plan.rate, on_interrupt);
    flavour_outcome sum;
    {
        const auto fresh = pattern.another();
        const refill_outcome untouched = drain_and_refill(*fresh, verification::strict, plan.keys);
        sum.wanted = untouched.wanted;
        sum.fresh_present = untouched.present;
        sum.worst_first_try = untouched.wanted;
    }
    const auto stopped = [&] { return plan.stop != nullptr && plan.stop->load(std::memory_order_relaxed); };
    const auto watch = [&](const storm_outcome& now) {
        flavour_outcome live = sum;
        live.storm = now;
        if (plan.progress) plan.progress(live, std::min(1.0, now.seconds / plan.seconds));
        return !stopped();
    };
    while (sum.storm.seconds < plan.seconds && !stopped()) {
        const auto map = pattern.another();
        const double length = std::min(plan.round_seconds, plan.seconds - sum.storm.seconds);
        storm(*map, plan, interrupts, plan.seed + sum.rounds, length, sum.storm, watch);
        const refill_outcome judged = drain_and_refill(*map, plan.verify, plan.keys);
        ++sum.rounds;
        sum.perfect_rounds += judged.perfect() ? 1U : 0U;
        sum.worst_first_try = std::min(sum.worst_first_try, judged.present_first_try);
        ++sum.first_tries[judged.present_first_try];
        sum.most_tries = std::max(sum.most_tries, judged.tries);
        sum.pending_free += judged.pending_free;
        sum.unaccounted += judged.unaccounted;
        sum.duplicate_keys += judged.duplicate_keys;
        const lock_refusals refusals = map->refused();
        sum.would_have_hung += refusals.would_have_hung;
        sum.refused_locks += refusals.refused;
    }
    sum.storm.interrupted_by_user = stopped();
    return sum;
}

}  // namespace resile_lab
