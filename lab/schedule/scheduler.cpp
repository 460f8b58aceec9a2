// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/schedule/scheduler.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace resile_lab {
namespace {

constexpr std::size_t stack_bytes = 256 * 1024;
constexpr std::int32_t first_thread_id = 1000;
constexpr std::uint64_t never = ~std::uint64_t{0};

}  // namespace

scheduler::scheduler(scenario& what, void** record_cell)
    : scenario_(what), record_cell_(record_cell), count_(what.threads()) {
    if (count_ == 0 || count_ > most_threads) throw std::length_error("a scenario has 1 to 8 threads");
    if (active_doorkeeper != nullptr)
        throw std::logic_error("one scheduler at a time: the product has one door");
    active_doorkeeper = this;
    for (unsigned i = 0; i < count_; ++i) {
        threads_[i].stack = std::make_unique<fiber>(stack_bytes);
        arguments_[i] = {this, i};
    }
}

scheduler::~scheduler() {
    active_doorkeeper = nullptr;
}

run_outcome scheduler::run(search_strategy& strategy, const schedule_limits& limits, bool every_access) {
    strategy_ = &strategy;
    limits_ = limits;
    every_access_ = every_access;
    outcome_ = {};
    preemptions_ = interrupts_ = stubborn_ = 0;
    clock_ = 1'000'000;
    changes_ = instants_ = 0;
    for (unsigned i = 0; i < count_; ++i) {
        virtual_thread& it = threads_[i];
        it.record_at_start = it.record;
        it.now = life::ready;
        it.fresh = true;
        it.pausing = it.interrupted = false;
        it.stubborn = it.level = it.handlers = 0;
        it.steps = it.seen_changes = it.wake_at = 0;
        it.parked_on = nullptr;
        it.to_stamp = nullptr;
        it.stack->begin_with(live_in, &arguments_[i]);
    }
    scenario_.begin();
    door::now = {
        .scheduling = true, .logging = true, .watching = scenario_.watches(), .telling = story_ != nullptr};
    // The first one is chosen as if somebody had just ended.
    go_elsewhere(life::ended);
    door::now = {.scheduling = false, .logging = true};
    if (outcome_.failure.empty()) outcome_.failure = scenario_.judge(*this);
    door::now = {};
    undo_.undo();
    for (void* memory : unmapped_) std::free(memory);
    unmapped_.clear();
    for (unsigned i = 0; i < count_; ++i) threads_[i].record = threads_[i].record_at_start;
    return std::move(outcome_);
}

void scheduler::become(unsigned thread) noexcept {
    threads_[current_].record = *record_cell_;
    current_ = thread;
    *record_cell_ = threads_[current_].record;
}

void scheduler::live_in(void* argument) {
    const auto& [self, thread] = *static_cast<live_argument*>(argument);
    self->live(thread);
}

void scheduler::live(unsigned thread) {
    if (std::exchange(me().interrupted, false)) handle_interrupt();
    scenario_.run_thread(*this, thread);
    for (;;) {
        go_elsewhere(life::ended);
        // Only an interrupt brings it back.
        me().now = life::ready;
        me().interrupted = false;
        handle_interrupt();
    }
}

void scheduler::step() {
    ++me().steps;
    if (++outcome_.steps > limits_.steps)
        fail("livelock: " + std::to_string(limits_.steps) + " steps, and no end");
}

word_table::contexts scheduler::context_bit() const noexcept {
    return word_table::contexts{1} << (current_ * 4 + std::min(threads_[current_].level, 3U));
}

void scheduler::arrive(door::act what, const void* first, const void* second) {
    step();
    bool contended = words_.note(first, what, context_bit());
    if (second != nullptr) contended = words_.note(second, what, context_bit()) || contended;
    if (!contended && !every_access_) return;
    make_way();
    if (!contended) return;
    me().fresh = false;
    if (me().to_stamp != nullptr) *std::exchange(me().to_stamp, nullptr) = ++instants_;
}

