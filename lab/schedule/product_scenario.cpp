// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/schedule/product_scenario.hpp"

#include "context/slot_table.hpp"
#include "lab/schedule/record_cell.hpp"
#include "lock/wait_word.hpp"

#include <cstdint>

namespace resile_lab {

void** record_cell() noexcept {
    // The scheduled atomic is its value, and nothing else.
    static_assert(sizeof(resile::detail::this_record) == sizeof(void*));
    return reinterpret_cast<void**>(&resile::detail::this_record);
}

void release_record(void* record) noexcept {
    resile::detail::release_slot(*static_cast<resile::detail::slot_record*>(record));
}

product_scenario::~product_scenario() {
    for (const unsigned slot : slots_) resile::detail::release_slot(resile::detail::record_of(slot));
}

void product_scenario::prepare(scheduler& how) {
    for (unsigned thread = 0; thread < threads_; ++thread)
        how.as_thread(thread, [&] { slots_.push_back(static_cast<unsigned>(resile::this_slot())); });
}

named_word product_scenario::name(const void* word) const {
    for (unsigned thread = 0; thread < threads_; ++thread) {
        const resile::detail::slot_record& record = resile::detail::record_of(slots_[thread]);
        const std::string whose = " of thread " + std::to_string(thread);
        for (unsigned level = 0; level < resile::detail::max_nested_waits; ++level) {
            const std::string at = whose + (level == 0 ? "" : ", level " + std::to_string(level));
            if (word == &record.wait[level])
                return {"wait" + at, [](std::uint64_t bits) -> std::string {
                            return resile::detail::wait_word(bits).is_waiting() ? "for a lock" : "none";
                        }};
            if (word == &record.changes[level]) return {"changes of wait" + at};
        }
        if (word == &record.wanted) return {"attention" + whose};
        if (word == &record.identity)
            return {
                "depth" + whose, [](std::uint64_t bits) {
                    return std::to_string(resile::detail::owner_id(static_cast<std::uint16_t>(bits)).depth());
                }};
    }
    return {};
}

}  // namespace resile_lab
