// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/schedule/door.hpp"

#include "lab/schedule/doorkeeper.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace resile_lab {

constinit doorkeeper* active_doorkeeper = nullptr;

namespace door {

constinit state now{};

// Without a doorkeeper nothing runs: a map is being taken down.

void arrive(act what, const void* word, std::size_t size) noexcept {
    // Bytes are also looked at eight at a time (the map's recency levels): they are one word.
    const auto address = reinterpret_cast<std::uintptr_t>(word);
    const auto* whole = size == 1 ? static_cast<const char*>(word) - address % 8 : word;
    active_doorkeeper->arrive(what, whole, nullptr);
}
void arrive_at_pair(const void* first, const void* second, std::size_t) noexcept {
    active_doorkeeper->arrive(act::compare_exchange, first, second);
}
void touch(act what, const void* word) noexcept {
    active_doorkeeper->touch(what, word);
}
void will_change(act what, void* word, std::size_t size) noexcept {
    active_doorkeeper->will_change(word, size, what != act::add);
}
void did_change(const void* word, std::uint64_t content) noexcept {
    active_doorkeeper->did_change(word, content);
}
void tell(act what, const void* word, std::uint64_t before, std::uint64_t after, bool done) noexcept {
    active_doorkeeper->changed(what, word, before, after, done);
}
void pause() noexcept {
    if (now.scheduling) active_doorkeeper->pause();
}
void park(const void* word, bool as_expected, std::uint64_t nanoseconds) noexcept {
    if (now.scheduling) active_doorkeeper->park(word, as_expected, nanoseconds);
}
void unpark_one(const void* word) noexcept {
    if (now.scheduling) active_doorkeeper->unpark_one(word);
}
std::uint64_t now_ns() noexcept {
    return active_doorkeeper == nullptr ? 0 : active_doorkeeper->now_ns();
}
std::int32_t thread_id() noexcept {
    return active_doorkeeper == nullptr ? 1 : active_doorkeeper->thread_id();
}
bool thread_exists(std::int32_t thread_id) noexcept {
    return active_doorkeeper != nullptr && active_doorkeeper->exists(thread_id);
}
unsigned current_cpu() noexcept {
    return active_doorkeeper == nullptr ? 0 : active_doorkeeper->cpu();
}
unsigned cpus() noexcept {
    return active_doorkeeper == nullptr ? 1 : active_doorkeeper->cpus();
}
void* map_memory(std::size_t bytes) noexcept {
    constexpr std::size_t page = 4096;
    const std::size_t whole = (bytes + page - 1) / page * page;
    void* memory = std::aligned_alloc(page, whole);
    if (memory != nullptr) std::memset(memory, 0, whole);
    return memory;
}
// What is unmapped during a schedule may still be written when the schedule is taken back.
void unmap_memory(void* memory, std::size_t) noexcept {
    if (now.logging)
        active_doorkeeper->unmap_later(memory);
    else
        std::free(memory);
}

}  // namespace door
}  // namespace resile_lab
