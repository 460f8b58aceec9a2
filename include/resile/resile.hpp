// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <resile/byte_lru_map.hpp>
#include <resile/checked.hpp>
#include <resile/context.hpp>
#include <resile/hash.hpp>
#include <resile/linux_lru.hpp>
#include <resile/lock_statistics.hpp>
#include <resile/lock_verdict.hpp>
#include <resile/lru_map.hpp>
#include <resile/lru_options.hpp>
#include <resile/percpu_lru_map.hpp>
#include <resile/spin_guard.hpp>
#include <resile/spinlock.hpp>
#include <resile/version.hpp>
