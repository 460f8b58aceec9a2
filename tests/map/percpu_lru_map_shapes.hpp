// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// What the tests of percpu_lru_map share: values of one word and of six that tell whether they are whole.

#include <resile/percpu_lru_map.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <ostream>

namespace resile_test {

// One word: a number, and its complement.
struct one_word {
    std::uint32_t number = 0, complement = 0;

    [[nodiscard]] static constexpr one_word of(std::uint64_t number) noexcept {
        const auto low = static_cast<std::uint32_t>(number);
        return low == 0 ? one_word{} : one_word{low, ~low};
    }
    [[nodiscard]] constexpr std::uint64_t count() const noexcept { return number; }
    [[nodiscard]] constexpr bool is_whole() const noexcept { return *this == of(number); }
    friend constexpr bool operator==(const one_word&, const one_word&) = default;
};

// Six words, each of which is made of the same number in another way.
struct six_words {
    std::array<std::uint64_t, 6> words{};

    [[nodiscard]] static constexpr six_words of(std::uint64_t number) noexcept {
        six_words made;
        for (std::size_t i = 0; i < made.words.size(); ++i)
            made.words[i] = number * (0x9e3779b97f4a7c15U * i + 1);
        return made;
    }
    [[nodiscard]] constexpr std::uint64_t count() const noexcept { return words[0]; }
    [[nodiscard]] constexpr bool is_whole() const noexcept { return *this == of(words[0]); }
    friend constexpr bool operator==(const six_words&, const six_words&) = default;
};

static_assert(sizeof(one_word) == 8 && sizeof(six_words) == 48);

inline void PrintTo(const one_word& value, std::ostream* out) {
    *out << value.count() << (value.is_whole() ? "" : " (torn)");
}
inline void PrintTo(const six_words& value, std::ostream* out) {
    *out << value.count() << (value.is_whole() ? "" : " (torn)");
}

template <class Value>
using percpu_map = resile::percpu_lru_map<std::uint64_t, Value>;

// Maps that stay small, and behave the same each time.
[[nodiscard]] inline resile::lru_options small_map(std::size_t contexts = 8) {
    resile::lru_options options;
    options.contexts = contexts;
    options.seed = 1;
    options.huge_pages = false;
    return options;
}

template <class Value>
struct of_size : testing::Test {};
using value_sizes = testing::Types<one_word, six_words>;

inline constexpr auto add_up = [](std::uint64_t sum, const auto& value) { return sum + value.count(); };

// One more than there was.
inline constexpr auto one_more = [](auto& value) {
    value = std::remove_cvref_t<decltype(value)>::of(value.count() + 1);
};

}  // namespace resile_test
