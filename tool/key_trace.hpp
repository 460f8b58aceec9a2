// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A trace of keys: one per line, plain or compressed, any text. Keys become numbers in the order of their
// first appearance, so that two keys are the same if and only if their texts are.

#include <cstdint>
#include <string>
#include <vector>

namespace tool {

struct key_trace {
    std::string name;
    std::vector<std::uint32_t> requests;
    std::uint32_t distinct = 0;
};

// Reads a file, "-" for standard input; zstd and gzip are recognised by their first bytes. A line ends with
// \n or \r\n; empty lines are skipped. Throws failure, naming the file and what to do.
[[nodiscard]] key_trace read_trace(const std::string& path);

// A built-in trace: Zipf over `keys` ranks with exponent 0.9, the same for the same seed.
[[nodiscard]] key_trace zipf_trace(std::uint32_t requests, std::uint32_t keys, std::uint64_t seed);

}  // namespace tool
