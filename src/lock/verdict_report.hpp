// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Delivers refusals to the hook of lock_verdict.hpp.

#include <resile/lock_verdict.hpp>

namespace resile::inline RESILE_PLATFORM::detail {

// Whether anybody would look at a report: a hook is installed, and this thread is not inside it.
[[nodiscard]] bool verdicts_are_wanted() noexcept;

// Calls the hook, unless this thread is already inside it. Any context.
void report_verdict(const lock_verdict&) noexcept;

}  // namespace resile::inline RESILE_PLATFORM::detail
