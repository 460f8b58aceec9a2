// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// One lock or map under measurement. What is called through a pointer is a batch of operations; the loop
// inside is compiled for its peer and mix.

#include "bench/key_source.hpp"
#include "bench/latency_histogram.hpp"
#include "bench/mix.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench {

// Some operations of one thread: how many were asked for, and what came of them.
struct batch {
    std::uint64_t operations = 0;
    std::uint64_t hits = 0;             // keys found; sections entered
    std::uint64_t ns = 0;               // only of subjects with a clock of their own
    latency_histogram* each = nullptr;  // where the time of each goes, if it is wanted
};

class subject {
  public:
    subject() = default;
    subject(const subject&) = delete;
    subject& operator=(const subject&) = delete;
    virtual ~subject() = default;

    // Empty, or why it does not do this.
    [[nodiscard]] virtual std::string why_not(mix) const { return {}; }
    // Before a mix: the keys are there that it wants.
    virtual void prepare(mix, std::uint64_t entries) = 0;
    // By any number of threads at a time. It may do more operations than it was asked for, and says so.
    virtual void run(mix, key_source& keys, batch& done) = 0;

    // Whether `run` may be called in a signal handler that has interrupted itself.
    [[nodiscard]] virtual bool is_for_handlers() const noexcept { return false; }
    // Whether it times whole batches itself (and cannot time each operation).
    [[nodiscard]] virtual bool has_own_clock() const noexcept { return false; }
    // How many operations make a batch: beside these, what is between batches costs nothing.
    [[nodiscard]] virtual std::uint64_t batch_size() const noexcept { return 512; }
};

// A lock or map that resile is compared with, or the reason why that cannot be done here.
struct peer {
    std::string family;  // lock or map
    std::string word;    // as on the command line
    std::string name;
    std::string library;       // where it comes from, with its version
    std::string missing = {};  // empty, or the reason
    std::string remedy = {};   // and what to do about it
    // No peer, but what the loop costs, which is in the number of every peer of this library (of none: of
    // all).
    bool is_baseline = false;
    std::unique_ptr<subject> (*make)(std::uint64_t entries) = nullptr;
};

template <class Subject>
std::unique_ptr<subject> make_subject(std::uint64_t entries) {
    return std::make_unique<Subject>(entries);
}

template <class T>
inline void keep(const T& what) noexcept {
    asm volatile("" : : "r"(what) : "memory");  // for all the compiler knows, somebody reads it
}

// `once` answers whether it hit.
template <class Operation>
inline void repeat(batch& done, Operation&& once) {
    std::uint64_t hits = 0;
    if (done.each == nullptr) {
        for (std::uint64_t i = 0; i < done.operations; ++i) hits += once() ? 1U : 0U;
    } else {
        for (std::uint64_t i = 0; i < done.operations; ++i) {
            const auto start = std::chrono::steady_clock::now();
            hits += once() ? 1U : 0U;
            const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - start;
            done.each->record(static_cast<std::uint64_t>(took.count()));
        }
    }
    done.hits += hits;
}

}  // namespace bench
