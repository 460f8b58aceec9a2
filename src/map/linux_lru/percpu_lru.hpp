// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The flavour BPF_F_NO_COMMON_LRU: an LRU per CPU, nothing shared, the same share for each, for good. Faults
// that come from here: a CPU evicts its own while others have room.

#include "map/linux_lru/lru_lists.hpp"
#include "map/linux_lru/node_source.hpp"

#include <memory>

namespace resile::inline RESILE_PLATFORM::linux_lru_detail {

class percpu_lru final : public node_source {
  public:
    static constexpr std::uint32_t scans = 4;
    static constexpr std::uint32_t free_target = 4;

    static constexpr std::uint32_t anchors(std::uint32_t cpus) noexcept { return cpus * lru_lists::anchors; }
    percpu_lru(element_table&, bucket_table&, std::uint32_t cpus, generation, refusal_counters&);

    [[nodiscard]] node_number take(std::uint32_t cpu, std::uint32_t hash) noexcept override;
    void give_back(node_number) noexcept override;
    void for_each_free(visitor seen, void* context) const override;

  private:
    struct alignas(128) own_lists : lru_lists {};

    element_table& elements_;
    refusal_counters& refused_;
    const std::uint32_t cpus_;
    const generation version_;
    std::unique_ptr<own_lists[]> lists_;
};

}  // namespace resile::inline RESILE_PLATFORM::linux_lru_detail
