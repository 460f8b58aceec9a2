// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace tool {

// Bytes of a file, decompressed if need be.
class byte_source {
  public:
    byte_source() = default;
    byte_source(const byte_source&) = delete;
    byte_source& operator=(const byte_source&) = delete;
    virtual ~byte_source() = default;
    // 0 at the end. Throws failure for what cannot be read or is damaged.
    [[nodiscard]] virtual std::size_t read(char* bytes, std::size_t room) = 0;
};

// "-" is standard input. Looks at the first bytes, not at the name.
[[nodiscard]] std::unique_ptr<byte_source> open_bytes(const std::string& path);

}  // namespace tool
