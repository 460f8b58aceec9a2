// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Keys and values of a known type, as the words that the core moves.

#include <resile/detail/lru/node_table.hpp>
#include <resile/hash.hpp>

#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <type_traits>

namespace resile::inline RESILE_PLATFORM::detail::lru {

// A copy of an object, in whole words; what is beyond the object is zero.
template <class Object>
class object_words {
  public:
    object_words() noexcept = default;
    explicit object_words(const Object& object) noexcept {
        words_.back() = 0;
        std::memcpy(words_.data(), &object, sizeof(Object));
    }
    [[nodiscard]] word* data() noexcept { return words_.data(); }
    [[nodiscard]] const word* data() const noexcept { return words_.data(); }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return words_for(sizeof(Object)); }
    [[nodiscard]] Object object() const noexcept {
        std::array<std::byte, sizeof(Object)> bytes;
        std::memcpy(bytes.data(), words_.data(), sizeof(Object));
        return std::bit_cast<Object>(bytes);
    }

  private:
    std::array<word, words_for(sizeof(Object))> words_;
};

template <class Key, class Value, class Equal>
struct typed_rules {
    [[nodiscard]] static constexpr node_shape shape() noexcept {
        return {words_for(sizeof(Key)), words_for(sizeof(Value))};
    }
    // Where equality is equality of bytes, words are compared.
    static constexpr bool by_bytes =
        (std::is_integral_v<Key> || std::is_enum_v<Key> || std::is_pointer_v<Key>)&&(
            std::is_same_v<Equal, std::equal_to<Key>> || std::is_same_v<Equal, std::equal_to<>>);

    // The stored key may be changing; then the answer does not matter, the caller will look again.
    [[nodiscard]] bool same_key(const atomic_word* stored, const word* wanted) const noexcept {
        std::array<word, words_for(sizeof(Key))> copy;
        for (std::size_t i = 0; i < copy.size(); ++i) {
            copy[i] = stored[i].load(std::memory_order_acquire);  // acquire [content]
            if (by_bytes && copy[i] != wanted[i]) return false;
        }
        if constexpr (by_bytes) {
            return true;
        } else {
            object_words<Key> ours, theirs;
            std::memcpy(ours.data(), copy.data(), sizeof(copy));
            std::memcpy(theirs.data(), wanted, sizeof(copy));
            return Equal{}(ours.object(), theirs.object());
        }
    }
};

// The hash of a key with the map's secret, also if the user's hash does not take one.
template <class Hash, class Key>
[[nodiscard]] std::uint32_t seeded_hash(const Hash& hash, const Key& key, hash_seed seed) noexcept {
    if constexpr (std::is_invocable_v<const Hash&, const Key&, hash_seed>)
        return static_cast<std::uint32_t>(hash(key, seed));
    else
        return static_cast<std::uint32_t>(hash_number(static_cast<std::uint64_t>(hash(key)), seed));
}

}  // namespace resile::inline RESILE_PLATFORM::detail::lru
