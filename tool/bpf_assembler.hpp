// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// BPF instructions by name, enough for programs of a page: no compiler for BPF is needed where they are made.
// Jumps lead to labels that are placed later, always forward.

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tool {

class bpf_assembler {
  public:
    // r0 results; r1 .. r5 arguments, lost at calls; r6 .. r9 survive them; r10 the frame.
    enum reg : unsigned { r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10 };
    struct label {
        std::vector<std::size_t> jumps;
    };

    void copy(reg to, reg from) { emit(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0); }
    void set(reg to, int value) { emit(BPF_ALU64 | BPF_MOV | BPF_K, to, r0, 0, value); }
    void add(reg to, int value) { emit(BPF_ALU64 | BPF_ADD | BPF_K, to, r0, 0, value); }
    void load_byte(reg to, reg base, int at) { emit(BPF_LDX | BPF_MEM | BPF_B, to, base, at, 0); }
    void load_word(reg to, reg base, int at) { emit(BPF_LDX | BPF_MEM | BPF_W, to, base, at, 0); }
    void load_long(reg to, reg base, int at) { emit(BPF_LDX | BPF_MEM | BPF_DW, to, base, at, 0); }
    void store_byte(reg base, int at, reg from) { emit(BPF_STX | BPF_MEM | BPF_B, base, from, at, 0); }
    // The map behind a file descriptor: one instruction, two words long.
    void load_map(reg to, int descriptor) {
        emit(BPF_LD | BPF_DW | BPF_IMM, to, static_cast<reg>(BPF_PSEUDO_MAP_FD), 0, descriptor);
        emit(0, r0, r0, 0, 0);
    }
    void call(int helper) { emit(BPF_JMP | BPF_CALL, r0, r0, 0, helper); }
    void leave() { emit(BPF_JMP | BPF_EXIT, r0, r0, 0, 0); }

    void jump_if_greater(reg left, reg right, label& where) {
        where.jumps.push_back(code_.size());
        emit(BPF_JMP | BPF_JGT | BPF_X, left, right, 0, 0);
    }
    void jump_if_zero(reg what, label& where) {
        where.jumps.push_back(code_.size());
        emit(BPF_JMP | BPF_JEQ | BPF_K, what, r0, 0, 0);
    }
    // The label's jumps lead to the next instruction.
    void place(const label& here) {
        for (const std::size_t from : here.jumps)
            code_[from].off = static_cast<__s16>(code_.size() - from - 1);
    }

    [[nodiscard]] const std::vector<bpf_insn>& code() const noexcept { return code_; }

  private:
    void emit(unsigned operation, reg to, reg from, int offset, int immediate) {
        bpf_insn word{};
        word.code = static_cast<__u8>(operation);
        word.dst_reg = to & 15U;
        word.src_reg = from & 15U;
        word.off = static_cast<__s16>(offset);
        word.imm = immediate;
        code_.push_back(word);
    }

    std::vector<bpf_insn> code_;
};

}  // namespace tool
