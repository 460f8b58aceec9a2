// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/injection/stack_text.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <unwind.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace resile_lab {
namespace {

std::string hex(std::uintptr_t number) {
    char text[2 + 2 * sizeof(number) + 1];
    (void)std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(number));
    return text;
}

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* argument) {
    auto& stack = *static_cast<stack_trace*>(argument);
    const std::uintptr_t address = _Unwind_GetIP(context);
    if (address == 0 || stack.size == stack.frames.size()) return _URC_END_OF_STACK;
    stack.frames[stack.size++] = address;
    return _URC_NO_REASON;
}

}  // namespace

std::string described(std::uintptr_t address) {
    std::string text = hex(address);
    Dl_info found{};
    if (::dladdr(reinterpret_cast<const void*>(address), &found) == 0) return text;
    if (found.dli_fname != nullptr) {
        const char* slash = std::strrchr(found.dli_fname, '/');
        text.append("  ").append(slash != nullptr ? slash + 1 : found.dli_fname).append(" + ");
        text.append(hex(address - reinterpret_cast<std::uintptr_t>(found.dli_fbase)));
    }
    if (found.dli_sname != nullptr) {
        int status = 0;
        const std::unique_ptr<char, void (*)(void*)> plain(
            abi::__cxa_demangle(found.dli_sname, nullptr, nullptr, &status), &std::free);
        text.append("  in ").append(status == 0 ? plain.get() : found.dli_sname).append(" + ");
        text.append(hex(address - reinterpret_cast<std::uintptr_t>(found.dli_saddr)));
    }
    return text;
}

void stack_trace::take() noexcept {
    size = 0;
    _Unwind_Backtrace(add_frame, this);
}

std::string stack_trace::text(std::uintptr_t interrupted) const {
    std::string lines = "  the interrupting context, innermost first:\n";
    for (std::size_t i = 0; i < size; ++i) {
        if (frames[i] == interrupted) lines += "  the interrupted operation:\n";
        lines.append("    ").append(described(frames[i])).append("\n");
    }
    return lines;
}

}  // namespace resile_lab
