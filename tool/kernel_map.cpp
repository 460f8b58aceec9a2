// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// A lookup by bpf(2) does not mark an entry as used, one by a program does. So the kernel's side of the story
// needs programs: three of them, each run on a packet that carries flags, key and value.

#ifdef RESILE_HAVE_LIBBPF

#include "tool/kernel_map.hpp"

#include "tool/bpf_assembler.hpp"
#include "tool/failure.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/core.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace tool {
namespace {

constexpr unsigned no_common_lru_flag = 1U << 1;

int result_of(int returned) noexcept {
    return returned < 0 ? (returned == -1 ? -errno : returned) : returned;
}

// libbpf's own macro for this needs extensions of C that clang does not accept in C++.
template <class Options>
[[nodiscard]] Options fresh() noexcept {
    Options options{};
    options.sz = sizeof(options);
    return options;
}

constexpr int rounded(std::uint32_t bytes) noexcept {
    return static_cast<int>((bytes + 7) / 8 * 8);
}

// The packet: 8 bytes of flags, the key, the value, each rounded up to 8 bytes.
struct packet_layout {
    std::uint32_t key_size, value_size;
    static constexpr int flags = 0;
    static constexpr int key = 8;
    [[nodiscard]] int value() const noexcept { return key + rounded(key_size); }
    [[nodiscard]] int size() const noexcept { return value() + rounded(value_size); }
};

enum class verb { lookup, update, erase };

// A program for XDP. Result: what the helper returned; for lookup 1 (found, value in the packet) or 0.
std::vector<bpf_insn> program(verb what, int map, const packet_layout& packet) {
    bpf_assembler code;
    bpf_assembler::label end;
    using enum bpf_assembler::reg;
    code.load_word(r6, r1, 0);  // where the packet begins
    code.load_word(r7, r1, 4);  // and ends
    code.set(r0, -EMSGSIZE);    // too short a packet: cannot happen, but the verifier wants it looked at
    code.copy(r8, r6);
    code.add(r8, packet.size());
    code.jump_if_greater(r8, r7, end);
    code.load_map(r1, map);
    code.copy(r2, r6);
    code.add(r2, packet_layout::key);
    switch (what) {
        case verb::lookup:
            code.call(BPF_FUNC_map_lookup_elem);
            code.jump_if_zero(r0, end);
            for (int at = 0; at < static_cast<int>(packet.value_size); ++at) {
                code.load_byte(r1, r0, at);
                code.store_byte(r6, packet.value() + at, r1);
            }
            code.set(r0, 1);
            break;
        case verb::update:
            code.copy(r3, r6);
            code.add(r3, packet.value());
            code.load_long(r4, r6, packet_layout::flags);
            code.call(BPF_FUNC_map_update_elem);
            break;
        case verb::erase:
            code.call(BPF_FUNC_map_delete_elem);
            break;
    }
    code.place(end);
    code.leave();
    return code.code();
}

int load_program(verb what, int map, const packet_layout& packet) {
    const auto code = program(what, map, packet);
    const int descriptor =
        bpf_prog_load(BPF_PROG_TYPE_XDP, "resile", "GPL", code.data(), code.size(), nullptr);
    if (descriptor < 0)
        throw failure(
            bad_environment,
            fmt::format("the kernel refused a BPF program of {} instructions: {}; CAP_BPF and CAP_NET_ADMIN, "
                        "or root, are needed",
                        code.size(), std::strerror(errno)));
    return descriptor;
}

int create(const resile::linux_lru_options& wanted) {
    auto options = fresh<bpf_map_create_opts>();
    options.map_flags = wanted.no_common_lru ? no_common_lru_flag : 0U;
    return result_of(
        bpf_map_create(wanted.percpu_values ? BPF_MAP_TYPE_LRU_PERCPU_HASH : BPF_MAP_TYPE_LRU_HASH, "resile",
                       wanted.key_size, wanted.value_size, wanted.max_entries, &options));
}

int quiet(libbpf_print_level, const char*, va_list) {
    return 0;
}

}  // namespace

std::string kernel_release() {
    utsname name{};
    return ::uname(&name) == 0 ? name.release : "unknown";
}

std::string why_no_kernel_map() {
    libbpf_set_print(quiet);
    const int map = create({.max_entries = 8});
    if (map >= 0) {
        ::close(map);
        return {};
    }
    return fmt::format("bpf(2) answers {} when asked for an LRU map: {}", std::strerror(-map),
                       map == -ENOSYS ? "this kernel is built without BPF"
                                      : "root, or CAP_BPF and a kernel with BPF, are needed");
}

int kernel_possible_cpus() {
    return libbpf_num_possible_cpus();
}

bool kernel_knows_cpu_flags() {
    const kernel_map map({.max_entries = 8, .percpu_values = true});
    const std::uint64_t key = 1;
    const std::uint64_t value = 1;
    return map.user_update(&key, &value, resile::linux_lru::flag_all_cpus) == 0;
}

int kernel_creation_error(const resile::linux_lru_options& wanted) {
    const int map = create(wanted);
    if (map >= 0) ::close(map);
    return map < 0 ? map : 0;
}

