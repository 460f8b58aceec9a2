// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/forecast/crowd.hpp"

#include "lab/schedule/record_cell.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace resile_lab {
namespace {

constexpr std::size_t stack_bytes = 256 * 1024;
constexpr std::int32_t first_thread_id = 1000;

// Nanoseconds, of no machine in particular. They decide who meets whom, not what is counted.
constexpr std::uint64_t access_ns = 1;     // the line is there
constexpr std::uint64_t transfer_ns = 60;  // it has to come from another CPU
constexpr std::uint64_t between_ns = 20;   // what a program does between two operations, at most
constexpr std::uint64_t pause_ns = 30;     // one step of a spin loop
constexpr std::uint64_t sleep_ns = 2'000;  // to fall asleep, and to be woken up
constexpr std::uint64_t longest_sleep_ns = 1'000'000'000'000;
constexpr std::uint64_t most_steps = 5'000;  // of an operation, on average: more is a livelock

[[nodiscard]] bool writes(door::act what) noexcept {
    switch (what) {
        case door::act::load:
        case door::act::park:
        case door::act::wake:
            return false;
        case door::act::compare_exchange:  // also one that fails: the line is fetched to be written
        case door::act::store:
        case door::act::exchange:
        case door::act::add:
            break;
    }
    return true;
}

}  // namespace

crowd::crowd(unsigned cpus, std::uint64_t seed)
    : random_(seed), count_(cpus), cpus_(most_forecast_cpus + 1), arguments_(cpus) {
    if (cpus == 0 || cpus > most_forecast_cpus)
        throw std::length_error("a crowd has 1 to " + std::to_string(most_forecast_cpus) + " CPUs");
    if (active_doorkeeper != nullptr)
        throw std::logic_error("one doorkeeper at a time: the product has one door");
    active_doorkeeper = this;
    for (unsigned cpu = 0; cpu < cpus; ++cpu) {
        cpus_[cpu].stack = std::make_unique<fiber>(stack_bytes);
        arguments_[cpu] = {this, cpu};
    }
}

crowd::~crowd() {
    for (const virtual_cpu& one : cpus_)
        if (one.record != nullptr && &one != &cpus_[nobody]) release_record(one.record);
    active_doorkeeper = nullptr;
}

std::uint64_t crowd::together(std::uint64_t calls, const std::function<void(unsigned)>& act) {
    act_ = &act;
    wanted_ = calls;
    still_at_it_ = count_;
    calls_left_ = calls * count_ * patience;
    steps_left_ = (calls_left_ + count_) * most_steps;
    failure_.clear();
    line_ = {};
    std::uint64_t latest = 0;
    for (unsigned cpu = 0; cpu < count_; ++cpu) latest = std::max(latest, cpus_[cpu].clock);
    for (unsigned cpu = 0; cpu < count_; ++cpu) {
        cpus_[cpu].clock = latest + random_.below(between_ns);
        cpus_[cpu].done = 0;
        cpus_[cpu].parked_on = nullptr;
        cpus_[cpu].stack->begin_with(live_in, &arguments_[cpu]);
        stand_in_line(cpu);
    }
    together_ = true;
    door::now = {.scheduling = true, .counting = true};
    give_way();
    door::now = {};
    together_ = false;
    if (!failure_.empty()) throw std::runtime_error(failure_);
    std::uint64_t counted = 0;
    for (unsigned cpu = 0; cpu < count_; ++cpu) counted += std::min(cpus_[cpu].done, wanted_);
    return counted;
}

void crowd::become(unsigned cpu) noexcept {
    cpus_[current_].record = *record_cell();
    current_ = cpu;
    *record_cell() = cpus_[current_].record;
}

void crowd::live_in(void* argument) {
    const auto& [self, cpu] = *static_cast<live_argument*>(argument);
    self->live(cpu);
}

void crowd::live(unsigned cpu) {
    while (still_at_it_ != 0 && calls_left_ != 0) {
        --calls_left_;
        (*act_)(cpu);
        if (++me().done == wanted_) --still_at_it_;
        me().clock += random_.below(between_ns);
    }
    give_way();  // for good
}

void crowd::stand_in_line(unsigned cpu) {
    cpus_[cpu].ticket = ++tickets_;
    line_.push({cpus_[cpu].clock, cpu, tickets_});
}

void crowd::give_way() {
    while (!line_.empty() && line_.top().ticket != cpus_[line_.top().cpu].ticket) line_.pop();
    if (line_.empty()) return leave(nobody);  // all have ended
    const unsigned next = line_.top().cpu;
    line_.pop();
    cpus_[next].ticket = ++tickets_;
    if (next != current_) leave(next);
}

void crowd::leave(unsigned next) {
    fiber& here = current_ == nobody ? outside_ : *me().stack;
    fiber& there = next == nobody ? outside_ : *cpus_[next].stack;
    if (&here == &there) return;
    become(next);
    fiber::switch_between(here, there);
}

void crowd::fail(std::string reason) {
    failure_ = std::move(reason);
    leave(nobody);
}

void crowd::wait_for_turn() {
    if (!together_) return;
    if (--steps_left_ == 0)
        fail("livelock: " + std::to_string(most_steps) + " accesses per operation, and no end");
    if (line_.empty() || line_.top().clock >= me().clock) return;
    stand_in_line(current_);
    give_way();
}

void crowd::access(const void* word, bool is_write) {
    // Where the thread's record is kept is memory of the thread's own: here all of them share it.
    if (word == record_cell()) return;
    ownership_model::line& line = lines_.line_of(word);
    std::uint64_t& clock = me().clock;
    if (lines_.access(current_, line, is_write, counts(current_)))
        line.busy_until = clock = std::max(clock, line.busy_until) + transfer_ns;
    else
        clock += access_ns;
}

void crowd::arrive(door::act what, const void* first, const void* second) {
    wait_for_turn();
    access(first, writes(what));
    if (second != nullptr) access(second, writes(what));
}

void crowd::pause() {
    me().clock += pause_ns;
    wait_for_turn();
}

void crowd::park(const void* word, bool as_expected, std::uint64_t nanoseconds) {
    if (!as_expected || !together_) return;
    virtual_cpu& it = me();
    it.parked_on = word;
    it.parked_at = it.clock;
    it.clock += std::min(nanoseconds, longest_sleep_ns) + sleep_ns;
    stand_in_line(current_);
    give_way();
    it.parked_on = nullptr;
}

void crowd::unpark_one(const void* word) {
    virtual_cpu* longest = nullptr;
    for (virtual_cpu& one : cpus_)
        if (one.parked_on == word && (longest == nullptr || one.parked_at < longest->parked_at))
            longest = &one;
    if (longest == nullptr) return;
    longest->parked_on = nullptr;
    longest->clock = std::max(longest->parked_at, me().clock) + sleep_ns;
    stand_in_line(static_cast<unsigned>(longest - cpus_.data()));
}

bool crowd::exists(std::int32_t thread_id) const noexcept {
    return thread_id >= first_thread_id && thread_id < first_thread_id + static_cast<std::int32_t>(count_);
}

std::int32_t crowd::thread_id() const noexcept {
    return first_thread_id + static_cast<std::int32_t>(current_);
}

}  // namespace resile_lab
