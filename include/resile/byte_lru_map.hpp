// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// An lru_map whose key and value sizes are chosen at run time: what the C face, language bindings and tools
// that stand in for BPF maps use. The promises of lru_map hold.
//
// Keys are equal if their bytes are. Operations copy key and value to the stack, rounded up to 8 bytes: that
// much must be left where a handler runs.

#include <resile/lru_options.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace resile::inline RESILE_PLATFORM {

class byte_lru_map {
  public:
    static constexpr std::size_t most_key_bytes = 4096;
    static constexpr std::size_t most_value_bytes = 65536;

    // Throws std::invalid_argument (0 entries, 0 bytes), std::length_error (above the limits),
    // std::bad_alloc. Contexts: the task, as for destruction.
    byte_lru_map(std::size_t key_bytes, std::size_t value_bytes, std::size_t max_entries,
                 const lru_options& = {});
    ~byte_lru_map();
    byte_lru_map(const byte_lru_map&) = delete;
    byte_lru_map& operator=(const byte_lru_map&) = delete;

    // All below: any context. `key` points to key_bytes(), `value` and `victim_*` to room for their bytes, at
    // any address.

    // False: absent. `value` may be null. get counts as a use, peek does not.
    bool get(const void* key, void* value) const noexcept;
    bool peek(const void* key, void* value) const noexcept;

    // Where a victim goes: filled tells whether there was one. key and value may be null.
    struct victim_room {
        void* key = nullptr;
        void* value = nullptr;
        bool filled = false;
    };
    put_result put(const void* key, const void* value, victim_room* = nullptr) noexcept;
    put_result insert(const void* key, const void* value, victim_room* = nullptr) noexcept;
    put_result replace(const void* key, const void* value) noexcept;

    // change(context, value, present): changes `value` in place, a copy of what the key has now, or zeros if
    // it is absent (upsert only); atomically, perhaps called more than once.
    using change_function = void (*)(void* context, void* value, bool present) noexcept;
    put_result update(const void* key, change_function change, void* context) noexcept;
    put_result upsert(const void* key, change_function change, void* context) noexcept;
    // Inserts `initial` if the key is absent. `value`: room for what it has from now on. inserted, exists.
    put_result get_or_insert(const void* key, const void* initial, void* value) noexcept;

    bool erase(const void* key) noexcept;
    // Erases, and copies the value that it had at that moment.
    bool take(const void* key, void* value) noexcept;
    void clear() noexcept;

    // As lru_map::pinned: while it lives the entry is not evicted, and its memory stays the entry's.
    class pinned {
      public:
        pinned() noexcept = default;
        pinned(pinned&& other) noexcept
            : map_(other.map_),
              value_(std::exchange(other.value_, nullptr)),
              node_(std::exchange(other.node_, detail::lru::no_node)) {}
        pinned& operator=(pinned&& other) noexcept {
            std::swap(map_, other.map_);
            std::swap(value_, other.value_);
            std::swap(node_, other.node_);
            return *this;
        }
        ~pinned();
        explicit operator bool() const noexcept { return value_ != nullptr; }
        // The value in place, aligned to 8 bytes. Others read and write it at the same time: use atomic
        // operations.
        [[nodiscard]] void* value() const noexcept { return value_; }
        // Lets the handle live on as a number, for those who cannot keep objects; attach() ends that.
        [[nodiscard]] std::uint32_t detach() noexcept {
            value_ = nullptr;
            return std::exchange(node_, detail::lru::no_node);
        }

      private:
        friend byte_lru_map;
        byte_lru_map* map_ = nullptr;
        void* value_ = nullptr;
        detail::lru::node_index node_ = detail::lru::no_node;
    };
    // Converts to false if the key is absent, or has 32,768 handles already. The entry counts as used.
    [[nodiscard]] pinned find(const void* key) noexcept;
    // `number` is what detach() returned, once.
    [[nodiscard]] pinned attach(std::uint32_t number) noexcept;

    // visit(context, key, value) for every entry: see lru_map::for_each.
    using visit_function = void (*)(void* context, const void* key, const void* value);
    void for_each(visit_function visit, void* context) const;

    [[nodiscard]] std::size_t key_bytes() const noexcept;
    [[nodiscard]] std::size_t value_bytes() const noexcept;
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] std::size_t max_size() const noexcept;
    [[nodiscard]] map_stats statistics() const noexcept;
    // Contexts: the task, while no operation is under way.
    [[nodiscard]] lru_census census() const;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace resile::inline RESILE_PLATFORM
