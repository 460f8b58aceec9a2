// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Values that are a number, of as many words as a map is to be tried with. Those of one word change in place,
// others are replaced, and tell whether their words belong together.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace resile_lab {

// A number that nobody writes: the words of a value did not belong together.
inline constexpr std::uint64_t torn = std::numeric_limits<std::uint64_t>::max();

struct one_word {
    using type = std::uint64_t;
    static type of(std::uint64_t number) noexcept { return number; }
    static std::uint64_t number(const type& value) noexcept { return value; }
};

template <std::size_t Words>
struct several_words {
    using type = std::array<std::uint64_t, Words>;
    static type of(std::uint64_t number) noexcept {
        type value;
        for (std::size_t i = 0; i < Words; ++i) value[i] = i % 2 == 0 ? number : ~number;
        return value;
    }
    static std::uint64_t number(const type& value) noexcept {
        return value == of(value[0]) ? value[0] : torn;
    }
};
using two_words = several_words<2>;
using five_words = several_words<5>;

}  // namespace resile_lab
