// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// resile::byte_lru_map with the face of resile::lru_map, so that it can be asked the same.

#include <resile/byte_lru_map.hpp>
#include <resile/lru_map.hpp>

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace resile_lab {

template <class Values>
class byte_map_face {
    using number = std::uint64_t;
    using words = typename Values::type;

  public:
    struct entry {
        number key;
        words value;
    };

    byte_map_face(std::size_t entries, const resile::lru_options& options)
        : map_(sizeof(number), sizeof(words), entries, options) {}

    [[nodiscard]] std::optional<words> get(number key) const noexcept {
        return if_there([&](words& value) { return map_.get(&key, &value); });
    }
    [[nodiscard]] std::optional<words> peek(number key) const noexcept {
        return if_there([&](words& value) { return map_.peek(&key, &value); });
    }
    [[nodiscard]] bool contains(number key) const noexcept { return map_.peek(&key, nullptr); }

    resile::put_result put(number key, const words& value) noexcept { return map_.put(&key, &value); }
    resile::put_result insert(number key, const words& value) noexcept { return map_.insert(&key, &value); }
    resile::put_result replace(number key, const words& value) noexcept { return map_.replace(&key, &value); }
    resile::put_result put(number key, const words& value, std::optional<entry>& victim) noexcept {
        return with_victim(victim, [&](auto* room) { return map_.put(&key, &value, room); });
    }
    resile::put_result insert(number key, const words& value, std::optional<entry>& victim) noexcept {
        return with_victim(victim, [&](auto* room) { return map_.insert(&key, &value, room); });
    }
    template <class Change>
    resile::put_result update(number key, Change&& change) noexcept {
        return map_.update(
            &key,
            [](void* context, void* value, bool) noexcept {
                (*static_cast<std::remove_reference_t<Change>*>(context))(*static_cast<words*>(value));
            },
            const_cast<void*>(static_cast<const void*>(&change)));
    }
    template <class Change>
    resile::put_result upsert(number key, const words& initial, Change&& change) noexcept {
        struct both {
            const words& initial;
            std::remove_reference_t<Change>& change;
        } ours{initial, change};
        return map_.upsert(
            &key,
            [](void* context, void* stored, bool present) noexcept {
                const auto& mine = *static_cast<both*>(context);
                auto& value = *static_cast<words*>(stored);
                if (present)
                    mine.change(value);
                else
                    value = mine.initial;
            },
            &ours);
    }
    // Names no victim: that is left to the eviction hook.
    template <class Change>
    resile::put_result upsert(number key, const words& initial, Change&& change,
                              std::optional<entry>& victim) noexcept {
        victim.reset();
        return upsert(key, initial, change);
    }
    [[nodiscard]] std::optional<words> get_or_insert(number key, const words& initial) noexcept {
        words value{};
        if (map_.get_or_insert(&key, &initial, &value) == resile::put_result::no_memory) return std::nullopt;
        return value;
    }

    bool erase(number key) noexcept { return map_.erase(&key); }
    [[nodiscard]] std::optional<words> take(number key) noexcept {
        return if_there([&](words& value) { return map_.take(&key, &value); });
    }
    void clear() noexcept { map_.clear(); }

    class pinned : public resile::byte_lru_map::pinned {
      public:
        pinned() noexcept = default;
        explicit pinned(resile::byte_lru_map::pinned&& handle) noexcept
            : resile::byte_lru_map::pinned(std::move(handle)) {}
        [[nodiscard]] words& value() const noexcept {
            return *static_cast<words*>(resile::byte_lru_map::pinned::value());
        }
    };
    [[nodiscard]] pinned find(number key) noexcept { return pinned(map_.find(&key)); }

    template <class Visit>
    void for_each(Visit&& visit) const {
        map_.for_each(
            [](void* context, const void* key, const void* value) {
                (*static_cast<std::remove_reference_t<Visit>*>(context))(*static_cast<const number*>(key),
                                                                         *static_cast<const words*>(value));
            },
            const_cast<void*>(static_cast<const void*>(&visit)));
    }
    [[nodiscard]] std::size_t size() const noexcept { return map_.size(); }
    [[nodiscard]] resile::map_stats statistics() const noexcept { return map_.statistics(); }
    [[nodiscard]] resile::lru_census census() const { return map_.census(); }

  private:
    template <class Read>
    [[nodiscard]] static std::optional<words> if_there(Read&& read) noexcept {
        words value{};
        return read(value) ? std::optional<words>(value) : std::nullopt;
    }
    template <class Write>
    static resile::put_result with_victim(std::optional<entry>& victim, Write&& write) noexcept {
        entry gone{};
        resile::byte_lru_map::victim_room room{&gone.key, &gone.value};
        const resile::put_result result = write(&room);
        victim = room.filled ? std::optional<entry>(gone) : std::nullopt;
        return result;
    }

    resile::byte_lru_map map_;
};

}  // namespace resile_lab
