// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Sizes are judged here, and all memory is taken here.

#include "map/linux_lru/map_state.hpp"

#include <cstdio>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace resile::inline RESILE_PLATFORM {
namespace {

constexpr std::uint32_t largest_key = 512;
constexpr std::uint32_t largest_value = 65536;
constexpr std::uint32_t most_entries = 1U << 26;
constexpr std::uint32_t most_cpus = 4096;

[[noreturn]] void refuse(const char* what, std::uint64_t given, std::uint64_t least, std::uint64_t most) {
    throw std::invalid_argument(std::string("linux_lru: ") + what + " is " + std::to_string(given) +
                                "; choose " + std::to_string(least) + " to " + std::to_string(most));
}

[[nodiscard]] std::uint32_t cpus_of(const linux_lru_options& options) {
    if (options.cpus > most_cpus) refuse("cpus", options.cpus, 0, most_cpus);
    return options.cpus != 0 ? options.cpus : static_cast<std::uint32_t>(platform::configured_cpus());
}

[[nodiscard]] linux_lru_options judged(linux_lru_options options) {
    if (options.key_size < 1 || options.key_size > largest_key)
        refuse("key_size", options.key_size, 1, largest_key);
    if (options.value_size < 1 || options.value_size > largest_value)
        refuse("value_size", options.value_size, 1, largest_value);
    if (options.max_entries == 0) refuse("max_entries", 0, 1, most_entries);
    if (options.max_entries > most_entries)
        throw std::length_error("linux_lru: max_entries is " + std::to_string(options.max_entries) +
                                "; the most is " + std::to_string(most_entries));
    if (options.no_common_lru) {
        const std::uint32_t cpus = cpus_of(options);
        options.max_entries = (options.max_entries + cpus - 1) / cpus * cpus;
    }
    return options;
}

// Says how much was wanted; holds its text, because there is no memory to be had.
class not_enough_memory final : public std::bad_alloc {
  public:
    explicit not_enough_memory(const linux_lru_options& options) noexcept {
        const std::uint64_t values = options.percpu_values ? cpus_of(options) : 1;
        const std::uint64_t bytes =
            std::uint64_t{options.max_entries} * (sizeof(linux_lru_detail::node) + 16 + options.key_size +
                                                  values * ((std::uint64_t{options.value_size} + 7) / 8 * 8));
        std::snprintf(text_, sizeof(text_),
                      "linux_lru: %u entries need about %llu MiB, which this process cannot have; choose "
                      "fewer max_entries or a smaller value_size",
                      options.max_entries, static_cast<unsigned long long>(bytes >> 20));
    }
    [[nodiscard]] const char* what() const noexcept override { return text_; }

  private:
    char text_[160];
};

}  // namespace

linux_lru::state::state(const linux_lru_options& wanted)
    : options(judged(wanted)),
      cpus(cpus_of(options)),
      elements(options.max_entries,
               options.no_common_lru ? linux_lru_detail::percpu_lru::anchors(cpus)
                                     : linux_lru_detail::common_lru::anchors(cpus),
               options.key_size, options.value_size, options.percpu_values ? cpus : 1),
      buckets(elements, options.hash_seed, refused) {
    if (options.no_common_lru)
        lru =
            std::make_unique<linux_lru_detail::percpu_lru>(elements, buckets, cpus, options.version, refused);
    else
        lru =
            std::make_unique<linux_lru_detail::common_lru>(elements, buckets, cpus, options.version, refused);
}

linux_lru::linux_lru(const linux_lru_options& options) try : state_(std::make_unique<state>(options)) {
} catch (const std::bad_alloc&) {
    throw not_enough_memory(options);
}
linux_lru::~linux_lru() = default;

std::uint32_t linux_lru::max_entries() const noexcept {
    return state_->elements.count();
}
std::uint32_t linux_lru::cpus() const noexcept {
    return state_->cpus;
}

linux_lru::node_census linux_lru::census() const {
    using linux_lru_detail::node_number;
    enum class place : std::uint8_t { unknown, table, free };
    std::vector<place> places(state_->elements.count(), place::unknown);
    for (std::uint32_t bucket = 0; bucket < state_->buckets.buckets(); ++bucket) {
        std::uint32_t steps = 0;
        for (node_number n = state_->buckets.first(bucket);
             n != linux_lru_detail::no_node && steps <= state_->elements.count();
             n = state_->buckets.after(n), ++steps)
            places[n] = place::table;
    }
    state_->lru->for_each_free(
        [](void* context, node_number n) {
            auto& of = (*static_cast<std::vector<place>*>(context))[n];
            if (of == place::unknown) of = place::free;
        },
        &places);
    node_census sum;
    for (node_number n = 0; n < state_->elements.count(); ++n) {
        if (places[n] == place::table)
            ++sum.in_table;
        else if (places[n] == place::free)
            ++sum.free;
        else if (state_->elements.at(n).pending_free.load(
                     std::memory_order_relaxed))  // relaxed: nothing runs
            ++sum.pending_free;
        else
            ++sum.unaccounted;
    }
    return sum;
}

linux_lru::refusals linux_lru::refused() const noexcept {
    const auto& counted = state_->refused;
    refusals copy;
    copy.local_lock = counted.local_lock.load(std::memory_order_relaxed);    // relaxed: a statistic
    copy.global_lock = counted.global_lock.load(std::memory_order_relaxed);  // relaxed: a statistic
    copy.bucket_lock = counted.bucket_lock.load(std::memory_order_relaxed);  // relaxed: a statistic
    copy.nodes_left_behind =
        counted.nodes_left_behind.load(std::memory_order_relaxed);                   // relaxed: a statistic
    copy.would_have_hung = counted.would_have_hung.load(std::memory_order_relaxed);  // relaxed: a statistic
    return copy;
}

}  // namespace resile::inline RESILE_PLATFORM
