// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/key_source.hpp"

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace bench {

// What the program finds in its packet, and leaves there.
struct kernel_packet {
    std::uint64_t state;  // the key source's
    std::uint64_t hits;
    std::uint64_t unused[2];  // XDP wants 14 bytes or more
};

// An XDP program that does one mix in a loop, on the keys of key_source. The loop is bounded, which
// Linux accepts since 5.3; the verifier walks through every turn, so there are few.
class kernel_lru_program {
  public:
    static constexpr int turns = 512;

    // Without a map: the loop alone.
    kernel_lru_program(mix what, int map, std::uint64_t range) {
        load(BPF_W, r6, r1, offsetof(xdp_md, data));
        load(BPF_W, r2, r1, offsetof(xdp_md, data_end));
        copy(r3, r6);
        with_number(BPF_ADD, r3, sizeof(kernel_packet));
        set(r0, XDP_ABORTED);
        const std::size_t too_short = jump(BPF_JGT | BPF_X, r3, r2, 0);
        load(BPF_DW, state, r6, offsetof(kernel_packet, state));
        load(BPF_DW, hits, r6, offsetof(kernel_packet, hits));
        set(turn, 0);
        const std::size_t loop = code_.size();
        make_key(what, range);
        if (map >= 0) operate(what, map);
        with_number(BPF_ADD, turn, 1);
        land(jump(BPF_JLT | BPF_K, turn, r0, turns), loop);
        store(r6, offsetof(kernel_packet, state), state);
        store(r6, offsetof(kernel_packet, hits), hits);
        set(r0, XDP_PASS);
        land(too_short);
        add({BPF_JMP | BPF_EXIT, r0, r0, 0, 0});
    }
    [[nodiscard]] const std::vector<bpf_insn>& code() const noexcept { return code_; }

  private:
    enum reg : unsigned { r0, r1, r2, r3, r4, r6 = 6, state, turn, hits, frame };
    static constexpr int key_at = -8;
    static constexpr int value_at = -16;

    void make_key(mix what, std::uint64_t range) {
        if (what == mix::insert) {
            with_number(BPF_ADD, state, 1);
            copy(r1, state);
        } else {
            for (const auto& [direction, bits] : {std::pair{BPF_LSH, 13}, {BPF_RSH, 7}, {BPF_LSH, 17}}) {
                copy(r1, state);
                with_number(direction, r1, bits);
                with_register(BPF_XOR, state, r1);
            }
            copy(r1, state);
            with_number(BPF_RSH, r1, 32);
            with_number(BPF_MUL, r1, range);
            with_number(BPF_RSH, r1, 32);
        }
        for (const std::uint64_t factor : {key_spread, key_scramble}) {
            set_long(r2, r0, factor);
            with_register(BPF_MUL, r1, r2);
            copy(r2, r1);
            with_number(BPF_RSH, r2, key_fold);
            with_register(BPF_XOR, r1, r2);
        }
        store(frame, key_at, r1);
    }

    void operate(mix what, int map) {
        switch (what) {
            case mix::lookup: {
                call_lookup(map);
                const std::size_t missed = jump(BPF_JEQ | BPF_K, r0, r0, 0);
                load(BPF_DW, r1, r0, 0);
                store(frame, value_at, r1);
                with_number(BPF_ADD, hits, 1);
                land(missed);
                break;
            }
            case mix::counter: {
                call_lookup(map);
                const std::size_t missed = jump(BPF_JEQ | BPF_K, r0, r0, 0);
                set(r1, 1);
                add({BPF_STX | BPF_ATOMIC | BPF_DW, r0, r1, 0, BPF_ADD});
                with_number(BPF_ADD, hits, 1);
                land(missed);
                break;
            }
            case mix::churn: {
                call_lookup(map);
                const std::size_t missed = jump(BPF_JEQ | BPF_K, r0, r0, 0);
                load(BPF_DW, r1, r0, 0);
                store(frame, value_at, r1);
                with_number(BPF_ADD, hits, 1);
                const std::size_t done = jump(BPF_JA, r0, r0, 0);
                land(missed);
                call_update(map);
                land(done);
                break;
            }
            default:
                call_update(map);
        }
    }
    void call_lookup(int map) {
        set_long(r1, static_cast<reg>(BPF_PSEUDO_MAP_FD), static_cast<std::uint32_t>(map));
        copy(r2, frame);
        with_number(BPF_ADD, r2, key_at);
        call(BPF_FUNC_map_lookup_elem);
    }
    void call_update(int map) {
        store(frame, value_at, state);
        set_long(r1, static_cast<reg>(BPF_PSEUDO_MAP_FD), static_cast<std::uint32_t>(map));
        copy(r2, frame);
        with_number(BPF_ADD, r2, key_at);
        copy(r3, frame);
        with_number(BPF_ADD, r3, value_at);
        set(r4, BPF_ANY);
        call(BPF_FUNC_map_update_elem);
    }

    struct instruction {
        unsigned operation, to, from;
        std::int64_t offset, immediate;
    };
    void add(const instruction& one) {
        bpf_insn word{};
        word.code = static_cast<__u8>(one.operation);
        word.dst_reg = one.to & 15U;
        word.src_reg = one.from & 15U;
        word.off = static_cast<__s16>(one.offset);
        word.imm = static_cast<__s32>(one.immediate);
        code_.push_back(word);
    }
    void copy(reg to, reg from) { with_register(BPF_MOV, to, from); }
    void set(reg to, int number) { with_number(BPF_MOV, to, number); }
    template <class Number>
    void with_number(int operation, reg to, Number number) {
        add({BPF_ALU64 | BPF_K | static_cast<unsigned>(operation), to, r0, 0,
             static_cast<std::int64_t>(number)});
    }
    void with_register(int operation, reg to, reg from) {
        add({BPF_ALU64 | BPF_X | static_cast<unsigned>(operation), to, from, 0, 0});
    }
    // One instruction, two words long. `kind` says what the number is.
    void set_long(reg to, reg kind, std::uint64_t number) {
        add({BPF_LD | BPF_DW | BPF_IMM, to, kind, 0, static_cast<std::int32_t>(number)});
        add({0, r0, r0, 0, static_cast<std::int32_t>(number >> 32)});
    }
    void load(unsigned size, reg to, reg base, std::size_t at) {
        add({BPF_LDX | BPF_MEM | size, to, base, static_cast<std::int64_t>(at), 0});
    }
    template <class Offset>
    void store(reg base, Offset at, reg from) {
        add({BPF_STX | BPF_MEM | BPF_DW, base, from, static_cast<std::int64_t>(at), 0});
    }
    void call(int helper) { add({BPF_JMP | BPF_CALL, r0, r0, 0, helper}); }
    std::size_t jump(unsigned condition, reg left, reg right, int number) {
        add({BPF_JMP | condition, left, right, 0, number});
        return code_.size() - 1;
    }
    void land(std::size_t jump) { land(jump, code_.size()); }
    void land(std::size_t jump, std::size_t at) {
        code_[jump].off =
            static_cast<__s16>(static_cast<std::int64_t>(at) - static_cast<std::int64_t>(jump) - 1);
    }

    std::vector<bpf_insn> code_;
};

}  // namespace bench
