// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

namespace resile_lab {

class scheduler;

// Who stands behind the door; null: nobody. One at a time: the scheduled product has one table of slots.
extern constinit scheduler* active_scheduler;

}  // namespace resile_lab
