// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The naive graph that the lock is compared with. It knows threads, the contexts stacked on each of them, and
// locks; it knows nothing of words, depths or walks. Not for concurrent use.

#include <array>
#include <cstddef>

namespace resile::lab {

// One level of execution: level 0 is the task of a thread, the rest are handlers on top of it.
struct context_ref {
    unsigned thread = 0;
    unsigned level = 0;
    bool operator==(const context_ref&) const = default;
};

class reference_wait_graph {
  public:
    static constexpr unsigned threads = 8;
    static constexpr unsigned levels = 4;
    static constexpr unsigned locks = 8;
    static constexpr int none = -1;

    // --- what happens ---------------------------------------------------------------------------------
    void enter(unsigned thread) { ++top_[thread]; }
    void leave(unsigned thread) { --top_[thread]; }
    void take(context_ref who, unsigned lock) {
        wanted_[who.thread][who.level] = none;
        owned_[lock] = true;
        owner_[lock] = who;
    }
    void release(unsigned lock) { owned_[lock] = false; }
    void stop_waiting(context_ref who) { wanted_[who.thread][who.level] = none; }
    void wait(context_ref who, unsigned lock) { wanted_[who.thread][who.level] = static_cast<int>(lock); }

    // --- what is so -----------------------------------------------------------------------------------
    [[nodiscard]] unsigned top(unsigned thread) const { return top_[thread]; }
    [[nodiscard]] context_ref top_context(unsigned thread) const { return {thread, top_[thread]}; }
    [[nodiscard]] bool is_owned(unsigned lock) const { return owned_[lock]; }
    [[nodiscard]] context_ref owner(unsigned lock) const { return owner_[lock]; }
    [[nodiscard]] bool owns(context_ref who, unsigned lock) const {
        return owned_[lock] && owner_[lock] == who;
    }
    [[nodiscard]] int wanted(context_ref who) const { return wanted_[who.thread][who.level]; }
    [[nodiscard]] bool is_waiting(context_ref who) const { return wanted(who) != none; }
    // Waits and is not interrupted: will take the lock when it becomes free.
    [[nodiscard]] bool may_take(context_ref who, unsigned lock) const {
        return top_[who.thread] == who.level && wanted(who) == static_cast<int>(lock);
    }

    // --- what follows ---------------------------------------------------------------------------------
    // Would `who`, waiting for `lock`, depend on itself?
    [[nodiscard]] bool would_deadlock(context_ref who, unsigned lock) const {
        if (!owned_[lock]) return false;
        seen_ = {};
        return depends(owner_[lock], who);
    }

  private:
    // Does `from` have to wait for `on` to do something? It does if they are one, if a context above `from`
    // on its thread does (it must return first), or if the owner of the lock that `from` waits for does.
    bool depends(context_ref from, context_ref on) const {
        if (from == on) return true;
        if (seen_[from.thread][from.level]) return false;
        seen_[from.thread][from.level] = true;
        for (unsigned above = from.level + 1; above <= top_[from.thread]; ++above)
            if (depends({from.thread, above}, on)) return true;
        const int lock = wanted(from);
        if (lock == none || !owned_[static_cast<std::size_t>(lock)]) return false;
        return depends(owner_[static_cast<std::size_t>(lock)], on);
    }

    std::array<unsigned, threads> top_{};
    std::array<std::array<int, levels>, threads> wanted_ = [] {
        std::array<std::array<int, levels>, threads> nothing{};
        for (auto& thread : nothing) thread.fill(none);
        return nothing;
    }();
    std::array<bool, locks> owned_{};
    std::array<context_ref, locks> owner_{};
    mutable std::array<std::array<bool, levels>, threads> seen_{};
};

}  // namespace resile::lab
