// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// One random scenario, one step at a time: every answer of the lock is predicted from the naive graph,
// exactly.
//
// The only thing that is not predicted is which of several waiters gets a lock. Before a step that must be
// refused, everybody who waits and runs has finished looking: otherwise two contexts may close a cycle
// together, and both may be refused (R6).

#include "lab/judge/reference_wait_graph.hpp"
#include "tests/lock/observed.hpp"
#include "tests/support/seeds.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

namespace resile_test {

struct scenario_counts {
    unsigned long steps = 0;
    unsigned long acquired = 0;
    unsigned long waited = 0;
    unsigned long deadlocks = 0;
    unsigned long longer_cycles = 0;  // deadlocks through somebody else's thread
};

class random_scenario {
  public:
    static constexpr unsigned max_threads = 6;
    static constexpr unsigned max_locks = 6;
    static constexpr unsigned deepest = under_tsan ? 1 : 2;
    using cast = std::array<actor, max_threads>;

    random_scenario(cast& actors, std::uint64_t seed, scenario_counts& counts)
        : actors_(actors), numbers_(seed), seed_(seed), counts_(counts) {
        // Small worlds more often: they close more cycles.
        threads_ = 2 + std::min(numbers_.below(max_threads - 1), numbers_.below(max_threads - 1));
        lock_count_ = 1 + std::min(numbers_.below(max_locks), 1 + numbers_.below(max_locks));
    }

    void play() {
        playing_ = this;
        watchdog_report = [] { playing_->tell("an answer", "none"); };
        for (unsigned left = 3 + numbers_.below(12); left > 0; --left) step(numbers_.below(threads_));
        unwind();
    }

  private:
    using context = resile::lab::context_ref;
    enum class kind : std::uint8_t { lock, poll, attempt };

    void step(unsigned thread) {
        ++counts_.steps;
        const context who = graph_.top_context(thread);
        const unsigned choice = numbers_.below(16);
        if (graph_.is_waiting(who)) {
            if (who.level < deepest && choice < 10) enter(thread);
            return;
        }
        const unsigned lock = numbers_.below(lock_count_);
        if (choice < 9) return ask(who, lock, kind::lock);
        if (choice == 9) return ask(who, lock, kind::poll);
        if (choice == 10) return ask(who, lock, kind::attempt);
        if (choice < 13 && who.level < deepest) return enter(thread);
        if (graph_.owns(who, lock)) return release(who, lock);
        if (who.level > 0 && !owns_any(who)) leave(thread);
    }

    void enter(unsigned thread) {
        note(thread, "is interrupted", -1);
        actors_[thread].enter();
        graph_.enter(thread);
        settle();
    }
    void leave(unsigned thread) {
        note(thread, "returns", -1);
        graph_.leave(thread);
        parked_[thread] = times_parked(actors_[thread].slot());
        actors_[thread].leave();
        settle();
    }
    void release(context who, unsigned lock) {
        note(who.thread, "unlocks", static_cast<int>(lock));
        graph_.release(lock);
        unlock_by(actors_[who.thread], locks_[lock]);
        settle();
    }

    void ask(context who, unsigned lock, kind how) {
        static constexpr const char* verbs[] = {"locks", "polls", "tries"};
        note(who.thread, verbs[static_cast<std::size_t>(how)], static_cast<int>(lock));
        const bool free = !graph_.is_owned(lock);
        const bool hopeless = graph_.would_deadlock(who, lock);
        if (hopeless) everybody_has_looked();
        if (how == kind::lock && !free && !hopeless) return begin_to_wait(who, lock);
        const lock_result result = call(who, lock, how);
        if (free) {
            expect(result, lock_result::acquired);
            has_taken(who, lock);
        } else if (hopeless && how != kind::attempt) {
            expect(result, lock_result::deadlock);
            ++counts_.deadlocks;
            counts_.longer_cycles += graph_.owner(lock).thread != who.thread;
        } else {
            expect(result, lock_result::timed_out);
        }
    }

    [[nodiscard]] lock_result call(context who, unsigned number, kind how) {
        actor& caller = actors_[who.thread];
        spinlock& lock = locks_[number];
        lock_result& result = result_[who.thread][who.level];
        if (how == kind::lock) caller.start([&lock, &result] { result = lock.lock_for(an_hour); });
        if (how == kind::poll) caller.start([&lock, &result] { result = lock.lock_for({}); });
        if (how == kind::attempt)
            caller.start([&lock, &result] {
                result = lock.try_lock() ? lock_result::acquired : lock_result::timed_out;
            });
        caller.finish("an answer that was predicted");
        return result;
    }

    void begin_to_wait(context who, unsigned number) {
        actor& caller = actors_[who.thread];
        spinlock& lock = locks_[number];
        lock_result& result = result_[who.thread][who.level];
        parked_[who.thread] = times_parked(caller.slot());
        const unsigned below = waits_in_progress(caller.slot());
        caller.start([&lock, &result] { result = lock.lock_for(an_hour); });
        await("a predicted wait is published",
              [&] { return waits_in_progress(caller.slot()) > below || caller.is_idle(who.level); });
        graph_.wait(who, number);
        ++counts_.waited;
        settle();
    }

