// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Operations of locks that meet on one thread, and what each must have been answered (L1-L4). Four locks, all
// free, or the first owned by another thread, or by the task itself.

#include "lab/injection/experiment.hpp"
#include "lab/injection/lock_threads.hpp"

#include <resile/detail/slot_record.hpp>
#include <resile/spinlock.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

namespace resile_lab {

// `unlock`: of the lock that the task owns.
enum class lock_operation : std::uint8_t { lock, lock_for, try_lock, guard, two_locks, unlock };
inline constexpr const char* lock_operations[] = {"lock",  "lock_for",  "try_lock",
                                                  "guard", "two_locks", "unlock"};

// `the_task_wanted`: another thread sleeps on what the task owns.
enum class lock_owner : std::uint8_t { nobody, another_thread, the_task, the_task_wanted };
// Which locks the interrupting operations want: those of the interrupted one in the same order, in the
// opposite order, or others. `behind`: all in the opposite order, the first lock last.
enum class lock_choice : std::uint8_t { same, crossed, others, behind };

struct lock_trial {
    std::vector<lock_operation> operations;
    lock_owner owner = lock_owner::nobody;
    lock_choice choice = lock_choice::same;
    bool kill = false;
};

template <class Lock>
class lock_experiment final : public experiment {
    using result = resile::lock_result;

  public:
    explicit lock_experiment(const lock_trial& trial) : trial_(trial) {
        holders_.fill(nobody);
        if (trial.owner == lock_owner::another_thread) other_.emplace(locks_[0]);
        const bool mine = trial.owner == lock_owner::the_task || trial.owner == lock_owner::the_task_wanted;
        if (mine && locks_[0].lock() == result::acquired) holders_[0] = the_task;
        if constexpr (std::is_same_v<Lock, resile::spinlock>)
            if (trial.owner == lock_owner::the_task_wanted) sleeper_.emplace(locks_[0], sleepers_patience);
    }

    ~lock_experiment() override { release_own(); }

    bool has_other_threads_running() const override { return sleeper_.has_value(); }

    void perform(std::size_t context) noexcept override {
        const bool crossed =
            trial_.choice == lock_choice::behind || (context != 0 && trial_.choice == lock_choice::crossed);
        const std::size_t base = context != 0 && trial_.choice == lock_choice::others ? 2 : 0;
        const std::size_t first = base + (crossed ? 1 : 0), second = base + (crossed ? 0 : 1);
        const auto what = trial_.operations[context];
        if (what == lock_operation::unlock) {
            holders_[0] = nobody;
            locks_[0].unlock();
        } else if (what != lock_operation::two_locks) {
            use(context, what, first, [] {});
        } else {
            // Released in the order in which they were taken.
            use(context, lock_operation::lock, first,
                [&] { use(context, lock_operation::lock, second, [] {}); });
        }
    }

    verdict judge() override {
        verdict found;
        if (broken_ != nullptr)
            found.broken = std::string(broken_) + " (context " + std::to_string(broken_by_) + ")";
        for (std::size_t i = 0; i < refusals_.size(); ++i)
            if (refusals_[i]) found.seen.push_back(std::string("answered ") + to_string(result(i)));
        if (trial_.kill) {
            ask_others(found);
        } else {
            release_own();
            other_.reset();
            if (found.broken.empty()) found.broken = what_is_left();
        }
        return found;
    }

    std::string judge_heirs() override {
        if constexpr (std::is_same_v<Lock, resile::spinlock>)
            return ask_heirs();
        else
            return {};
    }

  private:
    static constexpr int nobody = -1, the_task = 9;

    void release_own() noexcept {
        if (holders_[0] != the_task || trial_.kill) return;
        holders_[0] = nobody;
        locks_[0].unlock();
    }

