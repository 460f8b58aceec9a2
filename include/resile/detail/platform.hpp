// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The only door to atomics, fences, pause, park, clock, thread identity and CPU number. Algorithms say
// `platform::...` and do not know which implementation answers: real hardware, or the lab's deterministic
// scheduler, which defines RESILE_PLATFORM to its own name before including anything. All of resile lives in
// the inline namespace of that name, so that both builds of the same sources can share one program.

#ifndef RESILE_PLATFORM
#define RESILE_PLATFORM native
#include <resile/detail/platform_native.hpp>
#else
#include RESILE_PLATFORM_HEADER
#endif
