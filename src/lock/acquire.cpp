// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The way in when the lock is not simply free. Rules R1-R9 of docs/lock.md; model: proof/lock_protocol.pml.
// Idea of a lock that refuses: resilient queued spinlocks (Linux 6.15). Sleeping: futexes (Franke, Russell,
// Kirkwood, 2002). The rest is ours.
//
//            owner mine (R2)
//   look ---------------------------------------------------> deadlock
//    | pause, a few rounds: take it if it becomes free ------> acquired
//    | eighth nested wait -----------------------------------> too_deep
//    v
//   depth + 1, publish wait, fence (R3)
//    |
//   walk once (R4, R5) -- cycle --> withdraw, depth - 1 -----> deadlock
//    |
//   wait: free and not promised to a long waiter: take it ---> withdraw, depth - 1 --> acquired
//    |    owner's thread gone, or time over -----------------> withdraw, depth - 1 --> timed_out
//    +--- pause, then sleep at most 1 ms, look again
//
// Transitions of the word, (owner, flags):
//   (0, f)      -> (me, f without hungry)   take
//   (o, f)      -> (o, f + sleepers)        before sleeping
//   (o, f)      -> (o, f + hungry)          after a long wait, while running
//   (o, f)      -> (o, f - hungry)          the long waiter goes to sleep or gives up
//   (me, -)     -> 0                        unlock: a store, spinlock.hpp; flags set just before it are lost
//   (me, f)     -> (0, f without sleepers)  unlock when somebody drew attention, release.cpp
//
// Why nobody hangs: a context that waits depends on the owner of the lock alone (R8: flags are bounded
// courtesies, R9: no step waits for a step of somebody else), and the walk has refused every wait in which
// that owner, in turn, depends on it.

#include "context/slot_table.hpp"
#include "lock/published_wait.hpp"
#include "lock/verdict_report.hpp"
#include "lock/wait_graph.hpp"
#include "lock/waiter.hpp"

#include <resile/context.hpp>
#include <resile/lock_verdict.hpp>
#include <resile/spinlock.hpp>

#include <algorithm>

namespace resile::inline RESILE_PLATFORM {
namespace detail {
namespace {

using word_type = platform::atomic<std::uint32_t>;

[[nodiscard]] lock_word look(const word_type& word) noexcept {
    return lock_word(word.load(std::memory_order_relaxed));  // relaxed: a CAS decides before it is acted upon
}

[[nodiscard]] bool take(word_type& word, slot_record& record, lock_word free, owner_id me,
                        bool leave_sleepers_flag) noexcept {
    // Counted first: see spinlock::take_if_idle.
    platform::add_private(record.held, std::uint32_t{1});
    std::uint32_t expected = free.bits();
    const lock_word taken = free.owned_by(me).without_hungry();
    // (0, f) -> (me, f without hungry), acquire [critical-section]: pairs with every way of unlocking;
    // release [owned-count]. relaxed on failure: the caller looks again.
    if (word.compare_exchange_strong(expected, (leave_sleepers_flag ? taken.with_sleepers() : taken).bits(),
                                     std::memory_order_acq_rel, std::memory_order_relaxed))
        return true;
    platform::add_private(record.held, std::uint32_t(-1));
    return false;
}

// Changes the flags of a word that still is as it was seen, and draws its owner's attention to them.
void change_flags(word_type& word, lock_word seen, lock_word wanted) noexcept {
    std::uint32_t expected = seen.bits();
    // (o, f) -> (o, f'), relaxed: flags publish nothing; missing them costs time, never correctness
    if (word.compare_exchange_strong(expected, wanted.bits(), std::memory_order_relaxed))
        // relaxed: a hint, see spinlock::unlock
        record_of(seen.owner().slot()).wanted.store(1, std::memory_order_relaxed);
}

// One context in the slow path.
class waiter {
  public:
    waiter(word_type& word, slot_record& record, std::uint64_t timeout_ns) noexcept
        : word_(word),
          record_(record),
          me_(record.identity.load(std::memory_order_relaxed)),  // relaxed: this thread's own
          time_(timeout_ns) {}

    [[nodiscard]] lock_result run() noexcept {
        lock_word seen = look(word_);
        if (try_take(seen)) {
            // Not contended: the thread's first use of resile, or a flag that was left behind.
            count_acquired(record_);
            return lock_result::acquired;
        }
        if (seen.owner().same_slot(me_)) return refuse_self(seen);
        for (unsigned i = 0; i < waiting_policy::rounds_before_announcing; ++i) {
            if (try_take(seen)) return taken();
            pause_.once(time_);
            seen = look(word_);
        }
        if (me_.depth() == max_nested_waits)
            return try_take(seen) ? taken() : refuse(lock_result::too_deep, seen);
        return wait_announced(seen);
    }

  private:
    [[nodiscard]] lock_result wait_announced(lock_word seen) noexcept {
        found_cycle cycle;
        lock_result result = lock_result::timed_out;
        {
            const published_wait wait(record_, me_, reinterpret_cast<std::uintptr_t>(&word_), seen.owner());
            result = wait_for_owner(seen, cycle);
        }
        return result == lock_result::acquired ? taken() : refuse(result, seen, cycle);
    }

