// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Bursts, and their judges. Ours.
//
// 1. The clock is a counter that every beginning and every end raises: what ended before something began has
//    the smaller number, whatever the CPUs' own clocks say. It costs each call a cache line, and orders more
//    than the map itself would: what only a missing barrier could show is left to TSan.
// 2. Thread 0 leads: it opens a burst, waits until all have ended, and reads the map, while nobody is in it.
//    A handler makes a call only while its thread is in a burst; so it has ended before its thread says so.
// 3. A tape belongs to a thread and its handlers: the task's calls have the first places, each handler takes
//    the next of the others.
// 4. Interrupts come while bursts run. Then the same threads judge, undisturbed.

#include "lab/torture/history_check.hpp"

#include "lab/judge/cpus.hpp"
#include "lab/judge/random_numbers.hpp"

#include <resile/context.hpp>

#include <sched.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <thread>
#include <vector>

namespace resile_lab {
namespace {

using clock_type = std::chrono::steady_clock;

// Calls that are one step, the more telling ones several times.
constexpr map_call one_step[] = {
    map_call::put,     map_call::put,    map_call::insert,  map_call::upsert, map_call::get_or_insert,
    map_call::replace, map_call::update, map_call::erase,   map_call::take,   map_call::get,
    map_call::get,     map_call::peek,   map_call::contains};

constexpr unsigned most_calls_of_task = 5, most_calls_of_handlers = 6;
constexpr std::size_t bursts_of_a_map = 500;

// The calls of a thread in a burst. Those that were never made have not begun: 0.
using tape = std::array<recorded_call, most_calls_of_task + most_calls_of_handlers>;

struct alignas(128) player {
    unsigned number = 0;
    random_numbers task_choice{0};
    std::vector<tape> tapes;  // by burst

    // Shared with handlers on top of the thread; relaxed throughout, fenced where it matters.
    std::atomic<tape*> recording{nullptr};  // not null: in a burst
    std::atomic<std::uint64_t> handler_seed{0}, writes{0};
    std::atomic<unsigned> handler_calls{0}, depth{0};
};

class burst_run;
// The burst and the player of this thread. Initial-exec: read by handlers.
constinit thread_local burst_run* this_run __attribute__((tls_model("initial-exec"))) = nullptr;
constinit thread_local player* this_player __attribute__((tls_model("initial-exec"))) = nullptr;

// One small map, and all its bursts.
class burst_run {
  public:
    burst_run(const checked_map_maker& make, const check_plan& plan, std::uint64_t seed,
              clock_type::time_point end)
        : plan_(plan), seed_(seed), end_(end), players_(plan.threads) {
        random_numbers random(seed);
        max_entries_ = 1 + random.below(4);
        keys_ = static_cast<unsigned>(max_entries_) + 1 + random.below(2);
        calls_each_ = 2 + random.below(most_calls_of_task - 1);
        map_ = make(max_entries_, {.contexts = plan.threads * (plan.nest + std::size_t{1}),
                                   .seed = random.next() | 1U,
                                   .huge_pages = false});
        for (unsigned i = 0; i < plan.threads; ++i) {
            players_[i].number = i;
            players_[i].task_choice = random_numbers(random.next());
            players_[i].handler_seed = random.next();
            players_[i].tapes.resize(bursts_of_a_map);
        }
        contents_.resize(bursts_of_a_map + 1);
    }

    // Adds what it came to.
    void run(const interrupt_storm& interrupts, check_outcome& sum) {
        const std::vector<int> cpus = usable_cpus();
        std::vector<check_outcome> shares(plan_.threads);
        std::vector<std::exception_ptr> failures(plan_.threads);
        {
            std::vector<std::jthread> threads;
            for (unsigned i = 0; i < plan_.threads; ++i)
                threads.emplace_back([&, i] {
                    pin_this_thread(cpus[i % cpus.size()]);
                    try {
                        play(players_[i], interrupts);
                        judge_share(i, shares[i]);
                    } catch (...) {
                        failures[i] = std::current_exception();
                    }
                });
        }
        for (const auto& failure : failures)
            if (failure) std::rethrow_exception(failure);
        for (check_outcome& share : shares) add(sum, share);
        if (!map_->has_all_its_nodes()) ++sum.stranded;
    }

