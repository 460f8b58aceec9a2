// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#ifdef RESILE_HAVE_LIBBPF
#include "bench/map_peers/kernel_lru_program.hpp"
#include "bench/map_peers/map_subject.hpp"

#include <bpf/bpf.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace bench {

// The running kernel's BPF_MAP_TYPE_LRU_HASH, used by a program that the kernel runs and times: no system
// call is in the number. It has no upsert that is one step.
class kernel_lru_hash : public map_subject {
  public:
    static constexpr const char* name = "kernel LRU_HASH";

    explicit kernel_lru_hash(std::uint64_t entries, bool with_map = true) {
        programs_.fill(-1);
        try {
            if (with_map) make_map(entries);
            for (const workload what : all_workloads) load(what, entries);
        } catch (...) {
            close_all();
            throw;
        }
    }
    ~kernel_lru_hash() override { close_all(); }

    // Empty where this process may use the kernel's map.
    [[nodiscard]] static std::string why_not() {
        try {
            const kernel_lru_hash probe(64);
            kernel_packet packet{.state = 1, .hits = 0, .unused = {}};
            probe.call(workload::insert, packet, 1);
            return {};
        } catch (const std::runtime_error& error) {
            return error.what();
        }
    }

    [[nodiscard]] bool can(workload what) const noexcept override {
        return what != workload::count_or_insert || map_ < 0;
    }
    void fill(std::uint64_t entries) override {
        for (std::uint64_t n = 0; n < entries; ++n) put(nth_key(n), n);
    }
    void make_counters() override {
        for (std::uint64_t n = 0; n < hot_keys; ++n) put(nth_key(n), 0);
    }
    void run(workload what, key_source& keys, tally& done) override {
        constexpr int repeats = 32;
        constexpr std::uint64_t operations = std::uint64_t{repeats} * kernel_lru_program::turns;
        kernel_packet packet{.state = keys.state, .hits = 0, .unused = {}};
        done.ns += call(what, packet, repeats);
        done.hits += packet.hits;
        done.operations += operations;
        keys.state = packet.state;
    }

  private:
    [[noreturn]] static void fail(const char* what) {
        throw std::runtime_error(std::string(what) + ": " + std::strerror(errno) +
                                 "; root, or CAP_BPF and CAP_NET_ADMIN, and Linux 5.3 are needed");
    }
    void make_map(std::uint64_t entries) {
        map_ = bpf_map_create(BPF_MAP_TYPE_LRU_HASH, "bench", sizeof(std::uint64_t), sizeof(std::uint64_t),
                              static_cast<__u32>(entries), nullptr);
        if (map_ < 0) fail("the kernel made no LRU map");
    }
    void load(workload what, std::uint64_t entries) {
        const kernel_lru_program program(what, map_, key_range(what, entries));
        int& its = programs_[static_cast<std::size_t>(what)];
        its = bpf_prog_load(BPF_PROG_TYPE_XDP, "bench", "GPL", program.code().data(), program.code().size(),
                            nullptr);
        if (its < 0) fail("the kernel refused a BPF program");
    }
    void put(std::uint64_t key, std::uint64_t value) {
        if (map_ >= 0 && bpf_map_update_elem(map_, &key, &value, BPF_ANY) != 0)
            fail("the kernel refused an update of its map");
    }
    // How many ns it took, by the kernel's clock.
    std::uint64_t call(workload what, kernel_packet& packet, int repeats) const {
        bpf_test_run_opts options{};
        options.sz = sizeof(options);
        options.data_in = &packet;
        options.data_out = &packet;
        options.data_size_in = sizeof(packet);
        options.data_size_out = sizeof(packet);
        options.repeat = repeats;
        if (bpf_prog_test_run_opts(programs_[static_cast<std::size_t>(what)], &options) != 0)
            fail("the kernel did not run a BPF program");
        if (options.retval != XDP_PASS)
            throw std::runtime_error("a BPF program was given too short a packet");
        return std::uint64_t{options.duration} * static_cast<std::uint64_t>(repeats);  // it answers the mean
    }
    void close_all() noexcept {
        for (const int program : programs_)
            if (program >= 0) ::close(program);
        if (map_ >= 0) ::close(map_);
    }

    int map_ = -1;
    std::array<int, all_workloads.size()> programs_{};
};

struct kernel_loop_alone final : kernel_lru_hash {
    static constexpr const char* name = "loop alone, in the kernel";
    explicit kernel_loop_alone(std::uint64_t entries) : kernel_lru_hash(entries, false) {}
};

}  // namespace bench
#endif
