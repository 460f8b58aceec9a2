// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The walk: finds a cycle of waits the instant it closes. Rules R3-R5 of docs/lock.md; model: proof/. Ours.
//
// Nodes are locks; a node is reached by one context's published wait. From a lock owned by (slot s, depth d)
// the edges are all waits of s at levels >= d: the owning context cannot run before they end.
//
// 1. One walk per wait is enough. An edge appears only when a running context publishes a wait; the last one
// of
//    a cycle to publish walks after it has closed, and sees all of it [publish-walk].
// 2. A cycle is believed only after a second collect: the owners once more, then the wait words once more. A
//    wait that did not change meanwhile froze all contexts at or below its level, so the locks that they own
//    could not change hands either: at the moment between the collects the cycle stood. Any difference: the
//    walk starts anew; it never means "no cycle".
// 3. The walk is cut short by nothing: what does not fit on the stack goes on in memory from the kernel. If
// that
//    is refused, or lock words cannot be read, the answer is `unknown`, and the waiter looks again later.
// 4. Owners may be read in any order and any number at once: a cycle that is complete before the walk looks
// the
//    same in every order. So a walk first guesses its way along `owner_hint`, reads all words on it by one
//    system call, and then follows what was read, not what was guessed.

#include "lock/wait_graph.hpp"

#include "context/slot_state_word.hpp"
#include "context/slot_table.hpp"
#include "lock/wait_word.hpp"

namespace resile::inline RESILE_PLATFORM::detail {
namespace {

struct node {
    wait_word wait{0};          // the wait that leads to the lock
    std::uint64_t changes = 0;  // of that wait
    std::uint32_t parent = 0;
    owner_id owner;          // of the lock, as read
    std::uint16_t slot = 0;  // whose wait it is
    std::uint16_t level = 0;
};

// Owner words read by the kernel, which does not fault.
class owner_reader {
  public:
    static constexpr std::size_t room = 32;

    void plan(std::uintptr_t lock) noexcept {
        if (planned_ < room && !is_planned(lock)) addresses_[planned_++] = lock;
    }
    [[nodiscard]] bool is_full() const noexcept { return planned_ == room; }
    [[nodiscard]] bool is_planned(std::uintptr_t lock) const noexcept { return index_of(lock) < planned_; }
    [[nodiscard]] bool read() noexcept { return platform::read_words(addresses_, planned_, values_); }
    [[nodiscard]] owner_id owner_of(std::uintptr_t lock) const noexcept {
        // A wait may have ended, and something else be where its lock was.
        const lock_word word(values_[index_of(lock)]);
        return word.is_legal() && word.owner().slot() < slot_count ? word.owner() : owner_id();
    }
    void clear() noexcept { planned_ = 0; }

  private:
    [[nodiscard]] std::size_t index_of(std::uintptr_t lock) const noexcept {
        std::size_t i = 0;
        while (i < planned_ && addresses_[i] != lock) ++i;
        return i;
    }

    std::size_t planned_ = 0;
    std::uintptr_t addresses_[room];
    std::uint32_t values_[room];
};

struct wait_seen {
    wait_word word;
    std::uint64_t changes;
};

[[nodiscard]] wait_seen look_at_wait(unsigned slot, unsigned level) noexcept {
    const slot_record& record = record_of(slot);
    // relaxed: no wait there, as nearly always; one published later is walked from by its own publisher
    if (!wait_word(record.wait[level].load(std::memory_order_relaxed)).is_waiting()) return {wait_word(0), 0};
    // acquire [wait-published]: count before word, see wait_word.hpp
    const std::uint64_t changes = record.changes[level].load(std::memory_order_acquire);
    return {wait_word(record.wait[level].load(std::memory_order_acquire)), changes};  // acquire: same label
}

[[nodiscard]] bool wait_stands(const node& seen) noexcept {
    const slot_record& record = record_of(seen.slot);
    // acquire [wait-published]: word before count this time
    if (record.wait[seen.level].load(std::memory_order_acquire) != seen.wait.bits()) return false;
    // relaxed: the acquire above orders it
    return record.changes[seen.level].load(std::memory_order_relaxed) == seen.changes;
}

enum class attempt : std::uint8_t { no_cycle, cycle, changed, no_room, unreadable };

class walk {
  public:
    walk(owner_id me, const platform::atomic<std::uint32_t>& target, node* nodes, std::size_t room) noexcept
        : me_(me), target_(target), nodes_(nodes), room_(room) {}

