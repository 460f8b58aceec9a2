// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Interrupts for threads: K different signals that interrupt each other, at a given rate, from POSIX timers
// or from perf events.

#include <cstdint>
#include <memory>
#include <string>

namespace resile_lab {

enum class interrupt_source : std::uint8_t { timer, perf };

// Called in each interrupt, on the thread that was hit. Must be async-signal-safe.
using interrupt_handler = void (*)() noexcept;

class interrupt_storm {
  public:
    static constexpr unsigned most_signals = 8;

    // Installs `signals` handlers for the process. `rate` in interrupts per second, per thread and signal.
    // Throws std::system_error naming what is missing.
    interrupt_storm(interrupt_source, unsigned signals, unsigned rate, interrupt_handler);
    ~interrupt_storm();
    interrupt_storm(const interrupt_storm&) = delete;
    interrupt_storm& operator=(const interrupt_storm&) = delete;

    // The source of the calling thread's interrupts; they stop when it is destroyed, on the same thread.
    class for_thread {
      public:
        virtual ~for_thread() = default;
    };
    [[nodiscard]] std::unique_ptr<for_thread> strike_this_thread() const;

    // What strikes: "POSIX timers", "perf: hardware cycles", "perf: software clock".
    [[nodiscard]] std::string description() const;

  private:
    interrupt_source source_;
    unsigned signals_;
    unsigned rate_;
};

}  // namespace resile_lab
