// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The default flavour: one LRU for all, fed by and feeding a local list per CPU.

#include "map/linux_lru/local_list.hpp"
#include "map/linux_lru/node_source.hpp"

#include <memory>

namespace resile::inline RESILE_PLATFORM::linux_lru_detail {

class common_lru final : public node_source {
  public:
    static constexpr std::uint32_t scans = 128;
    static constexpr std::uint32_t most_at_once = 128;

    static constexpr std::uint32_t anchors(std::uint32_t cpus) noexcept {
        return lru_lists::anchors + cpus * local_list::anchors;
    }
    common_lru(element_table&, bucket_table&, std::uint32_t cpus, generation, refusal_counters&);

    [[nodiscard]] node_number take(std::uint32_t cpu, std::uint32_t hash) noexcept override;
    void give_back(node_number) noexcept override;
    void for_each_free(visitor seen, void* context) const override;

  private:
    [[nodiscard]] bool lock_local(local_list&) noexcept;
    [[nodiscard]] bool lock_global() noexcept;
    void refill(local_list&) noexcept;
    void flush_pending(local_list&) noexcept;
    void hand_out(local_list&, node_number, std::uint32_t cpu, std::uint32_t hash) noexcept;
    [[nodiscard]] node_number steal(std::uint32_t cpu) noexcept;
    [[nodiscard]] node_number steal_from(local_list&, bool even_if_used) noexcept;
    void leave_behind(node_number) noexcept;

    element_table& elements_;
    bucket_table& buckets_;
    refusal_counters& refused_;
    const std::uint32_t cpus_;
    const generation version_;
    const std::uint32_t free_target_;
    lru_lists global_;
    std::unique_ptr<local_list[]> local_;
};

}  // namespace resile::inline RESILE_PLATFORM::linux_lru_detail
