// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// The one public macro: 10000 * major + 100 * minor + patch.
#define RESILE_VERSION 100
