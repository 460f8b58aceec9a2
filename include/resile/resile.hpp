// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <resile/checked.hpp>
#include <resile/context.hpp>
#include <resile/linux_lru.hpp>
#include <resile/lock_statistics.hpp>
#include <resile/lock_verdict.hpp>
#include <resile/spin_guard.hpp>
#include <resile/spinlock.hpp>
#include <resile/version.hpp>