    template <class Inside>
    void use(std::size_t context, lock_operation how, std::size_t which, Inside&& inside) noexcept {
        Lock& lock = locks_[which];
        const int holder = holders_[which];
        const bool mine = lock.held_by_this_thread();
        const auto section = [&](result answer) {
            check(context, how, which, holder, mine, answer);
            if (answer != result::acquired) return false;
            const int before = holders_[which];
            holders_[which] = static_cast<int>(context);
            inside();
            holders_[which] = before;
            return true;
        };
        if constexpr (std::is_same_v<Lock, resile::spinlock>) {
            if (how == lock_operation::guard) {
                const resile::spin_guard guard(lock, patience(which));
                (void)section(guard.result());
                return;
            }
        }
        if (section(take(lock, how, which))) lock.unlock();
    }

    [[nodiscard]] bool is_theirs(std::size_t which) const noexcept {
        return which == 0 && trial_.owner == lock_owner::another_thread;
    }
    // Nobody wants to wait for long for what another thread owns.
    [[nodiscard]] std::chrono::nanoseconds patience(std::size_t which) const noexcept {
        return is_theirs(which) ? std::chrono::nanoseconds(0) : std::chrono::milliseconds(2);
    }
    [[nodiscard]] result take(Lock& lock, lock_operation how, std::size_t which) noexcept {
        if (how == lock_operation::try_lock) return lock.try_lock() ? result::acquired : result::deadlock;
        const bool simply = how != lock_operation::lock_for && !is_theirs(which);
        return simply ? lock.lock() : lock.lock_for(patience(which));
    }

    void check(std::size_t context, lock_operation how, std::size_t which, int holder, bool mine,
               result answer) noexcept {
        const bool theirs = is_theirs(which), tried = how == lock_operation::try_lock;
        refusals_[static_cast<std::size_t>(answer)] = true;
        const char* wrong = nullptr;
        if (answer == result::acquired && (holder != nobody || mine || theirs))
            wrong = "L1 mutual exclusion: acquired a lock that somebody owns";
        else if (theirs && !tried && answer != result::timed_out)
            wrong = "L4: not timed_out, of a lock that another thread owns";
        else if (!theirs && answer == result::timed_out)
            wrong = mine || context == 0
                        ? "L3 AA: timed_out instead of deadlock"
                        : "L2 no window, L3 AA: waited in vain for the context that it interrupted";
        else if (!theirs && !tried && answer == result::deadlock && !mine)
            wrong = "L3: a deadlock is invented, the lock is not this thread's";
        else if (answer == result::no_slot || answer == result::too_deep)
            wrong = "refused for want of slots or depth";
        else if (tried && answer != result::acquired && !mine && !theirs)
            wrong = "L2 no window: try_lock refused, and nobody is recorded as owner";
        if (wrong == nullptr || broken_ != nullptr) return;
        broken_ = wrong;
        broken_by_ = context;
    }

    // After everybody has ended.
    [[nodiscard]] std::string what_is_left() {
        for (Lock& lock : locks_) {
            if (lock.held_by_this_thread() || !lock.try_lock()) return "a lock is left behind, not free";
            lock.unlock();
        }
        if constexpr (std::is_same_v<Lock, resile::spinlock>) {
            // relaxed: this thread's own, all of it
            const auto& record = *resile::detail::own_record();
            if (record.held.load(std::memory_order_relaxed) != 0) return "L6: locks are counted as owned";
            const resile::detail::owner_id me(
                record.identity.load(std::memory_order_relaxed));  // relaxed: own
            if (me.depth() != 0) return "R7: a wait is counted that is over";
            for (const auto& wait : record.wait)
                if (wait.load(std::memory_order_relaxed) << 9 != 0)  // relaxed: own; above: its sequence
                    return "R6: a wait is published that is over";
        }
        return {};
    }

