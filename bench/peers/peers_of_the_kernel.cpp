// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The running kernel's BPF_MAP_TYPE_LRU_HASH: used by a program that the kernel runs and times, without a
// system call in the number; and as user space uses it, with one in each operation.

#include "bench/peers/every_peer.hpp"

#ifdef RESILE_HAVE_LIBBPF
#include "bench/looped_map.hpp"
#include "bench/peers/kernel_lru_program.hpp"

#include <bpf/bpf.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#endif

namespace bench {
#ifdef RESILE_HAVE_LIBBPF
namespace {

[[noreturn]] void fail(const char* what) {
    throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

class descriptor {
  public:
    descriptor() = default;
    explicit descriptor(int number) : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int number() const noexcept { return number_; }

  private:
    int number_ = -1;
};

// By system calls. To count in place is not one step from there, so it does not.
class kernel_map {
  public:
    explicit kernel_map(std::size_t entries)
        : map_(bpf_map_create(BPF_MAP_TYPE_LRU_HASH, "bench", sizeof(std::uint64_t), sizeof(std::uint64_t),
                              static_cast<__u32>(entries), nullptr)) {
        if (map_.number() < 0) fail("the kernel made no LRU map");
    }
    [[nodiscard]] int number() const noexcept { return map_.number(); }

    bool lookup(std::uint64_t key, std::uint64_t& value) {
        return bpf_map_lookup_elem(map_.number(), &key, &value) == 0;
    }
    void update(std::uint64_t key, std::uint64_t value) {
        if (bpf_map_update_elem(map_.number(), &key, &value, BPF_ANY) != 0)
            fail("the kernel refused an update of its map");
    }
    void insert(std::uint64_t key, std::uint64_t value) { update(key, value); }
    bool lookup_or_insert(std::uint64_t key, std::uint64_t value) {
        std::uint64_t present = 0;
        if (lookup(key, present)) return true;
        update(key, value);
        return false;
    }

  private:
    descriptor map_;
};

// Runs a program for each mix, on no map or on this one.
class kernel_programs : public subject {
  public:
    kernel_programs(int map, std::uint64_t entries) {
        for (const mix_text& one : all_mixes) {
            if (one.what == mix::section || one.what == mix::upsert) continue;
            const kernel_lru_program program(one.what, map, key_range(one.what, entries));
            const auto& code = program.code();
            descriptor its(
                bpf_prog_load(BPF_PROG_TYPE_XDP, "bench", "GPL", code.data(), code.size(), nullptr));
            if (its.number() < 0) fail("the kernel refused a BPF program");
            programs_[static_cast<std::size_t>(one.what)] = std::move(its);
        }
    }
    [[nodiscard]] std::string why_not(mix what) const override {
        return what == mix::upsert ? "it has no upsert that is one step" : "";
    }
    [[nodiscard]] bool has_own_clock() const noexcept override { return true; }
    void prepare(mix, std::uint64_t) override {}
    void run(mix what, key_source& keys, batch& done) override {
        kernel_packet packet{.state = keys.state, .hits = 0, .unused = {}};
        bpf_test_run_opts options{};
        options.sz = sizeof(options);
        options.data_in = options.data_out = &packet;
        options.data_size_in = options.data_size_out = sizeof(packet);
        // Not more: for a program that repeats, and that nobody else runs, Linux changes its own code before
        // and after (the dispatcher of XDP), and sleeps for that; then caches are cold.
        options.repeat = 1;
        if (bpf_prog_test_run_opts(programs_[static_cast<std::size_t>(what)].number(), &options) != 0)
            fail("the kernel did not run a BPF program");
        if (options.retval != XDP_PASS)
            throw std::runtime_error("a BPF program was given too short a packet");
        done.operations = kernel_lru_program::turns;
        done.ns += options.duration;
        done.hits += packet.hits;
        keys.state = packet.state;
    }

  private:
    std::array<descriptor, all_mixes.size()> programs_;
};

class kernel_lru_hash final : public kernel_programs {
  public:
    explicit kernel_lru_hash(std::uint64_t entries)
        : kernel_lru_hash(kernel_map(static_cast<std::size_t>(entries)), entries) {}
    void prepare(mix, std::uint64_t entries) override {
        for (std::uint64_t n = 0; n < entries; ++n) map_.insert(nth_key(n), n);
        for (std::uint64_t n = 0; n < hot_keys; ++n) map_.insert(nth_key(n), 0);
    }

  private:
    kernel_lru_hash(kernel_map map, std::uint64_t entries)
        : kernel_programs(map.number(), entries), map_(std::move(map)) {}
    kernel_map map_;
};

struct kernel_loop_alone final : kernel_programs {
    explicit kernel_loop_alone(std::uint64_t entries) : kernel_programs(-1, entries) {}
};

// Empty where this process may make such maps and run such programs.
std::string why_not() {
    try {
        kernel_lru_hash probe(64);
        key_source keys = key_source::nth(1, mix::insert, 64);
        batch done;
        probe.run(mix::insert, keys, done);
        return {};
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

}  // namespace
#endif

void add_peers_of_the_kernel(std::vector<peer>& all) {
    peer inside{.family = "map", .word = "kernel", .name = "kernel LRU_HASH", .library = "Linux"};
    peer outside{
        .family = "map", .word = "kernel-calls", .name = "kernel LRU_HASH, system calls", .library = "Linux"};
    peer loop{
        .family = "map", .word = "kernel-loop", .name = "loop alone, in the kernel", .library = "Linux"};
    loop.is_baseline = true;
#ifdef RESILE_HAVE_LIBBPF
    utsname system{};
    ::uname(&system);
    inside.library = outside.library = loop.library = std::string("Linux ") + system.release;
    inside.make = make_subject<kernel_lru_hash>;
    outside.make = make_subject<looped_map<kernel_map>>;
    loop.make = make_subject<kernel_loop_alone>;
    const std::string reason = why_not();
    for (peer* one : {&inside, &outside, &loop}) {
        one->missing = reason;
        if (!reason.empty())
            one->remedy = "run it as root, or with CAP_BPF and CAP_NET_ADMIN, on Linux 5.3 or later";
    }
#else
    for (peer* one : {&inside, &outside, &loop}) not_built_in(*one, "libbpf-dev");
#endif
    all.insert(all.end(), {inside, outside, loop});
}

}  // namespace bench
