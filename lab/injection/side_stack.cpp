// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// By ucontext(3). Leaving from a handler is an ordinary switch: the signal's frame stays on the side stack,
// and the mask of signals belongs to the context that is switched to.

#include "lab/injection/side_stack.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace resile_lab {

side_stack::side_stack()
    : memory_(
          ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
}

side_stack::~side_stack() {
    ::munmap(memory_, bytes);
}

// makecontext passes ints only.
void side_stack::main(unsigned high, unsigned low) {
    auto& self = *reinterpret_cast<side_stack*>(std::uintptr_t{high} << 32 | low);
    self.running_();
    self.ended_ = true;
}

bool side_stack::run(const call& what) {
    running_ = what;
    ended_ = false;
    ::getcontext(&inside_);
    inside_.uc_stack.ss_sp = memory_;
    inside_.uc_stack.ss_size = bytes;
    inside_.uc_link = &outside_;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    ::makecontext(&inside_, reinterpret_cast<void (*)()>(&side_stack::main), 2,
                  static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
    return resume();
}

bool side_stack::resume() {
    ::swapcontext(&outside_, &inside_);
    return ended_;
}

void side_stack::leave() noexcept {
    ::swapcontext(&inside_, &outside_);
}

}  // namespace resile_lab
