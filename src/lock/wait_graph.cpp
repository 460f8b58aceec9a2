// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The walk: finds a cycle of waits the instant it closes. Rules R3-R5 of docs/lock.md; model: proof/. Ours.
//
// Nodes are locks; a node is reached by one context's published wait. From a lock owned by (slot s, depth d)
// the edges are all waits of s at levels >= d: the owning context cannot run before they end.
//
// 1. One walk per wait is enough. An edge appears only when a running context publishes a wait; the last
//    one of a cycle to publish walks after it has closed, and sees all of it [publish-walk].
// 2. A cycle is believed if all its waits were read before one reading of all its owners, and stand after
//    it. A wait that did not change in between froze all contexts at or below its level, so the locks that
//    they own could not change hands either: while the owners were read, the cycle stood. Any difference:
//    the walk starts anew; it never means "no cycle".
// 3. The walk is cut short by nothing: what does not fit on the stack goes on in memory from the kernel. If
//    that is refused, or lock words cannot be read, the answer is `unknown`, and the waiter looks again
//    later.
// 4. Waits and owners may be read in any order: a cycle that is complete before the walk looks the same in
//    every one. So a walk first guesses the waits that lie behind its own if each owner is still the one
//    that its waiter saw, then reads all their owners by one system call, and keeps the guesses up to the
//    first wrong one. A cycle within them fulfils rule 2 so far; for any other one, whose later waits were
//    found by reading owners, all owners are read once more.

#include "lock/wait_graph.hpp"

#include "context/slot_state_word.hpp"
#include "context/slot_table.hpp"
#include "lock/verdict_report.hpp"
#include "lock/wait_word.hpp"

namespace resile::inline RESILE_PLATFORM::detail {
namespace {

struct wait_seen {
    wait_word word{0};
    wait_changes changes{0};
};

struct node {
    wait_seen wait;   // the one that leads to the lock
    owner_id waiter;  // whose it is: slot and level
    owner_id owner;   // of the lock, as read
    std::uint32_t parent = 0;

    [[nodiscard]] std::uintptr_t lock() const noexcept { return wait.word.lock(); }
    // Whether the lock's owner cannot run before that wait of his ends.
    [[nodiscard]] bool leads_to(owner_id waiting) const noexcept {
        return owner.same_slot(waiting) && owner.depth() <= waiting.depth();
    }
};

[[nodiscard]] wait_seen look_at_wait(const slot_record& record, unsigned level) noexcept {
    // relaxed: no wait there, as nearly always; one published later is walked from by its own publisher
    if (!wait_word(record.wait[level].load(std::memory_order_relaxed)).is_waiting()) return {};
    // acquire [wait-published]: count before word, see wait_word.hpp
    const wait_changes changes(record.changes[level].load(std::memory_order_acquire));
    // acquire [wait-published]: the same; and owners are read after it
    return {wait_word(record.wait[level].load(std::memory_order_acquire)), changes};
}

[[nodiscard]] bool wait_stands(const node& seen) noexcept {
    const slot_record& record = record_of(seen.waiter.slot());
    const unsigned level = seen.waiter.depth();
    // acquire [wait-published]: word before count this time
    if (wait_word(record.wait[level].load(std::memory_order_acquire)) != seen.wait.word) return false;
    // relaxed: the acquire above orders it
    return wait_changes(record.changes[level].load(std::memory_order_relaxed)) == seen.wait.changes;
}

enum class attempt : std::uint8_t { no_cycle, cycle, changed, no_room, unreadable };

class walk {
  public:
    walk(owner_id me, const platform::atomic<std::uint32_t>& target, node* nodes, std::size_t room) noexcept
        : me_(me), target_(target), nodes_(nodes), room_(room) {}

