// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A map as forecasts and measurements see it, keys and values of 8 bytes. The same code makes it twice:
// behind the door, where its lines are counted, and on the real machine, where its time is taken.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace resile_lab {

class contestant {
  public:
    contestant() = default;
    virtual ~contestant() = default;
    contestant(const contestant&) = delete;
    contestant& operator=(const contestant&) = delete;

    // Each counts as a use of the entry, and is called by many threads at once.
    [[nodiscard]] virtual bool lookup(std::uint64_t key) noexcept = 0;
    // Inserts the key, or writes its new value. False: refused.
    virtual bool put(std::uint64_t key, std::uint64_t value) noexcept = 0;
    // Adds 1 to the value; inserts 1 if the key is absent. False: refused.
    virtual bool count(std::uint64_t key) noexcept = 0;
};

struct contestant_size {
    unsigned entries;
    unsigned cpus;
};

struct contestant_kind {
    std::string name;
    std::string meaning;
};
[[nodiscard]] const std::vector<contestant_kind>& contestant_kinds();

// Of these names. Each is compiled from contestants.cpp, for its platform.
inline namespace native {
[[nodiscard]] std::unique_ptr<contestant> make_contestant(const std::string& name, const contestant_size&);
}
inline namespace scheduled {
[[nodiscard]] std::unique_ptr<contestant> make_contestant(const std::string& name, const contestant_size&);
}

}  // namespace resile_lab