kernel_map::kernel_map(const resile::linux_lru_options& wanted)
    : key_size_(wanted.key_size),
      value_size_(wanted.value_size),
      user_value_size_(wanted.percpu_values ? static_cast<std::size_t>(kernel_possible_cpus()) *
                                                  static_cast<std::size_t>(rounded(wanted.value_size))
                                            : wanted.value_size) {
    if (value_size_ > largest_program_value)
        throw failure(bad_usage, fmt::format("programs copy values of up to {} bytes here, not of {}",
                                             largest_program_value, value_size_));
    map_ = create(wanted);
    if (map_ < 0)
        throw failure(bad_environment, fmt::format("the kernel did not make an LRU map of {} entries: {}",
                                                   wanted.max_entries, std::strerror(-map_)));
    try {
        const packet_layout packet{key_size_, value_size_};
        lookup_program_ = load_program(verb::lookup, map_, packet);
        update_program_ = load_program(verb::update, map_, packet);
        erase_program_ = load_program(verb::erase, map_, packet);
    } catch (...) {
        close_all();
        throw;
    }
}

kernel_map::~kernel_map() {
    close_all();
}

void kernel_map::close_all() noexcept {
    for (const int descriptor : {erase_program_, update_program_, lookup_program_, map_})
        if (descriptor >= 0) ::close(descriptor);
}

int kernel_map::run(int program, const void* key, const void* given, void* wanted,
                    std::uint64_t flags) const noexcept {
    unsigned char bytes[packet_layout::key + 512 + largest_program_value] = {};
    const packet_layout packet{key_size_, value_size_};
    if (static_cast<std::size_t>(packet.size()) > sizeof(bytes)) return -E2BIG;
    std::memcpy(bytes, &flags, sizeof(flags));
    std::memcpy(bytes + packet_layout::key, key, key_size_);
    if (given != nullptr) std::memcpy(bytes + packet.value(), given, value_size_);
    const auto size = static_cast<__u32>(packet.size());
    auto options = fresh<bpf_test_run_opts>();
    options.data_in = bytes;
    options.data_out = bytes;
    options.data_size_in = size;
    options.data_size_out = size;
    options.repeat = 1;
    const int error = result_of(bpf_prog_test_run_opts(program, &options));
    if (error != 0) return error;
    if (wanted != nullptr) std::memcpy(wanted, bytes + packet.value(), value_size_);
    return static_cast<int>(options.retval);
}

int kernel_map::lookup(const void* key, void* value) const noexcept {
    const int result = run(lookup_program_, key, nullptr, value, 0);
    return result == 1 ? 0 : result == 0 ? -ENOENT : result;
}
int kernel_map::update(const void* key, const void* value, std::uint64_t flags) const noexcept {
    return run(update_program_, key, value, nullptr, flags);
}
int kernel_map::erase(const void* key) const noexcept {
    return run(erase_program_, key, nullptr, nullptr, 0);
}

int kernel_map::user_lookup(const void* key, void* value, std::uint64_t flags) const noexcept {
    return result_of(bpf_map_lookup_elem_flags(map_, key, value, flags));
}
int kernel_map::user_update(const void* key, const void* value, std::uint64_t flags) const noexcept {
    return result_of(bpf_map_update_elem(map_, key, value, flags));
}
int kernel_map::user_lookup_and_erase(const void* key, void* value) const noexcept {
    return result_of(bpf_map_lookup_and_delete_elem(map_, key, value));
}
int kernel_map::user_erase(const void* key) const noexcept {
    return result_of(bpf_map_delete_elem(map_, key));
}
int kernel_map::next_key(const void* key, void* next) const noexcept {
    return result_of(bpf_map_get_next_key(map_, key, next));
}

// The kernel's position is 32 bits; 0 is where it begins.
int kernel_map::lookup_batch(std::uint64_t& position, void* keys, void* values,
                             std::uint32_t& count) const noexcept {
    auto from = static_cast<__u32>(position);
    __u32 to = from;
    const auto options = fresh<bpf_map_batch_opts>();
    const int result = result_of(
        bpf_map_lookup_batch(map_, from == 0 ? nullptr : &from, &to, keys, values, &count, &options));
    position = to;
    return result;
}
int kernel_map::lookup_and_erase_batch(std::uint64_t& position, void* keys, void* values,
                                       std::uint32_t& count) const noexcept {
    auto from = static_cast<__u32>(position);
    __u32 to = from;
    const auto options = fresh<bpf_map_batch_opts>();
    const int result = result_of(bpf_map_lookup_and_delete_batch(map_, from == 0 ? nullptr : &from, &to, keys,
                                                                 values, &count, &options));
    position = to;
    return result;
}
int kernel_map::update_batch(const void* keys, const void* values, std::uint32_t& count,
                             std::uint64_t flags) const noexcept {
    auto options = fresh<bpf_map_batch_opts>();
    options.elem_flags = flags;
    return result_of(bpf_map_update_batch(map_, keys, values, &count, &options));
}
int kernel_map::erase_batch(const void* keys, std::uint32_t& count) const noexcept {
    const auto options = fresh<bpf_map_batch_opts>();
    return result_of(bpf_map_delete_batch(map_, keys, &count, &options));
}

}  // namespace tool

#endif
