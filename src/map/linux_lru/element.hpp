// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// All elements of a map: node, key and value(s), found by a 32-bit number.
//
// Which field is guarded by what:
//   prev, next                    the lock of the list that the node is on
//   chain_next, key, value        written under the bucket's lock (value of per-CPU maps: by their CPU); read
//                                 without a lock by lookups, hence atomic words
//   type, cpu, ref, pending_free  atomic: looked at and set from outside of the lists
//   hash                          written before the node is linked into a bucket

#include <resile/detail/platform.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

namespace resile::inline RESILE_PLATFORM::linux_lru_detail {

using node_number = std::uint32_t;
inline constexpr node_number no_node = 0xffffffffU;

// Which list a node is on.
enum class list_type : std::uint8_t { active, inactive, free, local_pending, local_free };

struct node {
    platform::guarded<node_number> prev = no_node;
    platform::guarded<node_number> next = no_node;
    platform::atomic<std::uint32_t> chain_next{0};  // a node, or an end marker, see bucket_table.hpp
    platform::atomic<std::uint32_t> stack_next{0};  // while on a local free stack
    platform::atomic<std::uint32_t> hash{0};
    platform::atomic<std::uint16_t> cpu{0};
    platform::atomic<list_type> type{list_type::free};
    platform::atomic<bool> ref{false};
    platform::atomic<bool> pending_free{false};
};

// Memory that some contexts write while others read: copied word by word.
// relaxed throughout: what is read may be a mixture, as in the original; nothing is inferred from it.
using shared_word = platform::atomic<std::uint64_t>;

inline void copy_in(shared_word* to, const void* from, std::size_t bytes) noexcept {
    const auto* source = static_cast<const unsigned char*>(from);
    for (std::size_t at = 0; at < bytes; at += sizeof(std::uint64_t), ++to) {
        std::uint64_t word = 0;
        std::memcpy(&word, source + at, bytes - at < sizeof(word) ? bytes - at : sizeof(word));
        to->store(word, std::memory_order_relaxed);  // relaxed: see above
    }
}
inline void copy_out(void* to, const shared_word* from, std::size_t bytes) noexcept {
    auto* target = static_cast<unsigned char*>(to);
    for (std::size_t at = 0; at < bytes; at += sizeof(std::uint64_t), ++from) {
        const std::uint64_t word = from->load(std::memory_order_relaxed);  // relaxed: see above
        std::memcpy(target + at, &word, bytes - at < sizeof(word) ? bytes - at : sizeof(word));
    }
}
[[nodiscard]] inline bool holds(const shared_word* words, const void* bytes, std::size_t size) noexcept {
    const auto* wanted = static_cast<const unsigned char*>(bytes);
    for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t), ++words) {
        const std::uint64_t word = words->load(std::memory_order_relaxed);  // relaxed: see above
        if (std::memcmp(&word, wanted + at, size - at < sizeof(word) ? size - at : sizeof(word)) != 0)
            return false;
    }
    return true;
}

// The arena: nodes, and behind them one block of words for keys and values.
class element_table {
  public:
    element_table(std::uint32_t count, std::uint32_t lists, std::uint32_t key_size, std::uint32_t value_size,
                  std::uint32_t values_per_element)
        : count_(count),
          key_size_(key_size),
          value_size_(value_size),
          key_words_(words(key_size)),
          value_words_(words(value_size)),
          stride_(key_words_ + std::size_t{value_words_} * values_per_element),
          nodes_(std::make_unique<node[]>(std::size_t{count} + lists)),
          words_(std::make_unique<shared_word[]>(stride_ * count)) {}

    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
    [[nodiscard]] std::uint32_t key_size() const noexcept { return key_size_; }
    [[nodiscard]] std::uint32_t value_size() const noexcept { return value_size_; }
    // Numbers from count() on are the anchors of lists.
    [[nodiscard]] node& at(node_number n) noexcept { return nodes_[n]; }
    [[nodiscard]] const node& at(node_number n) const noexcept { return nodes_[n]; }
    [[nodiscard]] shared_word* key(node_number n) noexcept { return &words_[stride_ * n]; }
    [[nodiscard]] shared_word* value(node_number n, std::uint32_t which = 0) noexcept {
        return key(n) + key_words_ + std::size_t{value_words_} * which;
    }

  private:
    static constexpr std::uint32_t words(std::uint32_t bytes) noexcept { return (bytes + 7) / 8; }

    std::uint32_t count_;
    std::uint32_t key_size_;
    std::uint32_t value_size_;
    std::uint32_t key_words_;
    std::uint32_t value_words_;
    std::size_t stride_;
    std::unique_ptr<node[]> nodes_;
    std::unique_ptr<shared_word[]> words_;
};

}  // namespace resile::inline RESILE_PLATFORM::linux_lru_detail