    [[nodiscard]] attempt run(found_cycle& cycle) noexcept {
        add(look_at_wait(record_of(me_.slot()), me_.depth()), me_, 0);
        std::size_t read = 0;
        for (std::size_t i = 0; i < count_; ++i) {
            if (i == read) {
                if (!read_on(i)) return attempt::unreadable;
                if (i == 0) guessed_ = count_;
                read = count_;
            }
            const owner_id owner = nodes_[i].owner;
            if (owner.is_free()) continue;
            if (owner.same_slot(me_)) return confirm(i, cycle);
            if (!visit_all(owner, i)) return attempt::no_room;
        }
        return attempt::no_cycle;
    }

  private:
    [[nodiscard]] bool visit_all(owner_id owner, std::size_t parent) noexcept {
        const slot_record& record = record_of(owner.slot());
        for (unsigned level = owner.depth(); level < max_nested_waits; ++level) {
            const wait_seen seen = look_at_wait(record, level);
            if (!seen.word.is_waiting() || is_known(owner_id(owner.slot(), level))) continue;
            if (count_ == room_) return false;
            add(seen, owner_id(owner.slot(), level), parent);
        }
        return true;
    }

    [[nodiscard]] bool is_known(owner_id waiter) const noexcept {
        for (std::size_t i = 0; i < count_; ++i)
            if (nodes_[i].waiter == waiter) return true;
        return false;
    }

    void add(const wait_seen& wait, owner_id waiter, std::size_t parent) noexcept {
        nodes_[count_++] = {
            .wait = wait, .waiter = waiter, .owner = {}, .parent = static_cast<std::uint32_t>(parent)};
    }

    // Reads the owners from node `from` on, and those of the path that hints promise behind the last node.
    [[nodiscard]] bool read_on(std::size_t from) noexcept {
        std::size_t sure = count_;
        guess_ahead();
        if (!read_owners(from, count_)) return false;
        while (sure < count_ && nodes_[sure - 1].leads_to(nodes_[sure].waiter)) ++sure;
        count_ = sure;
        return true;
    }

    void guess_ahead() noexcept {
        while (count_ < room_) {
            const owner_id owner = nodes_[count_ - 1].wait.changes.owner();
            if (owner.is_free() || owner.same_slot(me_)) return;
            const slot_record& record = record_of(owner.slot());
            unsigned level = owner.depth();
            wait_seen seen;
            while (level < max_nested_waits && !(seen = look_at_wait(record, level)).word.is_waiting())
                ++level;
            const owner_id waiter(owner.slot(), level);
            if (level == max_nested_waits || is_known(waiter)) return;
            add(seen, waiter, count_ - 1);
        }
    }

    // After all waits that were read before.
    [[nodiscard]] bool read_owners(std::size_t from, std::size_t to) noexcept {
        constexpr std::size_t batch = 32;
        const auto target = reinterpret_cast<std::uintptr_t>(&target_);
        for (std::size_t end; from < to; from = end) {
            end = to - from < batch ? to : from + batch;
            std::uintptr_t locks[batch];
            std::uint32_t words[batch];
            std::size_t foreign = 0;
            for (std::size_t i = from; i < end; ++i)
                if (nodes_[i].lock() != target) locks[foreign++] = nodes_[i].lock();
            if (foreign != 0 && !platform::read_words(locks, foreign, words)) return false;
            foreign = 0;
            for (std::size_t i = from; i < end; ++i)
                // relaxed: the caller waits for it, so it is mapped; the reading of waits orders it
                nodes_[i].owner = owner_in(
                    nodes_[i].lock() == target ? target_.load(std::memory_order_relaxed) : words[foreign++]);
        }
        return true;
    }

    // A wait may have ended, and something else be where its lock was.
    [[nodiscard]] static owner_id owner_in(std::uint32_t bits) noexcept {
        const lock_word word(bits);
        return word.is_legal() && word.owner().slot() < slot_count ? word.owner() : owner_id();
    }

