// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A cell's outcome as bytes, from the process that explored it to the one that prints it.

#include "lab/injection/exploration.hpp"

#include <cstring>
#include <string>

namespace resile_lab {

class message_writer {
  public:
    void add(std::uint64_t number) { bytes_.append(reinterpret_cast<const char*>(&number), sizeof(number)); }
    void add(const std::string& text) {
        add(std::uint64_t{text.size()});
        bytes_ += text;
    }
    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

  private:
    std::string bytes_;
};

class message_reader {
  public:
    explicit message_reader(const std::string& bytes) : bytes_(bytes) {}
    [[nodiscard]] std::uint64_t number() {
        std::uint64_t value = 0;
        if (at_ + sizeof(value) > bytes_.size()) {
            whole_ = false;
            return 0;
        }
        std::memcpy(&value, bytes_.data() + at_, sizeof(value));
        at_ += sizeof(value);
        return value;
    }
    [[nodiscard]] std::string text() {
        const std::uint64_t size = number();
        if (size > bytes_.size() - at_) {
            whole_ = false;
            return {};
        }
        at_ += size;
        return bytes_.substr(at_ - size, size);
    }
    // Nothing was missing, and nothing is left.
    [[nodiscard]] bool is_whole() const noexcept { return whole_ && at_ == bytes_.size(); }

  private:
    const std::string& bytes_;
    std::size_t at_ = 0;
    bool whole_ = true;
};

[[nodiscard]] inline std::string message_of(const cell_outcome& outcome) {
    message_writer to;
    to.add(outcome.instructions);
    to.add(outcome.injections);
    to.add(outcome.failures);
    to.add(outcome.died);
    to.add(std::uint64_t{outcome.first_failures.size()});
    for (const broken_promise& one : outcome.first_failures) {
        to.add(std::uint64_t{one.at.step});
        to.add(std::uint64_t{one.at.inner});
        to.add(one.promise);
        to.add(one.instruction);
        to.add(one.stacks);
    }
    to.add(std::uint64_t{outcome.seen.size()});
    for (const auto& [what, times] : outcome.seen) {
        to.add(what);
        to.add(times);
    }
    return to.bytes();
}

// False: the sender died in the middle.
[[nodiscard]] inline bool read_message(const std::string& bytes, cell_outcome& outcome) {
    message_reader from(bytes);
    outcome.instructions = from.number();
    outcome.injections = from.number();
    outcome.failures = from.number();
    outcome.died = from.text();
    const std::uint64_t failures = from.number();
    for (std::uint64_t i = 0; i < failures && i < most_failures_kept; ++i) {
        broken_promise one;
        one.at.step = from.number();
        one.at.inner = from.number();
        one.promise = from.text();
        one.instruction = from.text();
        one.stacks = from.text();
        outcome.first_failures.push_back(std::move(one));
    }
    for (std::uint64_t left = from.number(); left > 0 && left <= bytes.size(); --left) {
        const std::string what = from.text();
        outcome.seen[what] = from.number();
    }
    return from.is_whole();
}

}  // namespace resile_lab
