// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The running kernel's own LRU map, through libbpf, with the operations of resile::linux_lru under the same
// names, so that one text can drive both. It lives in the tool and not in the library, which depends on
// nothing. Without libbpf: kernel_map_absent.cpp.

#include <resile/linux_lru.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace tool {

// Empty: the kernel's maps can be used. Otherwise why not, and what would help.
[[nodiscard]] std::string why_no_kernel_map();
// "6.18.44", as the kernel says.
[[nodiscard]] std::string kernel_release();
// CPUs that the kernel keeps values for.
[[nodiscard]] int kernel_possible_cpus();
// Whether it knows F_CPU and F_ALL_CPUS. Asked, not inferred from its release.
[[nodiscard]] bool kernel_knows_cpu_flags();
// 0, or the negative error number with which the kernel refuses to make such a map.
[[nodiscard]] int kernel_creation_error(const resile::linux_lru_options&);

// All operations return 0 or a negative error number.
class kernel_map {
  public:
    // What a program can copy out of a value.
    static constexpr std::uint32_t largest_program_value = 64;

    // Heeds the sizes and the flavour; the generation is the kernel's own. Throws tool::failure where the map
    // cannot be made.
    explicit kernel_map(const resile::linux_lru_options&);
    ~kernel_map();
    kernel_map(const kernel_map&) = delete;
    kernel_map& operator=(const kernel_map&) = delete;

    // --- as a BPF program, run on the CPU that the caller runs on. Lookups mark entries as used. ---
    // `value` gets value_size bytes of this CPU; may be null.
    int lookup(const void* key, void* value) const noexcept;
    int update(const void* key, const void* value, std::uint64_t flags) const noexcept;
    int erase(const void* key) const noexcept;

    // --- as user space, by bpf(2) ---
    [[nodiscard]] std::size_t user_value_size() const noexcept { return user_value_size_; }
    int user_lookup(const void* key, void* value, std::uint64_t flags = 0) const noexcept;
    int user_update(const void* key, const void* value, std::uint64_t flags) const noexcept;
    int user_lookup_and_erase(const void* key, void* value) const noexcept;
    int user_erase(const void* key) const noexcept;
    int next_key(const void* key, void* next) const noexcept;
    int lookup_batch(std::uint64_t& position, void* keys, void* values, std::uint32_t& count) const noexcept;
    int lookup_and_erase_batch(std::uint64_t& position, void* keys, void* values,
                               std::uint32_t& count) const noexcept;
    int update_batch(const void* keys, const void* values, std::uint32_t& count,
                     std::uint64_t flags) const noexcept;
    int erase_batch(const void* keys, std::uint32_t& count) const noexcept;

  private:
    void close_all() noexcept;
    [[nodiscard]] int run(int program, const void* key, const void* given, void* wanted,
                          std::uint64_t flags) const noexcept;

    int map_ = -1;
    int lookup_program_ = -1;
    int update_program_ = -1;
    int erase_program_ = -1;
    std::uint32_t key_size_;
    std::uint32_t value_size_;
    std::size_t user_value_size_;
};

}  // namespace tool
