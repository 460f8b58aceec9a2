// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// One value per CPU, as user space sees it: all of them, one named CPU's, or one for all.
//
// Flags: F_CPU 8 (the CPU in the upper half), F_ALL_CPUS 16. Neither: cpus() values, each rounded up to 8
// bytes.

#include "map/linux_lru/map_state.hpp"

#include <cerrno>

namespace resile::inline RESILE_PLATFORM {

using linux_lru_detail::copy_in;
using linux_lru_detail::copy_out;
using linux_lru_detail::node_number;

namespace {

constexpr std::uint64_t low_half = 0xffffffffU;

}  // namespace

int linux_lru::state::cpu_flags_error(std::uint64_t flags) const noexcept {
    const std::uint64_t cpu = flags >> 32;
    const bool names_cpu = (flags & flag_cpu) != 0;
    const bool names_all = (flags & flag_all_cpus) != 0;
    if (!options.percpu_values) return names_cpu || names_all || cpu != 0 ? -EINVAL : 0;
    if ((names_cpu && names_all) || (!names_cpu && cpu != 0)) return -EINVAL;
    return names_cpu && cpu >= cpus ? -ERANGE : 0;
}

void linux_lru::state::write_values(node_number n, const value_part& value, bool is_new) noexcept {
    static constexpr std::uint64_t zero = 0;
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
        const auto* bytes = static_cast<const unsigned char*>(value.data);
        if (value.which == value_part::kind::each_cpu)
            copy_in(elements.value(n, cpu), bytes + cpu * rounded_value_size(), elements.value_size());
        else if (value.which == value_part::kind::same_for_all || cpu == value.cpu)
            copy_in(elements.value(n, cpu), bytes, elements.value_size());
        else if (is_new)
            for (std::size_t word = 0; word * 8 < elements.value_size(); ++word)
                copy_in(elements.value(n, cpu) + word, &zero, sizeof(zero));
    }
}

void linux_lru::state::read_values(node_number n, void* value) noexcept {
    if (!options.percpu_values) return copy_out(value, elements.value(n), elements.value_size());
    auto* bytes = static_cast<unsigned char*>(value);
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu)
        // Whole words: what the rounding adds is copied too.
        copy_out(bytes + cpu * rounded_value_size(), elements.value(n, cpu), rounded_value_size());
}

std::size_t linux_lru::user_value_size() const noexcept {
    return state_->options.percpu_values ? state_->cpus * state_->rounded_value_size()
                                         : state_->elements.value_size();
}

int linux_lru::user_lookup(const void* key, void* value, std::uint64_t flags) noexcept {
    if ((flags & low_half & ~flag_cpu) != 0) return -EINVAL;
    const int error = state_->cpu_flags_error(flags);
    if (error != 0) return error;
    const node_number found = state_->buckets.find(key, state_->buckets.hash(key));
    if (found == linux_lru_detail::no_node) return -ENOENT;
    if ((flags & flag_cpu) != 0)
        copy_out(value, state_->elements.value(found, static_cast<std::uint32_t>(flags >> 32)),
                 state_->elements.value_size());
    else
        state_->read_values(found, value);
    return 0;
}

int linux_lru::user_update(const void* key, const void* value, std::uint64_t flags) noexcept {
    const int error = state_->cpu_flags_error(flags);
    if (error != 0) return error;
    using part = state::value_part;
    part given{value, part::kind::each_cpu, 0};
    if ((flags & flag_cpu) != 0)
        given = {value, part::kind::one_cpu, static_cast<std::uint32_t>(flags >> 32)};
    if ((flags & flag_all_cpus) != 0) given.which = part::kind::same_for_all;
    return state_->update(key, given, flags & low_half & ~(flag_cpu | flag_all_cpus));
}

}  // namespace resile::inline RESILE_PLATFORM