    // Rule R5, from the last node of the cycle back to the first.
    [[nodiscard]] attempt confirm(std::size_t last, found_cycle& cycle) noexcept {
        // Beyond the guess, waits were read after owners. By now all have been read.
        if (last >= guessed_ && !read_owners(0, count_)) return attempt::unreadable;
        // [wait-published]: it was the kernel that read the owners, and a return from it orders nothing
        platform::full_fence();
        if (!nodes_[last].owner.same_slot(me_)) return attempt::changed;
        for (std::size_t i = last;; i = nodes_[i].parent) {
            if (!wait_stands(nodes_[i])) return attempt::changed;
            if (i == 0) break;
            if (!nodes_[nodes_[i].parent].leads_to(nodes_[i].waiter)) return attempt::changed;
        }
        if (verdicts_are_wanted()) describe_path(last, cycle);
        return attempt::cycle;
    }

    void describe_path(std::size_t last, found_cycle& cycle) const noexcept {
        cycle.length = 1;
        for (std::size_t i = last; i != 0; i = nodes_[i].parent) ++cycle.length;
        std::size_t position = cycle.length;
        for (std::size_t i = last;; i = nodes_[i].parent) {
            --position;
            if (position < found_cycle::room)
                cycle.edges[position] = {describe(nodes_[i].waiter),
                                         reinterpret_cast<const void*>(nodes_[i].lock()),
                                         describe(nodes_[i].owner)};
            if (i == 0) break;
        }
        cycle.shown = cycle.length < found_cycle::room ? cycle.length : found_cycle::room;
    }

    const owner_id me_;
    const platform::atomic<std::uint32_t>& target_;
    node* nodes_;
    std::size_t room_;
    std::size_t count_ = 0;
    std::size_t guessed_ = 0;  // nodes of the first guess that are a path
};

// A cycle whose members keep changing is not one that stands still for good: after this many tries the waiter
// waits a little and looks again.
constexpr int tries_per_look = 64;

[[nodiscard]] attempt walk_with(owner_id me, const platform::atomic<std::uint32_t>& lock, node* nodes,
                                std::size_t room, found_cycle& cycle) noexcept {
    for (int i = 0; i < tries_per_look; ++i) {
        const attempt outcome = walk(me, lock, nodes, room).run(cycle);
        if (outcome != attempt::changed) return outcome;
    }
    return attempt::changed;
}

// More waits than fit on a handler's stack: room for every wait that can exist.
[[nodiscard]] attempt walk_in_mapped_memory(owner_id me, const platform::atomic<std::uint32_t>& lock,
                                            found_cycle& cycle) noexcept {
    const std::size_t room = std::size_t{slots_ever_used()} * max_nested_waits + 1;
    void* memory = platform::map_memory(room * sizeof(node));
    if (memory == nullptr) return attempt::no_room;
    const attempt outcome = walk_with(me, lock, static_cast<node*>(memory), room, cycle);
    platform::unmap_memory(memory, room * sizeof(node));
    return outcome;
}

}  // namespace

walk_result find_cycle(owner_id me, const platform::atomic<std::uint32_t>& lock,
                       found_cycle& cycle) noexcept {
    node nodes[32];
    attempt outcome = walk_with(me, lock, nodes, 32, cycle);
    if (outcome == attempt::no_room) outcome = walk_in_mapped_memory(me, lock, cycle);
    if (outcome == attempt::no_cycle) return walk_result::no_cycle;
    return outcome == attempt::cycle ? walk_result::cycle : walk_result::unknown;
}

context_id describe(owner_id owner) noexcept {
    if (owner.is_free()) return {};
    // relaxed: for eyes
    const slot_state_word state(record_of(owner.slot()).state.load(std::memory_order_relaxed));
    return {state.thread(), static_cast<std::uint16_t>(owner.slot()),
            static_cast<std::uint16_t>(owner.depth())};
}

}  // namespace resile::inline RESILE_PLATFORM::detail