    // What other threads are told of what the dead context left behind, while its thread lives.
    void ask_others(verdict& found) {
        for (std::size_t i = 0; i < locks_.size(); ++i) {
            kept_[i] = locks_[i].held_by_this_thread();
            const bool is_taken = kept_[i] || is_theirs(i);
            result answer{};
            std::thread([&] { answer = asked(locks_[i], is_taken ? little : plenty); }).join();
            found.seen.push_back(std::string("another thread: ") + to_string(answer));
            expect(answer, is_taken ? result::timed_out : result::acquired, "another thread", found.broken);
        }
        if (sleeper_) ask_sleeper(found);
        // Who owns what the dead context waits for closes a cycle, as long as the wait stands.
        if (!other_ || !kept_[1]) return;
        const result answer = other_->ask(locks_[1], little);
        found.seen.push_back(std::string("whom it waits for: ") + to_string(answer));
        expect(answer, waits_for(locks_[0]) ? result::deadlock : result::timed_out, "whom it waits for",
               found.broken);
    }
    // Who slept on the lock when its owner died, releasing it.
    void ask_sleeper(verdict& found) {
        const bool late = sleeper_->may_have_given_up();
        const result answer = sleeper_->answer();
        found.seen.push_back(std::string("a sleeper: ") + to_string(answer));
        const bool in_vain = kept_[0] || (late && answer == result::timed_out);
        expect(answer, in_vain ? result::timed_out : result::acquired, "a sleeper", found.broken);
        if (!sleeper_->was_in_time(slack) && found.broken.empty())
            found.broken = "survivors: a sleeper slept far beyond its timeout";
    }
    // The dead context's thread has ended, and everybody knows: no timeout has to pass, and what it owned can
    // be taken over.
    [[nodiscard]] std::string ask_heirs() {
        std::string broken;
        for (std::size_t i = 0; i < locks_.size(); ++i) {
            const auto begun = std::chrono::steady_clock::now();
            if (kept_[i]) {
                expect(locks_[i].lock_for(plenty), result::timed_out, "an heir", broken);
                if (!locks_[i].break_dead_owner()) return "heirs: break_dead_owner() refuses";
                locks_[i].unlock();
            }
            expect(asked(locks_[i], is_theirs(i) ? little : plenty),
                   is_theirs(i) ? result::timed_out : result::acquired, "an heir", broken);
            if (other_ && kept_[i])
                expect(other_->ask(locks_[i], plenty), result::acquired, "whom it waited for", broken);
            if (std::chrono::steady_clock::now() - begun > slack && broken.empty())
                broken = "heirs: the end of a thread was not noticed before the timeout";
        }
        return broken;
    }
    static void expect(result answer, result right, const char* who, std::string& broken) {
        if (answer != right && broken.empty())
            broken = std::string("survivors: ") + who + " is told " + to_string(answer) + ", not " +
                     to_string(right);
    }
    [[nodiscard]] static result asked(Lock& lock, std::chrono::nanoseconds patience) {
        const result answer = lock.lock_for(patience);
        if (answer == result::acquired) lock.unlock();
        return answer;
    }
    // Whether this thread has published, and never withdrawn, that it waits for the lock.
    [[nodiscard]] static bool waits_for(const Lock& lock) {
        bool found = false;
        for (const auto& wait : resile::detail::own_record()->wait)  // relaxed: this thread's own
            found |=
                wait.load(std::memory_order_relaxed) << 9 >> 7 == reinterpret_cast<std::uintptr_t>(&lock);
        return found;
    }

    // Of waits that must end by the timeout, of those that must not, and how late a busy machine may be.
    static constexpr std::chrono::microseconds little{200};
    static constexpr std::chrono::milliseconds sleepers_patience{10};
    static constexpr std::chrono::seconds plenty{20}, slack{10};

    lock_trial trial_;
    std::array<Lock, 4> locks_{};
    std::array<volatile int, 4> holders_{};
    std::array<bool, 8> refusals_{};
    const char* broken_ = nullptr;
    std::size_t broken_by_ = 0;
    std::array<bool, 4> kept_{};  // by the dead context
    std::optional<other_owner<Lock>> other_;
    std::optional<sleeping_waiter<Lock>> sleeper_;
};

}  // namespace resile_lab
