// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The running kernel's own LRU map, through libbpf. It lives in the tool and not in the library, which
// depends on nothing.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tool {

// Empty: the kernel's maps can be used. Otherwise why not, and what would help.
[[nodiscard]] std::string why_no_kernel_map();
// "6.18.44", as the kernel says.
[[nodiscard]] std::string kernel_release();
// CPUs that the kernel keeps values for.
[[nodiscard]] int kernel_possible_cpus();

// Keys and values of 8 bytes. All operations return 0 or a negative error number, as resile::linux_lru does.
class kernel_map {
  public:
    // Throws tool::failure where it cannot be made.
    kernel_map(std::uint32_t max_entries, bool no_common_lru, bool percpu_values);
    ~kernel_map();
    kernel_map(const kernel_map&) = delete;
    kernel_map& operator=(const kernel_map&) = delete;

    // --- as user space ---
    int user_lookup(std::uint64_t key, void* value, std::uint64_t flags = 0) const noexcept;
    int user_update(std::uint64_t key, const void* value, std::uint64_t flags) const noexcept;
    int user_lookup_and_erase(std::uint64_t key, void* value) const noexcept;
    int erase(std::uint64_t key) const noexcept;
    int next_key(const std::uint64_t* key, std::uint64_t& next) const noexcept;
    // All keys, in the map's order; reads them without marking them as used.
    [[nodiscard]] std::vector<std::uint64_t> keys() const;

    // --- as a BPF program: on the CPU that runs, and lookups mark entries as used ---
    int lookup(std::uint64_t key) const noexcept;
    int update(std::uint64_t key, std::uint64_t value, std::uint64_t flags) const noexcept;

    [[nodiscard]] std::size_t user_value_size() const noexcept { return user_value_size_; }

  private:
    [[nodiscard]] int run(int program, std::uint64_t key, std::uint64_t value,
                          std::uint64_t flags) const noexcept;

    int map_ = -1;
    int lookup_program_ = -1;
    int update_program_ = -1;
    std::uint32_t max_entries_;
    std::size_t user_value_size_;
};

}  // namespace tool
