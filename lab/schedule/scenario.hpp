// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What is scheduled: some threads, what their handlers do, and how the outcome is judged. Made once, and run
// many times: between two runs the scheduler takes back every change of the product's words, begin() those of
// the scenario's own.

#include <cstddef>
#include <cstdint>
#include <string>

namespace resile_lab {

class scheduler;

// A word, for eyes.
struct named_word {
    std::string name;                             // "head of bucket 3"; empty: nobody cares
    std::string (*say)(std::uint64_t) = nullptr;  // what its content means; null: a number
};

class scenario {
  public:
    scenario() = default;
    virtual ~scenario() = default;
    scenario(const scenario&) = delete;
    scenario& operator=(const scenario&) = delete;

    [[nodiscard]] virtual unsigned threads() const = 0;
    [[nodiscard]] virtual unsigned cpus() const { return threads(); }
    // Fills what is to be found there; once, as any thread it likes (scheduler::as_thread).
    virtual void prepare(scheduler&) {}
    // Before each schedule.
    virtual void begin() = 0;
    // The task of a thread, and its n-th handler. They may be abandoned at any access: nothing on their stack
    // may own anything.
    virtual void run_thread(scheduler&, unsigned thread) = 0;
    virtual void run_handler(scheduler&, unsigned thread, unsigned nth) = 0;
    [[nodiscard]] virtual unsigned handlers_of(unsigned /*thread*/) const { return 1; }
    // After each schedule: empty, or the promise that was broken.
    [[nodiscard]] virtual std::string judge(scheduler&) = 0;
    // Different outcomes so far.
    [[nodiscard]] virtual std::size_t outcomes() const { return 0; }

    // For those who must know at once: called after each change of any word.
    [[nodiscard]] virtual bool watches() const { return false; }
    virtual void word_changed(scheduler&, const void* /*word*/, std::uint64_t /*content*/) {}
    [[nodiscard]] virtual named_word name(const void* /*word*/) const { return {}; }
};

}  // namespace resile_lab