    // In a handler.
    void strike(player& mine, tape& where) noexcept {
        const resile::interrupt_scope scope;
        const unsigned place = mine.handler_calls.fetch_add(1, std::memory_order_relaxed);
        if (place >= most_calls_of_handlers) return;
        const unsigned depth = mine.depth.fetch_add(1, std::memory_order_relaxed) + 1;
        random_numbers choice(mine.handler_seed.fetch_add(1, std::memory_order_relaxed));
        perform(mine, where[most_calls_of_task + place], choice, depth);
        mine.depth.fetch_sub(1, std::memory_order_relaxed);
    }

  private:
    void play(player& mine, const interrupt_storm& interrupts) {
        std::unique_ptr<interrupt_storm::for_thread> source;
        std::exception_ptr failure;
        this_run = this;
        this_player = &mine;
        try {
            source = interrupts.strike_this_thread();
        } catch (...) {
            failure = std::current_exception();  // the others count on this thread all the same
        }
        if (mine.number == 0) contents_[0] = map_->contents();
        for (std::size_t burst = 0; burst < bursts_of_a_map; ++burst) {
            if (!begin_together(mine, burst)) break;
            play_burst(mine, mine.tapes[burst]);
            end_together(mine, burst);
        }
        source.reset();
        this_player = nullptr;
        if (failure) std::rethrow_exception(failure);
    }
    void play_burst(player& mine, tape& where) {
        // So that they begin now in this order, now in that.
        for (unsigned pauses = mine.task_choice.below(32); pauses > 0; --pauses) resile::platform::pause();
        mine.handler_calls.store(0, std::memory_order_relaxed);
        mine.recording.store(&where, std::memory_order_relaxed);
        std::atomic_signal_fence(std::memory_order_seq_cst);
        for (unsigned i = 0; i < calls_each_; ++i) perform(mine, where[i], mine.task_choice, 0);
        std::atomic_signal_fence(std::memory_order_seq_cst);
        mine.recording.store(nullptr, std::memory_order_relaxed);
    }
    void perform(player& mine, recorded_call& one, random_numbers& choice, unsigned depth) noexcept {
        one.asked.what = one_step[choice.below(std::size(one_step))];
        one.asked.key = 1 + choice.below(keys_);
        // Each write has a number of its own; the last digit says whose it is.
        if (writes_a_value(one.asked.what))
            one.asked.value = 10 * mine.writes.fetch_add(1, std::memory_order_relaxed) + mine.number + 10;
        one.who = mine.number;
        one.depth = depth;
        one.begun = clock_.fetch_add(1, std::memory_order_seq_cst);  // seq_cst: one clock for all
        const map_reply given = map_->perform(one.asked);
        one.ended = clock_.fetch_add(1, std::memory_order_seq_cst);  // seq_cst: likewise
        one.answer = given.answer;
        one.value = given.value;
    }

    // False: time is over. One burst there is, however slow.
    [[nodiscard]] bool begin_together(const player& mine, std::size_t burst) {
        if (mine.number == 0) {
            if (burst > 0 && is_over())
                played_.store(burst, std::memory_order_relaxed);  // relaxed: with `open_`
            clock_.store(1, std::memory_order_relaxed);           // relaxed: likewise
            open_.store(burst + 1, std::memory_order_release);    // release: the last burst is over
        } else {
            await([&] { return open_.load(std::memory_order_acquire) > burst; });  // acquire: as above
        }
        return burst < played_.load(std::memory_order_relaxed);  // relaxed: as above
    }
    [[nodiscard]] bool is_over() const {
        const bool stopped = plan_.stop != nullptr && plan_.stop->load(std::memory_order_relaxed);  // a wish
        return stopped || clock_type::now() >= end_;
    }
    void end_together(const player& mine, std::size_t burst) {
        const std::uint64_t all = (burst + 1) * (plan_.threads - std::uint64_t{1});
        if (mine.number == 0) {
            await([&] { return ended_.load(std::memory_order_acquire) == all; });  // acquire: their calls
            contents_[burst + 1] = map_->contents();
        } else {
            ended_.fetch_add(1, std::memory_order_release);  // release: the calls of this thread
        }
    }
    template <class Condition>
    static void await(Condition&& condition) {
        for (unsigned looks = 0; !condition(); ++looks)
            if (looks % 1024 != 1023)
                resile::platform::pause();
            else
                ::sched_yield();
    }

