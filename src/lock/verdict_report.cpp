// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The hook that receives refusals. Ours.

#include "lock/verdict_report.hpp"

namespace resile::inline RESILE_PLATFORM {
namespace {

constinit platform::atomic<verdict_handler> hook{nullptr};
constinit thread_local bool inside_hook __attribute__((tls_model("initial-exec"))) = false;

}  // namespace

verdict_handler set_verdict_handler(verdict_handler handler) noexcept {
    // before -> handler, acq_rel [verdict-hook]: what the installer prepared is visible to the hook
    return hook.exchange(handler, std::memory_order_acq_rel);
}

const char* to_string(lock_result result) noexcept {
    switch (result) {
        case lock_result::acquired: return "acquired";
        case lock_result::deadlock: return "deadlock";
        case lock_result::timed_out: return "timed_out";
        case lock_result::no_slot: return "no_slot";
        case lock_result::too_deep: return "too_deep";
    }
    return "no such lock_result";
}

namespace detail {

bool verdicts_are_wanted() noexcept {
    // relaxed: report_verdict looks again
    return !inside_hook && hook.load(std::memory_order_relaxed) != nullptr;
}

void report_verdict(const lock_verdict& verdict) noexcept {
    // acquire [verdict-hook]: pairs with set_verdict_handler
    const verdict_handler handler = hook.load(std::memory_order_acquire);
    if (handler == nullptr || inside_hook) return;
    inside_hook = true;
    platform::signal_fence();
    handler(verdict);
    platform::signal_fence();
    inside_hook = false;
}

}  // namespace detail
}  // namespace resile::inline RESILE_PLATFORM
