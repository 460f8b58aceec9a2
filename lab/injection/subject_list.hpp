// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Everything that can be put to the test. To add one: a subject, and its line here.

#include "lab/injection/experiment.hpp"

#include <memory>
#include <vector>

namespace resile_lab {

using subject_list = std::vector<std::unique_ptr<subject>>;

[[nodiscard]] subject_list exact_subjects();  // resile::lru_map and percpu_lru_map, in all their shapes
[[nodiscard]] subject_list linux_subjects();  // Linux's map, in all flavours and both generations
[[nodiscard]] subject_list lock_subjects();   // resile::spinlock

// Doubles with a fault: whoever explores them must find it.
[[nodiscard]] subject_list planted_map_subjects();   // two-step-replace
[[nodiscard]] subject_list planted_lock_subjects();  // window-on-lock, window-on-unlock

}  // namespace resile_lab
