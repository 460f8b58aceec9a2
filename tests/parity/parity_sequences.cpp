// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Sequences of steps: made at random, played as a whole, cut down to the few that matter.

#include "tests/parity/parity_machine.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace resile_test {
namespace {

[[nodiscard]] verb random_verb(random_numbers& random, bool moves) {
    // Rare things are rare so that maps are full most of the time.
    const unsigned draw = random.below(256);
    if (draw < 72) return verb::program_update;
    if (draw < 120) return verb::user_update;
    if (draw < 176) return verb::program_lookup;
    if (draw < 188) return verb::program_erase;
    if (draw < 200) return verb::user_erase;
    if (draw < 216) return verb::user_lookup;
    if (draw < 226) return verb::take;
    if (draw < 232) return verb::next_key;
    if (draw < 235) return verb::iterate;
    if (draw < 238) return verb::list_in_chunks;
    if (draw < 239) return verb::take_in_chunks;
    if (draw < 245) return verb::update_batch;
    if (draw < 249) return verb::erase_batch;
    return moves ? verb::move : verb::program_lookup;
}

[[nodiscard]] std::uint64_t random_flags(random_numbers& random, bool cpu_flags, bool by_user) {
    const unsigned draw = random.below(64);
    if (draw < 36) return resile::linux_lru::any;
    if (draw < 46) return resile::linux_lru::noexist;
    if (draw < 58) return resile::linux_lru::exist;
    if (draw < 60 || !cpu_flags || !by_user) return random.below(8);  // 3 and above make no sense
    const std::uint64_t cpu = random.below(4);  // on most machines, one that is not there
    if (draw < 61) return resile::linux_lru::flag_all_cpus;
    return resile::linux_lru::flag_cpu | cpu << 32;
}

}  // namespace

parity_step random_parity_step(random_numbers& random, const parity_shape& shape, bool cpu_flags,
                               bool moves) {
    parity_step step;
    step.what = random_verb(random, moves);
    // A few favourites, a neighbourhood larger than the map, and keys that are never there.
    const unsigned universe = shape.entries + shape.entries / 2 + 3;
    const unsigned draw = random.below(16);
    step.key = draw < 3 ? random.below(1 + universe / 8) : draw < 15 ? random.below(universe) : 1'000'000;
    step.word = random.next();
    step.count = random.below(std::min(shape.entries + 3, 70U));
    const bool batch = step.what == verb::update_batch;
    const bool by_user = step.what == verb::user_update;
    if (by_user || step.what == verb::program_update) step.flags = random_flags(random, cpu_flags, by_user);
    if (batch && random.below(4) == 0) step.flags = random.below(4);
    if (step.what == verb::user_lookup && random.below(8) == 0) step.flags = 1 + random.below(7);
    return step;
}

std::string play_all(const parity_shape& shape, const std::vector<parity_step>& steps,
                     parity_counts* counts) {
    parity_machine machine(shape);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const std::string difference = machine.play(steps[i]);
        if (difference.empty()) continue;
        return fmt::format("step {}: {}\n{}", i + 1, words(steps[i]), difference);
    }
    if (counts != nullptr) {
        counts->steps += machine.counts().steps;
        counts->refused += machine.counts().refused;
        counts->evicted += machine.counts().evicted;
    }
    return {};
}

// Zeller's ddmin without its complements' complements: drop blocks, then halves of blocks, down to single
// steps.
std::string shortest_story(const parity_shape& shape, std::vector<parity_step> steps) {
    std::string difference = play_all(shape, steps);
    std::size_t played = 0;  // bounded: seconds, even for large maps
    for (std::size_t block = std::max<std::size_t>(1, steps.size() / 2); block > 0; block /= 2) {
        for (std::size_t at = 0; at < steps.size() && played < 150'000;) {
            auto fewer = steps;
            const auto from = fewer.begin() + static_cast<std::ptrdiff_t>(at);
            fewer.erase(from,
                        fewer.begin() + static_cast<std::ptrdiff_t>(std::min(at + block, fewer.size())));
            played += fewer.size();
            std::string still = play_all(shape, fewer);
            if (still.empty()) {
                at += block;
            } else {
                steps = std::move(fewer);
                difference = std::move(still);
            }
        }
    }
    std::string text = fmt::format("kernel {}, {}; {} steps are enough:\n", tool::kernel_release(),
                                   words(shape), steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (i == 60) {
            text += fmt::format("  ... and {} more\n", steps.size() - i);
            break;
        }
        text += fmt::format("  {:3} {}\n", i + 1, words(steps[i]));
    }
    return text +
           (difference.empty() ? "played again, they agree: something else has a hand in it\n" : difference);
}

}  // namespace resile_test
