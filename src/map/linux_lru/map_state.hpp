// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A map: elements, buckets, and one of the two LRUs.

#include "map/linux_lru/bucket_table.hpp"
#include "map/linux_lru/common_lru.hpp"
#include "map/linux_lru/percpu_lru.hpp"

#include <resile/linux_lru.hpp>

#include <memory>
#include <new>

namespace resile::inline RESILE_PLATFORM {

struct linux_lru::state {
    explicit state(const linux_lru_options&);

    [[nodiscard]] std::uint32_t this_cpu() const noexcept {
        return static_cast<std::uint32_t>(platform::current_cpu()) % cpus;
    }
    [[nodiscard]] std::size_t rounded_value_size() const noexcept {
        return (std::size_t{elements.value_size()} + 7) / 8 * 8;
    }

    // Which CPUs' values an operation gives or wants, and for which.
    struct value_part {
        const void* data = nullptr;
        enum class kind : std::uint8_t { one_cpu, same_for_all, each_cpu } which = kind::one_cpu;
        std::uint32_t cpu = 0;  // one_cpu: whose
    };

    // 0, or what is wrong with the CPU flags of user space.
    [[nodiscard]] int cpu_flags_error(std::uint64_t flags) const noexcept;
    [[nodiscard]] int update(const void* key, const value_part&, std::uint64_t flags) noexcept;
    [[nodiscard]] int update_plain(const void* key, const void* value, std::uint64_t flags) noexcept;
    [[nodiscard]] int update_percpu(const void* key, const value_part&, std::uint64_t flags) noexcept;
    // value may be null: not wanted. each_cpu form for per-CPU maps.
    [[nodiscard]] int erase(const void* key, void* value) noexcept;
    void write_values(linux_lru_detail::node_number, const value_part&, bool is_new) noexcept;
    void read_values(linux_lru_detail::node_number, void* value) noexcept;
    [[nodiscard]] int batch(std::uint64_t& position, void* keys, void* values, std::uint32_t& count,
                            bool erase) noexcept;

    const linux_lru_options options;
    const std::uint32_t cpus;
    linux_lru_detail::refusal_counters refused;
    linux_lru_detail::element_table elements;
    linux_lru_detail::bucket_table buckets;
    std::unique_ptr<linux_lru_detail::node_source> lru;
};

}  // namespace resile::inline RESILE_PLATFORM
