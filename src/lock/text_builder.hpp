// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <resile/detail/platform.hpp>

#include <cstddef>
#include <cstdint>

namespace resile::inline RESILE_PLATFORM::detail {

// Builds a text in a given buffer; what does not fit is cut off. For handlers: no allocation, no locale.
class text_builder {
  public:
    text_builder(char* text, std::size_t size) noexcept : text_(text), size_(size) {
        if (size_ != 0) text_[0] = '\0';
    }
    text_builder& operator<<(const char* words) noexcept {
        for (; *words != '\0'; ++words) put(*words);
        return *this;
    }
    text_builder& number(std::uint64_t value) noexcept { return digits(value, 10); }
    text_builder& address(const void* pointer) noexcept {
        *this << "0x";
        return digits(reinterpret_cast<std::uintptr_t>(pointer), 16);
    }
    [[nodiscard]] std::size_t length() const noexcept { return length_; }

  private:
    void put(char letter) noexcept {
        if (length_ + 1 >= size_) return;
        text_[length_++] = letter;
        text_[length_] = '\0';
    }
    text_builder& digits(std::uint64_t value, unsigned base) noexcept {
        char reversed[20];
        std::size_t count = 0;
        do {
            reversed[count++] = "0123456789abcdef"[value % base];
            value /= base;
        } while (value != 0);
        while (count != 0) put(reversed[--count]);
        return *this;
    }

    char* text_;
    std::size_t size_;
    std::size_t length_ = 0;
};

}  // namespace resile::inline RESILE_PLATFORM::detail