    [[nodiscard]] attempt run(found_cycle& cycle) noexcept {
        const wait_seen mine = look_at_wait(me_.slot(), me_.depth());
        nodes_[0] = {.wait = mine.word,
                     .changes = mine.changes,
                     .parent = 0,
                     .owner = {},
                     .slot = static_cast<std::uint16_t>(me_.slot()),
                     .level = static_cast<std::uint16_t>(me_.depth())};
        count_ = 1;
        for (std::size_t i = 0; i < count_; ++i) {
            if (!read_owner(i)) return attempt::unreadable;
            const owner_id owner = nodes_[i].owner;
            if (owner.is_free()) continue;
            if (owner.same_slot(me_)) return confirm(i, cycle);
            for (unsigned level = owner.depth(); level < max_nested_waits; ++level)
                if (!visit(owner.slot(), level, i)) return attempt::no_room;
        }
        return attempt::no_cycle;
    }

  private:
    [[nodiscard]] bool visit(unsigned slot, unsigned level, std::size_t parent) noexcept {
        const wait_seen seen = look_at_wait(slot, level);
        if (!seen.word.is_waiting()) return true;
        for (std::size_t i = 0; i < count_; ++i)
            if (nodes_[i].slot == slot && nodes_[i].level == level) return true;
        if (count_ == room_) return false;
        nodes_[count_++] = {.wait = seen.word,
                            .changes = seen.changes,
                            .parent = static_cast<std::uint32_t>(parent),
                            .owner = {},
                            .slot = static_cast<std::uint16_t>(slot),
                            .level = static_cast<std::uint16_t>(level)};
        return true;
    }

    [[nodiscard]] bool read_owner(std::size_t i) noexcept {
        const std::uintptr_t lock = nodes_[i].wait.lock();
        if (lock == reinterpret_cast<std::uintptr_t>(&target_)) {
            // relaxed: the caller waits for it, so it is mapped; ordered by the fence before the walk.
            nodes_[i].owner = lock_word(target_.load(std::memory_order_relaxed)).owner();
            return true;
        }
        if (!reader_.is_planned(lock)) {
            reader_.clear();
            for (std::size_t k = i; k < count_; ++k) reader_.plan(nodes_[k].wait.lock());
            guess_ahead(nodes_[count_ - 1]);
            if (!reader_.read()) return false;
        }
        nodes_[i].owner = reader_.owner_of(lock);
        return true;
    }

    // Plans the locks that lie behind a node if every owner is still the one that its waiter saw.
    void guess_ahead(const node& from) noexcept {
        unsigned slot = from.slot;
        unsigned level = from.level;
        while (!reader_.is_full()) {
            // relaxed: a guess; only what the kernel reads afterwards is believed.
            const owner_id owner(record_of(slot).owner_hint[level].load(std::memory_order_relaxed));
            if (owner.is_free() || owner.same_slot(me_)) return;
            slot = owner.slot();
            level = owner.depth();
            while (level < max_nested_waits && !look_at_wait(slot, level).word.is_waiting()) ++level;
            if (level == max_nested_waits) return;
            const std::uintptr_t lock = look_at_wait(slot, level).word.lock();
            if (lock == 0 || reader_.is_planned(lock)) return;
            reader_.plan(lock);
        }
    }

    // Rule R5, from the last node of the cycle back to the first.
    [[nodiscard]] attempt confirm(std::size_t last, found_cycle& cycle) noexcept {
        platform::full_fence();  // [second-collect]: partner is the same fence of every other walk
        if (!owners_stand(last)) return reader_failed_ ? attempt::unreadable : attempt::changed;
        // The waits are read after the owners: the kernel read the latter, and a fence keeps the order where
        // a return from it does not [second-collect].
        platform::full_fence();
        for (std::size_t i = last;; i = nodes_[i].parent) {
            if (!wait_stands(nodes_[i])) return attempt::changed;
            if (i == 0) break;
        }
        describe_path(last, cycle);
        return attempt::cycle;
    }

    [[nodiscard]] bool owners_stand(std::size_t last) noexcept {
        for (std::size_t i = last; i != 0;) {
            reader_.clear();
            std::size_t k = i;
            for (; k != 0 && !reader_.is_full(); k = nodes_[k].parent) reader_.plan(nodes_[k].wait.lock());
            if (!reader_.read()) {
                reader_failed_ = true;
                return false;
            }
            for (; i != k; i = nodes_[i].parent)
                if (reader_.owner_of(nodes_[i].wait.lock()) != nodes_[i].owner) return false;
        }
        // relaxed: ordered by the fence before
        return lock_word(target_.load(std::memory_order_relaxed)).owner() == nodes_[0].owner;
    }

    void describe_path(std::size_t last, found_cycle& cycle) const noexcept {
        cycle.length = 1;
        for (std::size_t i = last; i != 0; i = nodes_[i].parent) ++cycle.length;
        std::size_t position = cycle.length;
        for (std::size_t i = last;; i = nodes_[i].parent) {
            --position;
            if (position < found_cycle::room)
                cycle.edges[position] = {describe(owner_id(nodes_[i].slot, nodes_[i].level)),
                                         reinterpret_cast<const void*>(nodes_[i].wait.lock()),
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
    owner_reader reader_;
    bool reader_failed_ = false;
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
