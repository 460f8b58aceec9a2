// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The registers that a called function must preserve are pushed on the stack that is left, and popped from
// the one that is entered. A new stack looks as if it had been left in the middle of such a switch.

#include "lab/schedule/fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <new>

#ifdef RESILE_UNDER_ASAN
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

extern "C" {
// Saves the callee's registers on the stack, its pointer in *save, and goes on with the stack `load`.
void resile_lab_switch_stack(void** save, void* load) noexcept;
// Where a new stack begins: calls entry(argument), from two preserved registers.
void resile_lab_first_frame() noexcept;
}

#if defined(__x86_64__)
__asm__(
    ".text\n"
    ".globl resile_lab_switch_stack\n"
    ".type resile_lab_switch_stack, @function\n"
    "resile_lab_switch_stack:\n"
    "    pushq %rbp\n"
    "    pushq %rbx\n"
    "    pushq %r12\n"
    "    pushq %r13\n"
    "    pushq %r14\n"
    "    pushq %r15\n"
    "    movq %rsp, (%rdi)\n"
    "    movq %rsi, %rsp\n"
    "    popq %r15\n"
    "    popq %r14\n"
    "    popq %r13\n"
    "    popq %r12\n"
    "    popq %rbx\n"
    "    popq %rbp\n"
    "    ret\n"
    ".size resile_lab_switch_stack, .-resile_lab_switch_stack\n"
    ".globl resile_lab_first_frame\n"
    ".type resile_lab_first_frame, @function\n"
    "resile_lab_first_frame:\n"
    "    movq %r12, %rdi\n"
    "    callq *%r13\n"
    "    ud2\n"
    ".size resile_lab_first_frame, .-resile_lab_first_frame\n"
    ".section .note.GNU-stack,\"\",@progbits\n"
    ".text\n");
#elif defined(__aarch64__)
__asm__(
    ".text\n"
    ".globl resile_lab_switch_stack\n"
    ".type resile_lab_switch_stack, @function\n"
    "resile_lab_switch_stack:\n"
    "    sub sp, sp, #160\n"
    "    stp x19, x20, [sp, #0]\n"
    "    stp x21, x22, [sp, #16]\n"
    "    stp x23, x24, [sp, #32]\n"
    "    stp x25, x26, [sp, #48]\n"
    "    stp x27, x28, [sp, #64]\n"
    "    stp x29, x30, [sp, #80]\n"
    "    stp d8, d9, [sp, #96]\n"
    "    stp d10, d11, [sp, #112]\n"
    "    stp d12, d13, [sp, #128]\n"
    "    stp d14, d15, [sp, #144]\n"
    "    mov x9, sp\n"
    "    str x9, [x0]\n"
    "    mov sp, x1\n"
    "    ldp x19, x20, [sp, #0]\n"
    "    ldp x21, x22, [sp, #16]\n"
    "    ldp x23, x24, [sp, #32]\n"
    "    ldp x25, x26, [sp, #48]\n"
    "    ldp x27, x28, [sp, #64]\n"
    "    ldp x29, x30, [sp, #80]\n"
    "    ldp d8, d9, [sp, #96]\n"
    "    ldp d10, d11, [sp, #112]\n"
    "    ldp d12, d13, [sp, #128]\n"
    "    ldp d14, d15, [sp, #144]\n"
    "    add sp, sp, #160\n"
    "    ret\n"
    ".size resile_lab_switch_stack, .-resile_lab_switch_stack\n"
    ".globl resile_lab_first_frame\n"
    ".type resile_lab_first_frame, @function\n"
    "resile_lab_first_frame:\n"
    "    mov x0, x19\n"
    "    blr x20\n"
    "    brk #0\n"
    ".size resile_lab_first_frame, .-resile_lab_first_frame\n"
    ".section .note.GNU-stack,\"\",@progbits\n"
    ".text\n");
#else
#error "resile supports x86-64 and aarch64"
#endif

namespace resile_lab {
namespace {

[[nodiscard]] std::size_t page_size() {
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

fiber::fiber(std::size_t stack_bytes) : bytes_(stack_bytes) {
    // The lowest page stays forbidden: a stack that is too small says so.
    const std::size_t guard = page_size();
    void* memory =
        ::mmap(nullptr, bytes_ + guard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    stack_ = static_cast<std::byte*>(memory) + guard;
    if (::mprotect(stack_, bytes_, PROT_READ | PROT_WRITE) != 0) {
        ::munmap(memory, bytes_ + guard);
        throw std::bad_alloc();
    }
    bottom_ = stack_;
    size_ = bytes_;
}

fiber::~fiber() {
    if (stack_ == nullptr) return;
#ifdef RESILE_UNDER_ASAN
    __asan_unpoison_memory_region(stack_, bytes_);
#endif
    const std::size_t guard = page_size();
    ::munmap(static_cast<std::byte*>(stack_) - guard, bytes_ + guard);
}

void fiber::begin_with(entry run, void* argument) noexcept {
#ifdef RESILE_UNDER_ASAN
    __asan_unpoison_memory_region(stack_, bytes_);  // of what was abandoned there
#endif
    auto* top = reinterpret_cast<std::uintptr_t*>(static_cast<std::byte*>(stack_) + bytes_);
    run_ = run;
    argument_ = argument;
    const auto argument_bits = reinterpret_cast<std::uintptr_t>(this);
    const auto entry_bits = reinterpret_cast<std::uintptr_t>(&first);
    const auto first_frame = reinterpret_cast<std::uintptr_t>(&resile_lab_first_frame);
#if defined(__x86_64__)
    top -= 7;  // r15 r14 r13 r12 rbx rbp, return address: behind `ret` the stack is aligned to 16
    top[0] = top[1] = top[4] = top[5] = 0;
    top[2] = entry_bits;
    top[3] = argument_bits;
    top[6] = first_frame;
#else
    top -= 20;
    for (int i = 0; i < 20; ++i) top[i] = 0;
    top[0] = argument_bits;  // x19
    top[1] = entry_bits;     // x20
    top[11] = first_frame;   // x30
#endif
    saved_ = top;
    fake_stack_ = nullptr;
}

void fiber::first(void* self) noexcept {
#ifdef RESILE_UNDER_ASAN
    __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
    const auto* me = static_cast<fiber*>(self);
    me->run_(me->argument_);
}

void fiber::switch_between(fiber& from, fiber& to) noexcept {
#ifdef RESILE_UNDER_ASAN
    if (from.bottom_ == nullptr) {  // the thread's own stack
        pthread_attr_t attributes;
        if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
            void* lowest = nullptr;
            pthread_attr_getstack(&attributes, &lowest, &from.size_);
            from.bottom_ = lowest;
            pthread_attr_destroy(&attributes);
        }
    }
    __sanitizer_start_switch_fiber(&from.fake_stack_, to.bottom_, to.size_);
#endif
    resile_lab_switch_stack(&from.saved_, to.saved_);
#ifdef RESILE_UNDER_ASAN
    __sanitizer_finish_switch_fiber(from.fake_stack_, nullptr, nullptr);
#endif
}

}  // namespace resile_lab