    // Whoever can take a free lock does; nobody else gets an answer.
    void settle() {
        for (unsigned lock = 0; lock < lock_count_; ++lock) {
            if (graph_.is_owned(lock) || !somebody_may_take(lock)) continue;
            await("a free lock is taken by one who waits for it", [&] { return note_who_took(lock); });
        }
        for (unsigned thread = 0; thread < threads_; ++thread)
            for (unsigned level = 0; level <= graph_.top(thread); ++level)
                if (graph_.is_waiting({thread, level}) && actors_[thread].is_idle(level))
                    fail("a wait ended that should go on", result_[thread][level]);
    }
    [[nodiscard]] bool somebody_may_take(unsigned lock) const {
        for (unsigned thread = 0; thread < threads_; ++thread)
            if (graph_.may_take(graph_.top_context(thread), lock)) return true;
        return false;
    }
    [[nodiscard]] bool note_who_took(unsigned lock) {
        for (unsigned thread = 0; thread < threads_; ++thread) {
            const context who = graph_.top_context(thread);
            if (!graph_.may_take(who, lock) || !actors_[thread].is_idle(who.level)) continue;
            expect(result_[thread][who.level], lock_result::acquired);
            has_taken(who, lock);
            return true;
        }
        return false;
    }

    void has_taken(context who, unsigned lock) {
        graph_.take(who, lock);
        ++counts_.acquired;
        const auto owner = word_of(locks_[lock]).owner();
        if (owner.is_free() || owner.slot() != actors_[who.thread].slot())
            fail("the word does not name its owner", lock_result::acquired);
    }

    void everybody_has_looked() {
        for (unsigned thread = 0; thread < threads_; ++thread)
            if (graph_.is_waiting(graph_.top_context(thread)))
                await("who waits has looked",
                      [&] { return times_parked(actors_[thread].slot()) != parked_[thread]; });
    }

    [[nodiscard]] bool owns_any(context who) const {
        for (unsigned lock = 0; lock < lock_count_; ++lock)
            if (graph_.owns(who, lock)) return true;
        return false;
    }

    // The graph has no cycle, so somebody can always go on.
    void unwind() {
        for (bool moved = true; moved;) {
            moved = false;
            for (unsigned thread = 0; thread < threads_; ++thread) {
                const context who = graph_.top_context(thread);
                if (graph_.is_waiting(who)) continue;
                for (unsigned lock = 0; lock < lock_count_; ++lock) {
                    if (!graph_.owns(who, lock)) continue;
                    release(who, lock);
                    moved = true;
                }
                if (who.level == 0) continue;
                leave(thread);
                moved = true;
            }
        }
        for (unsigned lock = 0; lock < lock_count_; ++lock)
            if (!word_of(locks_[lock]).owner().is_free()) fail("not unwound", lock_result::acquired);
    }

    void note(unsigned thread, const char* verb, int lock) {
        history_ += "  s" + std::to_string(thread) + "." + std::to_string(graph_.top(thread)) + " " + verb;
        if (lock >= 0) history_ += std::string(" ") + static_cast<char>('A' + lock);
        history_ += '\n';
    }
    void expect(lock_result is, lock_result should_be) {
        if (is != should_be) fail(to_string(should_be), is);
    }
    // The threads are in the middle of something: the process cannot go on.
    [[noreturn]] void fail(const char* expected, lock_result is) const {
        tell(expected, to_string(is));
        std::abort();
    }
    void tell(const char* expected, const char* is) const {
        std::fprintf(stderr, "scenario 0x%llx, threads %u, locks %u:\n%s  expected: %s; answer: %s\n",
                     static_cast<unsigned long long>(seed_), threads_, lock_count_, history_.c_str(),
                     expected, is);
        for (unsigned i = 0; i < lock_count_; ++i)
            std::fprintf(stderr, "  %c: word 0x%x\n", static_cast<char>('A' + i), word_of(locks_[i]).bits());
        for (unsigned i = 0; i < threads_; ++i) {
            const auto& record = resile::detail::record_of(actors_[i].slot());
            std::fprintf(stderr, "  s%u: slot %u, identity 0x%x, level %u, waits", i, actors_[i].slot(),
                         record.identity.load(), actors_[i].level());
            for (const auto& wait : record.wait) {
                const std::uintptr_t lock = resile::detail::wait_word(wait.load()).lock();
                const auto first = reinterpret_cast<std::uintptr_t>(locks_.data());
                if (lock != 0)
                    std::fprintf(stderr, " %c", static_cast<char>('A' + (lock - first) / sizeof(spinlock)));
                else
                    std::fprintf(stderr, " -");
            }
            std::fprintf(stderr, "\n");
        }
    }

    static inline const random_scenario* playing_ = nullptr;
    cast& actors_;
    random_numbers numbers_;
    std::uint64_t seed_;
    scenario_counts& counts_;
    unsigned threads_ = 0;
    unsigned lock_count_ = 0;
    std::array<spinlock, max_locks> locks_{};
    resile::lab::reference_wait_graph graph_;
    lock_result result_[max_threads][actor::levels]{};
    std::uint64_t parked_[max_threads]{};
    std::string history_;
};

}  // namespace resile_test
