// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A usage checker for locks: learns in which contexts each lock is taken, and reports a use that could
// deadlock some day, even if it did not today. For debug builds and for studies.
//
// Idea: Linux's lockdep ("inconsistent lock state"). Handlers are told apart by resile::interrupt_scope; what
// does not declare itself counts as the task.

#include <resile/context.hpp>
#include <resile/spinlock.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace resile::inline RESILE_PLATFORM {

// Return addresses, innermost first.
struct call_stack {
    std::array<const void*, 16> frames{};
    std::size_t size = 0;
};

enum class usage_fault : std::uint8_t {
    inconsistent,   // taken in the task and, elsewhere, waited for in an interrupt: may deadlock some day
    self_deadlock,  // the thread that owns the lock asked for it again: would have hung
};

// One fault. Self-contained: may be copied and kept.
struct usage_report {
    usage_fault fault = usage_fault::inconsistent;
    char lock_name[32] = {};
    const void* lock = nullptr;
    std::int32_t thread_id = 0;
    unsigned first_depth = 0;  // interrupt depth of the first use
    unsigned depth = 0;        // interrupt depth now
    call_stack first_use;
    call_stack use;
};

// Called once per lock, at its first fault, in the context that found it; must be async-signal-safe.
using usage_handler = void (*)(const usage_report&) noexcept;

// Installs a hook for the process, null for none; returns the one before. Contexts: any.
usage_handler set_usage_handler(usage_handler) noexcept;

// A ready hook: prints the report to standard error in one write. Contexts: any.
void print_usage_report(const usage_report&) noexcept;

// The text of a report, at most `size` bytes including the final zero; returns its length. Frames are shown
// as addresses. Contexts: any.
std::size_t format_usage_report(const usage_report&, char* text, std::size_t size) noexcept;

// The same with names of functions where they can be found. Contexts: the task only (it allocates).
std::size_t describe_usage_report(const usage_report&, char* text, std::size_t size);

struct usage_counts {
    std::uint64_t inconsistent = 0;    // locks reported
    std::uint64_t self_deadlocks = 0;  // every refusal, not only the first of a lock
};
[[nodiscard]] usage_counts usage_statistics() noexcept;

// A copy of the first report since the last call; false if there was none. Contexts: the task.
[[nodiscard]] bool take_first_usage_report(usage_report&) noexcept;

namespace detail {

// What is learnt about one lock.
class usage_record {
  public:
    constexpr explicit usage_record(const char* name) noexcept : name_(name) {}
    void set_name(const char* name) noexcept { name_ = name; }

    // Before waiting for the lock. `mine`: this thread owns it already.
    void about_to_wait(const void* lock, bool mine) noexcept;

  private:
    void report(usage_fault, const void* lock, unsigned depth) noexcept;

    const char* name_;
    platform::atomic<std::uint8_t> seen_{
        0};  // bit 0: used in the task, bit 1: in an interrupt, bit 2: reported
    platform::atomic<std::uint8_t> recorded_{0};  // 1: being written, 2: first_use_ is complete
    unsigned first_depth_ = 0;
    call_stack first_use_;
};

// The gate of checked<Lock>: a word that names the slot of its owner.
class owner_gate {
  public:
    // Waits; deadlock: this thread is in already. no_slot: see this_slot().
    [[nodiscard]] lock_result enter() noexcept;
    [[nodiscard]] bool try_enter() noexcept;
    void leave() noexcept;
    [[nodiscard]] bool is_mine() const noexcept;

  private:
    platform::atomic<int> owner_{0};  // slot + 1; 0: nobody
};

}  // namespace detail

// A lock that is watched. Lock: resile::spinlock, or any lock with lock(), try_lock(), unlock().
//
// A lock that does not say who owns it gets a gate in front: one word that names the owner and is taken
// before the lock and freed after it, each by one instruction. So an interrupt at any point finds either a
// free gate, and then the interrupted context has not the lock, or its own thread's, and is refused with
// lock_result::deadlock; it never waits for what it interrupted. The price: who waits, waits at the gate,
// without the fairness of Lock.
//
// Contexts: those of Lock. Cost over Lock: a few loads and stores; with a gate, one compare-and-swap more.
template <class Lock>
class checked {
    static constexpr bool names_its_owner = requires(const Lock& lock) { lock.held_by_this_thread(); };

  public:
    constexpr explicit checked(const char* name) noexcept : usage_(name) {}

    // Errors: those of Lock; of other locks deadlock (this thread owns it) and no_slot (see this_slot).
    [[nodiscard]] lock_result lock() noexcept {
        usage_.about_to_wait(this, held_by_this_thread());
        if constexpr (names_its_owner) {
            return lock_.lock();
        } else {
            if (const lock_result entered = gate_.enter(); entered != lock_result::acquired) return entered;
            lock_.lock();
            return lock_result::acquired;
        }
    }
    // Cannot hang, so it is not judged.
    [[nodiscard]] bool try_lock() noexcept {
        if constexpr (names_its_owner) {
            return lock_.try_lock();
        } else {
            if (!gate_.try_enter()) return false;
            if (lock_.try_lock()) return true;
            gate_.leave();
            return false;
        }
    }
    void unlock() noexcept {
        lock_.unlock();
        if constexpr (!names_its_owner) gate_.leave();
    }
    [[nodiscard]] bool held_by_this_thread() const noexcept {
        if constexpr (names_its_owner)
            return lock_.held_by_this_thread();
        else
            return gate_.is_mine();
    }
    [[nodiscard]] const Lock& underlying() const noexcept { return lock_; }
    void set_name(const char* name) noexcept { usage_.set_name(name); }

  private:
    struct nothing {};

    Lock lock_{};
    [[no_unique_address]] std::conditional_t<names_its_owner, nothing, detail::owner_gate> gate_{};
    detail::usage_record usage_;
};

}  // namespace resile::inline RESILE_PLATFORM
