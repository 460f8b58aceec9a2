// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// What stands for the kernel's map in a build without libbpf: it says so, and cannot be made.

#ifndef RESILE_HAVE_LIBBPF

#include "tool/failure.hpp"
#include "tool/kernel_map.hpp"

#include <sys/utsname.h>

#include <cerrno>

namespace tool {

std::string why_no_kernel_map() {
    return "this build has no libbpf: install libbpf-dev and build again";
}
std::string kernel_release() {
    utsname name{};
    return ::uname(&name) == 0 ? name.release : "unknown";
}
int kernel_possible_cpus() {
    return 1;
}
bool kernel_knows_cpu_flags() {
    return false;
}
int kernel_creation_error(const resile::linux_lru_options&) {
    return -ENOSYS;
}

kernel_map::kernel_map(const resile::linux_lru_options& wanted)
    : key_size_(wanted.key_size), value_size_(wanted.value_size), user_value_size_(wanted.value_size) {
    throw failure(bad_environment, why_no_kernel_map());
}
kernel_map::~kernel_map() = default;
int kernel_map::lookup(const void*, void*) const noexcept {
    return -ENOSYS;
}
int kernel_map::update(const void*, const void*, std::uint64_t) const noexcept {
    return -ENOSYS;
}
int kernel_map::erase(const void*) const noexcept {
    return -ENOSYS;
}
int kernel_map::user_lookup(const void*, void*, std::uint64_t) const noexcept {
    return -ENOSYS;
}
int kernel_map::user_update(const void*, const void*, std::uint64_t) const noexcept {
    return -ENOSYS;
}
int kernel_map::user_lookup_and_erase(const void*, void*) const noexcept {
    return -ENOSYS;
}
int kernel_map::user_erase(const void*) const noexcept {
    return -ENOSYS;
}
int kernel_map::next_key(const void*, void*) const noexcept {
    return -ENOSYS;
}
int kernel_map::lookup_batch(std::uint64_t&, void*, void*, std::uint32_t&) const noexcept {
    return -ENOSYS;
}
int kernel_map::lookup_and_erase_batch(std::uint64_t&, void*, void*, std::uint32_t&) const noexcept {
    return -ENOSYS;
}
int kernel_map::update_batch(const void*, const void*, std::uint32_t&, std::uint64_t) const noexcept {
    return -ENOSYS;
}
int kernel_map::erase_batch(const void*, std::uint32_t&) const noexcept {
    return -ENOSYS;
}

}  // namespace tool

#endif
