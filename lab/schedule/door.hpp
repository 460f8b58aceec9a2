// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What happens at the second door: platform_scheduled.hpp tells the scheduler of every access before it
// happens, and of every word before it changes. Nothing here knows the product.

#include <cstddef>
#include <cstdint>

namespace resile_lab::door {

// What an access does to its word, as far as others can tell.
enum class act : std::uint8_t {
    load,
    store,
    exchange,  // any read-modify-write that happens in any case
    compare_exchange,
    add,   // one that returns nothing: two of them commute
    wake,  // of those who are parked on the word
    park,
};

struct state {
    bool scheduling = false;  // accesses are scheduling points
    bool logging = false;     // changes are undone after the schedule
    bool watching = false;    // changes are told to the scenario
    bool telling = false;     // accesses are told to the story
    bool counting = false;    // what locks guard is reported, too
};
extern constinit state now;

// Before an access. Others may run, and this thread may be interrupted, before it returns.
void arrive(act what, const void* word, std::size_t size) noexcept;
// The same for two words that are accessed at once.
void arrive_at_pair(const void* first, const void* second, std::size_t size) noexcept;
// Before an access to a word that a lock guards.
void touch(act what, const void* word) noexcept;
// Before a word changes, after arrive(); and behind it.
void will_change(act what, void* word, std::size_t size) noexcept;
void did_change(const void* word, std::uint64_t content) noexcept;
// After an access: for the story.
void tell(act what, const void* word, std::uint64_t before, std::uint64_t after, bool done) noexcept;

// --- what is not an access ------------------------------------------------------------------------------
void pause() noexcept;  // nothing to be done until somebody else does something
void park(const void* word, bool as_expected, std::uint64_t nanoseconds) noexcept;
void unpark_one(const void* word) noexcept;
[[nodiscard]] std::uint64_t now_ns() noexcept;
[[nodiscard]] std::int32_t thread_id() noexcept;
[[nodiscard]] bool thread_exists(std::int32_t thread_id) noexcept;
[[nodiscard]] unsigned current_cpu() noexcept;
[[nodiscard]] unsigned cpus() noexcept;
[[nodiscard]] void* map_memory(std::size_t bytes) noexcept;
void unmap_memory(void* memory, std::size_t bytes) noexcept;

}  // namespace resile_lab::door
