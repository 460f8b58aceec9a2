// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

namespace resile_lab {

// Where the scheduled product keeps the record of the thread that runs: the scheduler puts another there when
// another runs.
[[nodiscard]] void** record_cell() noexcept;
// The thread of that record will not come back: its slot is free.
void release_record(void* record) noexcept;

}  // namespace resile_lab