    // --- afterwards -------------------------------------------------------------------------------------
    void judge_share(unsigned share, check_outcome& sum) {
        // The tapes of the others, and what the leader read, are complete.
        if (share != 0)
            await([&] { return all_over_.load(std::memory_order_acquire); });  // acquire: as below
        else
            all_over_.store(true, std::memory_order_release);             // release: the contents
        const std::size_t all = played_.load(std::memory_order_relaxed);  // relaxed: ordered by the above
        for (std::size_t burst = share; burst < all; burst += plan_.threads) judge(burst, sum);
    }
    void judge(std::size_t burst, check_outcome& sum) {
        map_history history{max_entries_, contents_[burst], contents_[burst + 1], {}};
        for (const player& one : players_)
            for (const recorded_call& call : one.tapes[burst])
                if (call.begun != 0) history.calls.push_back(call);
        ++sum.histories;
        sum.calls += history.calls.size();
        for (const recorded_call& call : history.calls) count(call, history.calls, sum);
        order_verdict verdict = judge_history(history);
        sum.longest_search = std::max<std::uint64_t>(sum.longest_search, verdict.configurations);
        if (verdict.linearizable) return;
        ++sum.unordered;
        if (!sum.first) sum.first = unordered_history{std::move(history), std::move(verdict), seed_};
    }
    static void count(const recorded_call& call, const std::vector<recorded_call>& all, check_outcome& sum) {
        const auto meets = [&](const recorded_call& other) {
            return call.begun < other.ended && other.begun < call.ended;
        };
        bool overlaps = false, inside = false;
        for (const recorded_call& other : all) {
            overlaps = overlaps || (other.who != call.who && meets(other));
            inside = inside || (other.who == call.who && other.depth < call.depth && meets(other));
        }
        sum.overlapping += overlaps ? 1 : 0;
        sum.in_handlers += call.depth != 0 ? 1 : 0;
        sum.inside_a_call += inside ? 1 : 0;
        sum.refused += call.answer == map_answer::no_memory ? 1 : 0;
    }
    static void add(check_outcome& to, check_outcome& from) {
        to.histories += from.histories;
        to.calls += from.calls;
        to.overlapping += from.overlapping;
        to.in_handlers += from.in_handlers;
        to.inside_a_call += from.inside_a_call;
        to.refused += from.refused;
        to.unordered += from.unordered;
        to.longest_search = std::max(to.longest_search, from.longest_search);
        if (!to.first) to.first = std::move(from.first);
    }

    const check_plan& plan_;
    std::uint64_t seed_;
    clock_type::time_point end_;
    std::size_t max_entries_ = 0;
    unsigned keys_ = 0, calls_each_ = 0;
    std::unique_ptr<checked_map> map_;
    std::vector<player> players_;
    std::vector<map_contents> contents_;  // before each burst, and after the last
    alignas(128) std::atomic<std::uint64_t> clock_{1};
    alignas(128) std::atomic<std::uint64_t> open_{0};   // bursts
    alignas(128) std::atomic<std::uint64_t> ended_{0};  // threads but the leader, of all bursts
    std::atomic<std::size_t> played_{bursts_of_a_map};
    std::atomic<bool> all_over_{false};
};

void on_interrupt() noexcept {
    player* mine = this_player;
    tape* where = mine == nullptr ? nullptr : mine->recording.load(std::memory_order_relaxed);
    if (where != nullptr) this_run->strike(*mine, *where);
}

}  // namespace

check_outcome check_histories(const checked_map_maker& make, const check_plan& plan) {
    const interrupt_storm interrupts(plan.interrupts, plan.nest, plan.rate, on_interrupt);
    const auto start = clock_type::now();
    const auto end =
        start + std::chrono::duration_cast<clock_type::duration>(std::chrono::duration<double>(plan.seconds));
    check_outcome sum;
    for (std::uint64_t seed = plan.seed; sum.seconds < plan.seconds; ++seed) {
        burst_run(make, plan, seed, end).run(interrupts, sum);
        sum.seconds = std::chrono::duration<double>(clock_type::now() - start).count();
        if (plan.progress) plan.progress(sum, std::min(1.0, sum.seconds / plan.seconds));
        if (plan.stop != nullptr && plan.stop->load(std::memory_order_relaxed)) break;  // relaxed: a wish
    }
    return sum;
}

}  // namespace resile_lab
