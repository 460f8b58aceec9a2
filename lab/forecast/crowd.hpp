// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Many virtual CPUs, one virtual thread on each, all of them busy: what a machine with so many CPUs would do
// with the product, access by access, and which cache lines would move.
//
// Each CPU has a clock, and the one whose clock is least makes the next access. An access costs little if the
// line is there, much if it has to come; a line that is on its way to one CPU makes the next one wait. So who
// meets whom, and how often somebody finds a lock taken, follows from the lines, and is the same every time.

#include "lab/forecast/ownership_model.hpp"
#include "lab/judge/random_numbers.hpp"
#include "lab/schedule/doorkeeper.hpp"
#include "lab/schedule/fiber.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <vector>

namespace resile_lab {

class crowd final : public doorkeeper {
  public:
    // 1 to most_forecast_cpus. One at a time in a process: the product has one door.
    crowd(unsigned cpus, std::uint64_t seed);
    ~crowd();

    // act() as that CPU, while all others stand still. Lines move.
    template <class Do>
    void alone(unsigned cpu, Do&& act) {
        become(cpu);
        door::now = {.scheduling = true, .counting = true};
        act();
        door::now = {};
        become(nobody);
    }
    // All CPUs call act(cpu) over and over, until each has done so `calls` times, or all together as if each
    // had done `patience` times as many: where locks are not fair, somebody may wait for very long. Those who
    // are faster go on meanwhile, uncounted: so the slow ones are as much disturbed as they should be.
    // Returns how many calls were counted. Throws std::runtime_error if nobody gets anywhere.
    std::uint64_t together(std::uint64_t calls, const std::function<void(unsigned)>& act);
    // Whether what this CPU does now is counted.
    [[nodiscard]] bool counts(unsigned cpu) const noexcept { return cpus_[cpu].done < wanted_; }

    [[nodiscard]] ownership_model& lines() noexcept { return lines_; }

    // --- for the door ---
    void arrive(door::act what, const void* first, const void* second) override;
    void touch(door::act what, const void* word) override { arrive(what, word, nullptr); }
    void pause() override;
    void park(const void* word, bool as_expected, std::uint64_t nanoseconds) override;
    void unpark_one(const void* word) override;
    [[nodiscard]] std::uint64_t now_ns() const noexcept override { return cpus_[current_].clock; }
    [[nodiscard]] unsigned cpu() const noexcept override { return current_ == nobody ? 0 : current_; }
    [[nodiscard]] unsigned cpus() const noexcept override { return count_; }
    [[nodiscard]] bool exists(std::int32_t thread_id) const noexcept override;
    [[nodiscard]] std::int32_t thread_id() const noexcept override;

  private:
    static constexpr unsigned nobody = most_forecast_cpus;
    static constexpr unsigned patience = 4;

    struct virtual_cpu {
        std::unique_ptr<fiber> stack;
        void* record = nullptr;  // what the product knows of its thread, while another one runs
        std::uint64_t clock = 0;
        std::uint64_t done = 0;           // calls
        std::uint64_t ticket = 0;         // of its place in the queue
        const void* parked_on = nullptr;  // and since when:
        std::uint64_t parked_at = 0;
    };
    struct place {
        std::uint64_t clock;
        unsigned cpu;
        std::uint64_t ticket;  // void once the CPU has another one
        bool operator>(const place& other) const noexcept {
            return clock != other.clock ? clock > other.clock : cpu > other.cpu;
        }
    };
    struct live_argument {
        crowd* self;
        unsigned cpu;
    };

    [[nodiscard]] virtual_cpu& me() noexcept { return cpus_[current_]; }
    void become(unsigned cpu) noexcept;
    static void live_in(void* argument);
    void live(unsigned cpu);
    void stand_in_line(unsigned cpu);
    // The first in line goes on; comes back when it is this CPU's turn.
    void give_way();
    void wait_for_turn();
    void access(const void* word, bool writes);
    void leave(unsigned next);
    void fail(std::string reason);

    ownership_model lines_;
    random_numbers random_;
    unsigned count_;
    unsigned current_ = nobody;
    std::vector<virtual_cpu> cpus_;  // the last: nobody's, the caller's own
    std::vector<live_argument> arguments_;
    fiber outside_;
    std::priority_queue<place, std::vector<place>, std::greater<>> line_;
    std::uint64_t tickets_ = 0;

    // of together()
    const std::function<void(unsigned)>* act_ = nullptr;
    bool together_ = false;
    std::uint64_t wanted_ = 0, calls_left_ = 0, steps_left_ = 0;
    unsigned still_at_it_ = 0;  // CPUs that have not done their calls
    std::string failure_;
};

}  // namespace resile_lab
