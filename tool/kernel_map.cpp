// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/kernel_map.hpp"

#include "tool/commands.hpp"

#include <fmt/core.h>
#include <sys/utsname.h>

#include <cerrno>
#include <cstring>

#ifdef RESILE_HAVE_LIBBPF
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <unistd.h>
#endif

namespace tool {

std::string kernel_release() {
    utsname name{};
    return ::uname(&name) == 0 ? name.release : "unknown";
}

#ifdef RESILE_HAVE_LIBBPF

namespace {

int result_of(int returned) noexcept {
    return returned < 0 ? (returned == -1 ? -errno : returned) : returned;
}

// A few instructions, by name. Offsets are in instructions, sizes always 8 bytes.
namespace assembler {

constexpr unsigned r0 = 0, r1 = 1, r2 = 2, r3 = 3, r4 = 4, r6 = 6, r10 = 10;

constexpr bpf_insn make(unsigned code, unsigned to, unsigned from, int offset, int immediate) {
    bpf_insn word{};
    word.code = static_cast<__u8>(code);
    word.dst_reg = to & 15U;
    word.src_reg = from & 15U;
    word.off = static_cast<__s16>(offset);
    word.imm = immediate;
    return word;
}
constexpr bpf_insn copy(unsigned to, unsigned from) {
    return make(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}
constexpr bpf_insn set(unsigned to, int value) {
    return make(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}
constexpr bpf_insn add(unsigned to, int value) {
    return make(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value);
}
constexpr bpf_insn load(unsigned to, unsigned base, int at) {
    return make(BPF_LDX | BPF_MEM | BPF_DW, to, base, at, 0);
}
constexpr bpf_insn load_word(unsigned to, unsigned base, int at) {
    return make(BPF_LDX | BPF_MEM | BPF_W, to, base, at, 0);
}
constexpr bpf_insn store(unsigned base, int at, unsigned from) {
    return make(BPF_STX | BPF_MEM | BPF_DW, base, from, at, 0);
}
constexpr bpf_insn jump_if_greater(unsigned left, unsigned right, int distance) {
    return make(BPF_JMP | BPF_JGT | BPF_X, left, right, distance, 0);
}
constexpr bpf_insn jump_if_zero(unsigned what, int distance) {
    return make(BPF_JMP | BPF_JEQ | BPF_K, what, 0, distance, 0);
}
constexpr bpf_insn call(int helper) {
    return make(BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}
constexpr bpf_insn leave() {
    return make(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

}  // namespace assembler

// The packet that a program is run with.
struct request {
    std::uint64_t key, value, flags, unused;
};

// Programs for XDP: the packet's first 24 bytes are key, value, flags. r0 ends as the result.
std::vector<bpf_insn> program(int map, bool updates) {
    using namespace assembler;
    std::vector<bpf_insn> code = {
        load_word(r2, r1, 0),  // data
        load_word(r3, r1, 4),  // data_end
        copy(r6, r2),
        copy(r4, r2),
        add(r4, 24),
        set(r0, 1000),  // packet too short: cannot happen
        jump_if_greater(r4, r3, updates ? 13 : 10),
        load(r4, r6, 0),
        store(r10, -8, r4),
        load(r4, r6, 8),
        store(r10, -16, r4),
    };
    const auto add_map_argument = [&] {
        code.push_back(make(BPF_LD | BPF_DW | BPF_IMM, r1, BPF_PSEUDO_MAP_FD, 0, map));
        code.push_back(make(0, 0, 0, 0, 0));  // upper half of the 16-byte instruction
    };
    add_map_argument();
    code.push_back(copy(r2, r10));
    code.push_back(add(r2, -8));
    if (updates) {
        code.push_back(copy(r3, r10));
        code.push_back(add(r3, -16));
        code.push_back(load(r4, r6, 16));
        code.push_back(call(BPF_FUNC_map_update_elem));
        code.push_back(leave());
    } else {
        code.push_back(call(BPF_FUNC_map_lookup_elem));
        code.push_back(jump_if_zero(r0, 1));
        code.push_back(set(r0, 1));
        code.push_back(leave());
    }
    // The distance of the first jump leads to the last instruction.
    code[6].off = static_cast<__s16>(code.size() - 1 - 7);
    return code;
}

int load_program(int map, bool updates) {
    const auto code = program(map, updates);
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

int quiet(libbpf_print_level, const char*, va_list) {
    return 0;
}

}  // namespace

std::string why_no_kernel_map() {
    libbpf_set_print(quiet);
    const int map = bpf_map_create(BPF_MAP_TYPE_LRU_HASH, "resile_probe", 8, 8, 8, nullptr);
    if (map >= 0) {
        ::close(map);
        return {};
    }
    return fmt::format(
        "bpf(2) answers {} when asked for an LRU map: root, or CAP_BPF and a kernel with BPF, are needed",
        std::strerror(errno));
}

int kernel_possible_cpus() {
    return libbpf_num_possible_cpus();
}

kernel_map::kernel_map(std::uint32_t max_entries, bool no_common_lru, bool percpu_values)
    : max_entries_(max_entries),
      user_value_size_(percpu_values ? 8 * static_cast<std::size_t>(kernel_possible_cpus()) : 8) {
    LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = no_common_lru ? 1U << 1 : 0U);
    map_ = bpf_map_create(percpu_values ? BPF_MAP_TYPE_LRU_PERCPU_HASH : BPF_MAP_TYPE_LRU_HASH, "resile", 8,
                          8, max_entries, &options);
    if (map_ < 0)
        throw failure(bad_environment, fmt::format("the kernel did not make an LRU map of {} entries: {}",
                                                   max_entries, std::strerror(errno)));
    try {
        lookup_program_ = load_program(map_, false);
        update_program_ = load_program(map_, true);
    } catch (...) {
        if (lookup_program_ >= 0) ::close(lookup_program_);
        ::close(map_);
        throw;
    }
}

kernel_map::~kernel_map() {
    ::close(update_program_);
    ::close(lookup_program_);
    ::close(map_);
}

int kernel_map::user_lookup(std::uint64_t key, void* value, std::uint64_t flags) const noexcept {
    return result_of(bpf_map_lookup_elem_flags(map_, &key, value, flags));
}
int kernel_map::user_update(std::uint64_t key, const void* value, std::uint64_t flags) const noexcept {
    return result_of(bpf_map_update_elem(map_, &key, value, flags));
}
int kernel_map::user_lookup_and_erase(std::uint64_t key, void* value) const noexcept {
    return result_of(bpf_map_lookup_and_delete_elem(map_, &key, value));
}
int kernel_map::erase(std::uint64_t key) const noexcept {
    return result_of(bpf_map_delete_elem(map_, &key));
}
int kernel_map::next_key(const std::uint64_t* key, std::uint64_t& next) const noexcept {
    return result_of(bpf_map_get_next_key(map_, key, &next));
}

std::vector<std::uint64_t> kernel_map::keys() const {
    std::vector<std::uint64_t> all(max_entries_ + 64);
    std::vector<unsigned char> values(all.size() * user_value_size_);
    auto count = static_cast<__u32>(all.size());
    std::uint64_t position = 0;
    LIBBPF_OPTS(bpf_map_batch_opts, options);
    const int result = result_of(
        bpf_map_lookup_batch(map_, nullptr, &position, all.data(), values.data(), &count, &options));
    if (result != 0 && result != -ENOENT)
        throw failure(bad_environment,
                      fmt::format("the kernel could not list a map: {}", std::strerror(-result)));
    all.resize(count);
    return all;
}

int kernel_map::run(int program, std::uint64_t key, std::uint64_t value, std::uint64_t flags) const noexcept {
    const request packet{key, value, flags, 0};
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = &packet, .data_size_in = sizeof(packet), .repeat = 1);
    const int error = result_of(bpf_prog_test_run_opts(program, &options));
    return error != 0 ? error : static_cast<int>(options.retval);
}

int kernel_map::lookup(std::uint64_t key) const noexcept {
    const int result = run(lookup_program_, key, 0, 0);
    return result == 1 ? 0 : result == 0 ? -ENOENT : result;
}
int kernel_map::update(std::uint64_t key, std::uint64_t value, std::uint64_t flags) const noexcept {
    return run(update_program_, key, value, flags);
}

#else

std::string why_no_kernel_map() {
    return "this build has no libbpf: install libbpf-dev and build again";
}
int kernel_possible_cpus() {
    return 1;
}
kernel_map::kernel_map(std::uint32_t max_entries, bool, bool)
    : max_entries_(max_entries), user_value_size_(8) {
    throw failure(bad_environment, why_no_kernel_map());
}
kernel_map::~kernel_map() = default;
int kernel_map::user_lookup(std::uint64_t, void*, std::uint64_t) const noexcept {
    return -ENOSYS;
}
int kernel_map::user_update(std::uint64_t, const void*, std::uint64_t) const noexcept {
    return -ENOSYS;
}
int kernel_map::user_lookup_and_erase(std::uint64_t, void*) const noexcept {
    return -ENOSYS;
}
int kernel_map::erase(std::uint64_t) const noexcept {
    return -ENOSYS;
}
int kernel_map::next_key(const std::uint64_t*, std::uint64_t&) const noexcept {
    return -ENOSYS;
}
std::vector<std::uint64_t> kernel_map::keys() const {
    return {};
}
int kernel_map::run(int, std::uint64_t, std::uint64_t, std::uint64_t) const noexcept {
    return -ENOSYS;
}
int kernel_map::lookup(std::uint64_t) const noexcept {
    return -ENOSYS;
}
int kernel_map::update(std::uint64_t, std::uint64_t, std::uint64_t) const noexcept {
    return -ENOSYS;
}

#endif

}  // namespace tool
