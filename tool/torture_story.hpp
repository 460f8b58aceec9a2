// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// `resile torture` without options: the story, in four parts.

#include "tool/torture_part.hpp"

namespace tool {

// Tells it on standard output. Returns an exit code.
[[nodiscard]] int tell_story(const torture_options&, report_files&);

}  // namespace tool