    // The wait is published. `seen` ends as the word on which the answer is based.
    [[nodiscard]] lock_result wait_for_owner(lock_word& seen, found_cycle& cycle) noexcept {
        walk_result walked = find_cycle(me_, word_, cycle);
        std::uint64_t sleep_at = waiting_policy::awake;
        while (walked != walk_result::cycle) {
            seen = look(word_);
            if (try_take(seen)) return lock_result::acquired;
            const std::uint64_t waited = pause_.once(time_);
            if (time_.has_passed(waited)) return last_try(seen);
            is_hungry_ = waited >= waiting_policy::long_wait;
            if (seen.owner().is_free()) continue;
            if (waited < sleep_at) {
                if (is_hungry_ && !seen.is_hungry()) change_flags(word_, seen, seen.with_hungry());
                continue;
            }
            if (thread_is_gone(record_of(seen.owner().slot()))) return give_up(seen);
            sleep_at = park(seen, waited) + waiting_policy::awake;
            if (walked == walk_result::unknown) walked = find_cycle(me_, word_, cycle);
        }
        return lock_result::deadlock;
    }

    // Out of time is out of courtesy: a lock that is free is taken, whoever has waited long (R8).
    [[nodiscard]] lock_result last_try(lock_word& seen) noexcept {
        seen = look(word_);
        if (seen.owner().is_free() && take(word_, record_, seen, me_, has_slept_))
            return lock_result::acquired;
        return give_up(seen);
    }

    // Takes the lock if it is free, unless somebody has waited much longer and patience is left.
    [[nodiscard]] bool try_take(lock_word seen) noexcept {
        if (!seen.owner().is_free()) return false;
        if (seen.is_hungry() && !is_hungry_ && stood_back_ < waiting_policy::stand_back_looks) {
            if (stood_back_++ == 0) count(record_, lock_event::yielded_to_long);
            return false;
        }
        return take(word_, record_, seen, me_, has_slept_);
    }

    // Returns how long the wait has lasted afterwards.
    std::uint64_t park(lock_word seen, std::uint64_t waited) noexcept {
        // Asleep, one cannot use a precedence: leave it to those who run.
        const lock_word asleep = seen.without_hungry().with_sleepers();
        if (asleep.bits() != seen.bits()) change_flags(word_, seen, asleep);
        count(record_, lock_event::parked);
        const std::uint64_t bound = std::min(waiting_policy::longest_park, time_.remaining(waited));
        platform::park(word_, asleep.bits(), bound);
        has_slept_ = true;
        pause_.restart();
        const std::uint64_t now = time_.waited();
        if (look(word_).owner().is_free() && now - waited >= bound) count(record_, lock_event::late_wake);
        return now;
    }

    [[nodiscard]] lock_result give_up(lock_word seen) noexcept {
        if (is_hungry_ && seen.is_hungry() && !seen.owner().is_free())
            change_flags(word_, seen, seen.without_hungry());
        return lock_result::timed_out;
    }

    [[nodiscard]] lock_result taken() noexcept {
        count_acquired(record_);
        count(record_, lock_event::contended);
        return lock_result::acquired;
    }

    [[nodiscard]] lock_result refuse_self(lock_word seen) noexcept {
        found_cycle cycle;
        cycle.edges[0] = {describe(me_), &word_, describe(seen.owner())};
        cycle.shown = cycle.length = 1;
        return refuse(lock_result::deadlock, seen, cycle);
    }

    [[nodiscard]] lock_result refuse(lock_result result, lock_word seen,
                                     const found_cycle& cycle = {}) noexcept {
        count(record_, lock_event::contended);
        count(record_, result == lock_result::deadlock    ? lock_event::deadlock
                       : result == lock_result::timed_out ? lock_event::timed_out
                                                          : lock_event::too_deep);
        if (!verdicts_are_wanted()) return result;
        // A hook installed since the walk: nobody has described the cycle for it.
        if (result == lock_result::deadlock && cycle.shown == 0) return result;
        const bool gone = !seen.owner().is_free() && thread_is_gone(record_of(seen.owner().slot()));
        report_verdict({.result = result,
                        .lock = &word_,
                        .attempted_by = describe(me_),
                        .interrupt_depth = interrupt_depth(),
                        .owner = describe(seen.owner()),
                        .owner_is_gone = gone,
                        .waited_ns = time_.waited(),
                        .cycle = {cycle.edges, cycle.shown}});
        return result;
    }

    word_type& word_;
    slot_record& record_;
    const owner_id me_;
    deadline time_;
    growing_pause pause_;
    unsigned stood_back_ = 0;
    bool is_hungry_ = false;
    bool has_slept_ = false;
};

}  // namespace
}  // namespace detail

lock_result spinlock::lock_slowly(std::chrono::nanoseconds timeout) noexcept {
    detail::slot_record* record = detail::own_record();
    if (record == nullptr) {
        detail::count_no_slot();
        return lock_result::no_slot;
    }
    const auto bound = timeout.count() < 0 ? 0U : static_cast<std::uint64_t>(timeout.count());
    return detail::waiter(word_, *record, bound).run();
}

bool spinlock::try_lock_slowly() noexcept {
    detail::slot_record* record = detail::own_record();
    if (record == nullptr) return false;
    const detail::lock_word seen = detail::look(word_);
    // relaxed: this thread's own
    const detail::owner_id me(record->identity.load(std::memory_order_relaxed));
    if (!seen.owner().is_free() || !detail::take(word_, *record, seen, me, false)) return false;
    detail::count_acquired(*record);
    return true;
}

}  // namespace resile::inline RESILE_PLATFORM
