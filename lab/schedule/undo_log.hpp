// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Takes a schedule back: every change of a word passes the door, and is undone in reverse. So what was
// prepared once, a map with its entries, serves all schedules.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace resile_lab {

class undo_log {
  public:
    void remember(void* word, std::size_t size) {
        change one{word, 0, static_cast<std::uint32_t>(size)};
        std::memcpy(&one.before, word, size);
        changes_.push_back(one);
    }
    void undo() noexcept {
        while (!changes_.empty()) {
            const change& last = changes_.back();
            std::memcpy(last.word, &last.before, last.size);
            changes_.pop_back();
        }
    }

  private:
    struct change {
        void* word;
        std::uint64_t before;
        std::uint32_t size;
    };
    std::vector<change> changes_;
};

}  // namespace resile_lab
