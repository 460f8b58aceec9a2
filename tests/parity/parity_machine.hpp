// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The comparison engine of the parity test and of its fuzz loop: one step at a time on the running kernel's
// map and on resile::linux_lru, both generations at once; after each step the same result and the same keys
// with the same values. One thread without interrupts cannot tell the generations apart, hence all three
// agree.
//
// What is not compared: the order in which keys are listed, because the hash functions differ.

#include "tests/support/seeds.hpp"
#include "tool/kernel_map.hpp"

#include <resile/linux_lru.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace resile_test {

enum class verb : std::uint8_t {
    program_update,
    program_lookup,
    program_erase,
    user_update,
    user_lookup,
    user_erase,
    take,            // lookup_and_delete
    next_key,        // of one key: the result only, the next one depends on the hash function
    iterate,         // get_next_key from none to the end: each key once
    list_in_chunks,  // lookup_batch with room for `count`, to the end
    take_in_chunks,  // lookup_and_delete_batch, likewise
    update_batch,    // `count` consecutive keys
    erase_batch,     // likewise
    move,            // the thread goes to CPU number `key`, modulo those it may use
};
inline constexpr unsigned verbs = 14;

struct parity_step {
    verb what = verb::program_lookup;
    std::uint32_t key = 0;
    std::uint32_t count = 1;  // batches
    std::uint64_t flags = 0;
    std::uint64_t word = 0;  // values are made of it
};
[[nodiscard]] std::string words(const parity_step&);

struct parity_shape {
    std::uint32_t entries = 8;
    bool no_common_lru = false;
    bool percpu_values = false;
    std::uint32_t key_size = 8;  // at least 4
    std::uint32_t value_size = 8;
    std::uint32_t planted_cpus = 0;  // other than 0: ours believes in so many CPUs, a difference to be found
};
[[nodiscard]] std::string words(const parity_shape&);

// What happened, so that a test can tell whether anything did.
struct parity_counts {
    std::uint64_t steps = 0;
    std::uint64_t refused = 0;  // steps that answered with an error
    std::uint64_t evicted = 0;  // at least: keys by which an update made the map smaller
};

// CPUs that this process could use when it was first asked, before anything was pinned.
[[nodiscard]] const std::vector<int>& cpus_at_start();

class parity_machine {
  public:
    // Pins the calling thread to the first of cpus_at_start(). Throws tool::failure where bpf(2) says no.
    explicit parity_machine(const parity_shape&);

    // Empty, or in what the three maps differ after this step.
    [[nodiscard]] std::string play(const parity_step&);
    [[nodiscard]] const parity_counts& counts() const noexcept { return counts_; }

  private:
    using bytes = std::string;
    using contents = std::map<bytes, bytes>;  // key, value(s)
    struct outcome {
        int result = 0;
        std::uint32_t count = 0;  // batches: done
        bytes value;
        contents listed;
        bool operator==(const outcome&) const = default;
    };

    template <class Map>
    outcome apply(Map&, const parity_step&);
    template <class Map>
    outcome walk(Map&, verb, std::uint32_t chunk);
    template <class Map>
    contents contents_of(Map&);
    // Stands for the contents in most comparisons: a sum does not mind the order, and needs no memory.
    struct fingerprint {
        int result = 0;
        std::uint32_t entries = 0;
        std::uint64_t sum = 0;
        bool operator==(const fingerprint&) const = default;
    };
    template <class Map>
    fingerprint fingerprint_of(Map&);
    // Empty if ours holds what the kernel's does.
    [[nodiscard]] std::string contents_differ(resile::linux_lru&, const char* name);
    [[nodiscard]] bytes key_bytes(std::uint32_t key) const;
    [[nodiscard]] bytes value_bytes(std::uint64_t word, std::size_t size) const;
    [[nodiscard]] bytes meaningful(const char* value) const;
    [[nodiscard]] static std::string words_of(const outcome&);
    [[nodiscard]] static std::string words_of(const contents&);

    parity_shape shape_;
    tool::kernel_map kernel_;
    resile::linux_lru plain_;
    resile::linux_lru resilient_;
    std::size_t value_size_;  // as user space sees it
    std::uint32_t room_;      // for all entries, after rounding
    bytes keys_;
    bytes values_;
    std::size_t keys_present_ = 0;
    parity_counts counts_;
};

// A step like those of a busy program. `cpu_flags`: F_CPU and F_ALL_CPUS too; `moves`: between CPUs, now and
// then.
[[nodiscard]] parity_step random_parity_step(random_numbers&, const parity_shape&, bool cpu_flags,
                                             bool moves);

// Plays all steps on fresh maps: empty, or the first difference, with the number of its step. Adds to
// `counts`.
[[nodiscard]] std::string play_all(const parity_shape&, const std::vector<parity_step>&,
                                   parity_counts* counts = nullptr);
// For steps that fail: as few of them as still do, and the story of what they do.
[[nodiscard]] std::string shortest_story(const parity_shape&, std::vector<parity_step>);

}  // namespace resile_test