void scheduler::make_way() {
    for (;;) {
        open_alternatives open;
        open.add(current_, false);
        if (may_interrupt(current_)) open.add(current_, true);
        // Before its first contended access a thread has done nothing that anybody could know.
        if (preemptions_ < limits_.preemptions && (every_access_ || !me().fresh || me().level != 0)) {
            for (unsigned i = 0; i < count_; ++i) {
                if (i == current_) continue;
                if (threads_[i].now == life::ready && has_news_for(threads_[i])) open.add(i, false);
                if (may_interrupt(i)) open.add(i, true);
            }
        }
        if (open.size == 1) return;
        const alternative chosen = ask(open, true);
        account(chosen, chosen.thread != current_);
        if (chosen.thread != current_) {
            switch_to(chosen);
            if (!std::exchange(me().interrupted, false)) return;
        } else if (!chosen.interrupt) {
            return;
        }
        handle_interrupt();
    }
}

void scheduler::go_elsewhere(life state) {
    me().now = state;
    ++me().steps;  // a place of its own for deviations
    const unsigned next = next_in_turn();
    const bool free_choice = state == life::ended;
    const bool others = free_choice || preemptions_ < limits_.preemptions;
    open_alternatives open;
    open.add(next, false);
    if (state == life::ready && next != current_ && stubborn_ < limits_.stubborn) open.add(current_, false);
    for (unsigned i = 0; i < count_; ++i) {
        const bool able = threads_[i].now == life::ready && i != current_ && has_news_for(threads_[i]);
        if (others && i != next && able) open.add(i, false);
        if ((others || i == next || i == current_) && may_interrupt(i)) open.add(i, true);
    }
    const alternative chosen = open.size == 1 ? open.list[0] : ask(open, false);
    account(chosen, !free_choice && chosen.thread != next && chosen.thread != current_);
    if (chosen.thread == the_end) return leave();
    if (chosen.thread == current_ && next != current_ && !chosen.interrupt) {
        ++stubborn_;
        me().stubborn = stubborn_pauses;
    }
    if (chosen.thread == current_)
        me().interrupted = chosen.interrupt;
    else
        switch_to(chosen);
    if (free_choice) return;
    // Woken up, or interrupted: a handler ends the sleep below it, as EINTR does.
    me().now = life::ready;
    me().parked_on = nullptr;
    if (std::exchange(me().interrupted, false)) handle_interrupt();
}

bool scheduler::has_news_for(const virtual_thread& it) const noexcept {
    return !it.pausing || it.seen_changes != changes_;
}

bool scheduler::may_interrupt(unsigned thread) const noexcept {
    return interrupts_ < limits_.interrupts && threads_[thread].handlers < scenario_.handlers_of(thread);
}

unsigned scheduler::next_in_turn() {
    const auto find = [&](auto&& suits) {
        for (unsigned i = 1; i <= count_; ++i) {
            const unsigned other = current_ == nobody ? i - 1 : (current_ + i) % count_;
            if (threads_[other].now == life::ready && suits(threads_[other])) return other;
        }
        return nobody;
    };
    unsigned next = find([&](const virtual_thread& it) { return has_news_for(it); });
    // All pause: in turn; the one who asks comes last.
    if (next == nobody) next = find([](const virtual_thread&) { return true; });
    if (next != nobody) return next;
    // All sleep: until the first wakes up.
    virtual_thread* first = nullptr;
    for (unsigned i = 0; i < count_; ++i)
        if (threads_[i].now == life::parked && (first == nullptr || threads_[i].wake_at < first->wake_at))
            first = &threads_[i];
    if (first == nullptr) return the_end;
    if (first->wake_at == never) fail("deadlock: everybody sleeps, and nobody will wake them");
    clock_ = std::max(clock_, first->wake_at);
    first->now = life::ready;
    first->parked_on = nullptr;
    return static_cast<unsigned>(first - threads_.data());
}

alternative scheduler::ask(const open_alternatives& open, bool can_go_on) {
    ++outcome_.points;
    const unsigned at = current_ == nobody ? 0 : current_;
    const std::uint64_t steps = current_ == nobody ? 0 : me().steps;
    const decision_point point{at, steps, can_go_on, me().level, {open.list.data(), open.size}};
    const std::size_t index = strategy_->choose(point);
    const alternative chosen = open.list[index < open.size ? index : 0];
    if (index != 0) outcome_.how.push_back({at, steps, chosen.thread, chosen.interrupt});
    return chosen;
}

