// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/schedule/lock_scenario.hpp"

#include <utility>

namespace resile_lab {
namespace {

[[nodiscard]] std::string say_lock(std::uint64_t bits) {
    const resile::detail::lock_word word(static_cast<std::uint32_t>(bits));
    std::string text = word.owner().is_free() ? "free"
                                              : "owned by slot " + std::to_string(word.owner().slot()) +
                                                    ", depth " + std::to_string(word.owner().depth());
    if (word.has_sleepers()) text += ", sleepers";
    if (word.is_hungry()) text += ", hungry";
    return text;
}

}  // namespace

lock_scenario::lock_scenario(std::vector<lock_script> scripts, std::vector<lock_script> handlers,
                             unsigned threads)
    : product_scenario(threads), scripts_(std::move(scripts)), handlers_(std::move(handlers)) {}

unsigned lock_scenario::handlers_of(unsigned) const {
    return handlers_.empty() ? 0 : graph::levels - 1;
}

void lock_scenario::begin() {
    graph_ = {};
    waits_ = {};
}

void lock_scenario::run_thread(scheduler& how, unsigned thread) {
    follow(how, scripts_[thread % scripts_.size()]);
}

void lock_scenario::run_handler(scheduler& how, unsigned thread, unsigned) {
    graph_.enter(thread);
    look_for_cycles();
    follow(how, handlers_[thread % handlers_.size()]);
    graph_.leave(thread);
}

void lock_scenario::follow(scheduler& how, const lock_script& script) {
    const context me{how.thread(), how.level()};
    std::array<bool, locks> mine{};
    const auto release = [&](unsigned lock) {
        if (how.is_telling()) how.note("unlock " + name_of(lock));
        mine[lock] = false;
        locks_[lock].unlock();
    };
    for (const char step : script) {
        if (step >= 'a') {
            release(static_cast<unsigned>(step - 'a'));
            continue;
        }
        const auto lock = static_cast<unsigned>(step - 'A');
        if (!take(how, me, lock)) break;
        mine[lock] = true;
    }
    for (unsigned lock = 0; lock < locks; ++lock)
        if (mine[lock]) release(lock);
}

bool lock_scenario::take(scheduler& how, context me, unsigned lock) {
    if (how.is_telling()) how.note("lock " + name_of(lock));
    waiting& mine = waits_[me.thread][me.level];
    mine = {.now = true, .could_never_end = false};
    graph_.wait(me, lock);
    look_for_cycles();
    const resile::lock_result result = locks_[lock].lock_for(patience);
    graph_.stop_waiting(me);
    mine.now = false;
    if (how.is_telling()) how.note(std::string("= ") + resile::to_string(result));
    switch (result) {
        case resile::lock_result::acquired:
            if (!graph_.owns(me, lock)) how.fail("lock " + name_of(lock) + " was not acquired, but said so");
            return true;
        case resile::lock_result::deadlock:
            if (!mine.could_never_end)
                how.fail("false verdict: no cycle went through the wait for lock " + name_of(lock));
            return false;
        default:
            how.fail((mine.could_never_end ? "missed deadlock: " : "a wait that could end did not: ") +
                     std::string(resile::to_string(result)) + " at lock " + name_of(lock));
            return false;
    }
}

void lock_scenario::word_changed(scheduler& how, const void* word, std::uint64_t content) {
    for (unsigned lock = 0; lock < locks; ++lock) {
        if (word != &locks_[lock]) continue;
        const resile::detail::owner_id owner =
            resile::detail::lock_word(static_cast<std::uint32_t>(content)).owner();
        const context me{how.thread(), how.level()};
        if (owner.is_free()) {
            if (graph_.is_owned(lock) && !graph_.owns(me, lock))
                return how.fail("lock " + name_of(lock) + " was released by somebody who does not own it");
            graph_.release(lock);
        } else if (!graph_.is_owned(lock)) {
            if (owner.slot() != slot_of(how.thread()))
                return how.fail("lock " + name_of(lock) + " names somebody else as its owner");
            graph_.take(me, lock);
        } else if (owner.slot() != slot_of(graph_.owner(lock).thread)) {
            return how.fail("mutual exclusion: lock " + name_of(lock) + " was taken from its owner");
        }
        return look_for_cycles();
    }
}

void lock_scenario::look_for_cycles() {
    for (unsigned thread = 0; thread < threads(); ++thread)
        for (unsigned level = 0; level < graph::levels; ++level) {
            waiting& wait = waits_[thread][level];
            const context who{thread, level};
            if (!wait.now || wait.could_never_end || !graph_.is_waiting(who)) continue;
            wait.could_never_end = graph_.would_deadlock(who, static_cast<unsigned>(graph_.wanted(who)));
        }
}

std::string lock_scenario::judge(scheduler&) {
    for (unsigned lock = 0; lock < locks; ++lock)
        if (graph_.is_owned(lock)) return "lock " + name_of(lock) + " is still owned, and nobody is there";
    return {};
}

named_word lock_scenario::name(const void* word) const {
    for (unsigned lock = 0; lock < locks; ++lock)
        if (word == &locks_[lock]) return {"lock " + name_of(lock), say_lock};
    return product_scenario::name(word);
}

}  // namespace resile_lab
