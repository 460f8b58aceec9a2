// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Hashes with a secret: whoever chooses the keys, but does not know the seed, cannot make them meet in one
// bucket.
//
// Integers: two rounds of a folded 64 x 64 -> 128-bit product (the mixing step of wyhash, by Wang Yi), so
// that consecutive numbers, and such whose low bits are all zero, spread. Anything longer: SipHash-1-3
// (Aumasson and Bernstein, 2012), whose strength does not rest on the obscurity of a product.

#include <resile/detail/platform.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace resile::inline RESILE_PLATFORM {

// 128 bits that only the map knows.
struct hash_seed {
    std::uint64_t first = 0, second = 0;
};

namespace detail {

[[nodiscard]] constexpr std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) noexcept {
    __extension__ using wide = unsigned __int128;
    const wide product = static_cast<wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

class sip_state {
  public:
    constexpr explicit sip_state(hash_seed seed) noexcept
        : v0_(seed.first ^ 0x736f6d6570736575ULL),
          v1_(seed.second ^ 0x646f72616e646f6dULL),
          v2_(seed.first ^ 0x6c7967656e657261ULL),
          v3_(seed.second ^ 0x7465646279746573ULL) {}
    constexpr void add(std::uint64_t word) noexcept {
        v3_ ^= word;
        round();
        v0_ ^= word;
    }
    [[nodiscard]] constexpr std::uint64_t finish() noexcept {
        v2_ ^= 0xff;
        round();
        round();
        round();
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

  private:
    constexpr void round() noexcept {
        v0_ += v1_;
        v1_ = std::rotl(v1_, 13) ^ v0_;
        v0_ = std::rotl(v0_, 32);
        v2_ += v3_;
        v3_ = std::rotl(v3_, 16) ^ v2_;
        v0_ += v3_;
        v3_ = std::rotl(v3_, 21) ^ v0_;
        v2_ += v1_;
        v1_ = std::rotl(v1_, 17) ^ v2_;
        v2_ = std::rotl(v2_, 32);
    }
    std::uint64_t v0_, v1_, v2_, v3_;
};

}  // namespace detail

// Of a number. Cost: 4 ns or less. Contexts: any.
[[nodiscard]] constexpr std::uint64_t hash_number(std::uint64_t number, hash_seed seed) noexcept {
    const std::uint64_t once =
        detail::folded_product(number ^ seed.first, seed.second | 0x9e3779b97f4a7c15ULL);
    return detail::folded_product(once ^ seed.second, seed.first | 0xa0761d6478bd642fULL);
}

// Of bytes: SipHash-1-3. Cost: about 1 ns per 8 bytes, and 10. Contexts: any.
[[nodiscard]] inline std::uint64_t hash_bytes(const void* bytes, std::size_t size, hash_seed seed) noexcept {
    detail::sip_state state(seed);
    const auto* at = static_cast<const unsigned char*>(bytes);
    std::size_t left = size;
    for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t), at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof(word));
        state.add(word);
    }
    std::uint64_t rest = 0;
    if (left != 0) std::memcpy(&rest, at, left);
    state.add(rest | static_cast<std::uint64_t>(size) << 56);
    return state.finish();
}

// The default hash of a map's keys: of all their bytes. Types with padding, and floating-point numbers, have
// equal values with different bytes; for them, give the map a Hash of your own: `std::uint64_t
// operator()(const Key&)`, or better `operator()(const Key&, resile::hash_seed)`.
template <class Key>
struct hash {
    static_assert(
        std::has_unique_object_representations_v<Key>,
        "resile::hash: equal values of this key type may differ in their bytes (padding, floating point); "
        "give the map a Hash and an Equal of your own");
    [[nodiscard]] std::uint64_t operator()(const Key& key, hash_seed seed) const noexcept {
        if constexpr (sizeof(Key) <= sizeof(std::uint64_t)) {
            std::uint64_t number = 0;
            std::memcpy(&number, &key, sizeof(Key));
            return hash_number(number, seed);
        } else {
            return hash_bytes(&key, sizeof(Key), seed);
        }
    }
};

}  // namespace resile::inline RESILE_PLATFORM