void scheduler::account(const alternative& chosen, bool preempts) noexcept {
    if (preempts) ++preemptions_;
    if (chosen.interrupt) ++interrupts_;
}

void scheduler::switch_to(const alternative& chosen) {
    virtual_thread& from = me();
    fiber& here = current_ == nobody ? outside_ : *from.stack;
    threads_[chosen.thread].interrupted = chosen.interrupt;
    become(chosen.thread);
    fiber::switch_between(here, *me().stack);
}

void scheduler::leave() {
    if (current_ == nobody) return;  // nothing has begun
    fiber& here = *me().stack;
    become(nobody);
    fiber::switch_between(here, outside_);
}

void scheduler::fail(std::string broken) {
    outcome_.failure = std::move(broken);
    leave();
}

void scheduler::handle_interrupt() {
    virtual_thread& it = me();
    const bool pausing = std::exchange(it.pausing, false);
    std::uint64_t* const to_stamp = std::exchange(it.to_stamp, nullptr);
    ++it.level;
    const unsigned nth = it.handlers++;
    if (door::now.telling) add_to_story({.kind = told::what::interrupt});
    scenario_.run_handler(*this, current_, nth);
    if (door::now.telling) add_to_story({.kind = told::what::handler_end});
    --it.level;
    ++it.steps;  // what follows is another place than the handler's last access
    it.to_stamp = to_stamp;
    it.pausing = pausing;
}

void scheduler::pause() {
    step();
    clock_ += pause_ns;
    if (me().stubborn != 0) {
        --me().stubborn;
        return;
    }
    me().pausing = true;
    me().seen_changes = changes_;
    go_elsewhere(life::ready);
    me().pausing = false;
}

void scheduler::park(const void* word, bool as_expected, std::uint64_t nanoseconds) {
    if (!as_expected) return;
    virtual_thread& it = me();
    it.stubborn = 0;
    it.parked_on = word;
    it.wake_at = nanoseconds > never - clock_ ? never : clock_ + nanoseconds;
    if (door::now.telling) add_to_story({.kind = told::what::sleep});
    go_elsewhere(life::parked);
    if (door::now.telling) add_to_story({.kind = told::what::wake});
}

void scheduler::unpark_one(const void* word) {
    for (unsigned i = 0; i < count_; ++i) {
        virtual_thread& it = threads_[i];
        if (it.now != life::parked || it.parked_on != word) continue;
        it.now = life::ready;
        it.parked_on = nullptr;
        return;
    }
}

void scheduler::will_change(void* word, std::size_t size, bool is_news) {
    undo_.remember(word, size);
    if (is_news) ++changes_;
}

void scheduler::changed(door::act what, const void* word, std::uint64_t before, std::uint64_t after,
                        bool done) {
    add_to_story({.kind = told::what::access,
                  .act = what,
                  .word = word,
                  .before = before,
                  .after = after,
                  .done = done});
}

void scheduler::did_change(const void* word, std::uint64_t content) {
    scenario_.word_changed(*this, word, content);
}

void scheduler::note(std::string text) {
    if (door::now.telling) add_to_story({.kind = told::what::note, .text = std::move(text)});
}

void scheduler::add_to_story(told line) {
    if (current_ == nobody) return;
    line.thread = current_;
    line.level = me().level;
    story_->push_back(std::move(line));
}

void scheduler::stamp_now(std::uint64_t* instant) noexcept {
    if (me().to_stamp != nullptr) *std::exchange(me().to_stamp, nullptr) = ++instants_;
    *instant = ++instants_;
}

unsigned scheduler::cpu() const noexcept {
    return current_ == nobody ? 0 : current_ % scenario_.cpus();
}

bool scheduler::exists(std::int32_t thread_id) const noexcept {
    return thread_id >= first_thread_id && thread_id < first_thread_id + static_cast<std::int32_t>(count_);
}

std::int32_t scheduler::thread_id() const noexcept {
    return first_thread_id + static_cast<std::int32_t>(current_);
}

}  // namespace resile_lab
