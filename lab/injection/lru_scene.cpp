// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/injection/lru_scene.hpp"

#include "lab/judge/cpus.hpp"

#include <resile/lru_map.hpp>

namespace resile_lab {
namespace {

// Keys by bucket, each given once.
class key_supply {
  public:
    key_supply(std::size_t capacity, const resile::lru_options& options)
        : seed_(resile::detail::lru::seed_for(options)),
          size_(resile::detail::lru::plan_map(capacity, {1, 1}, options)) {}

    [[nodiscard]] std::uint64_t in_bucket_of(std::uint64_t other) {
        do ++last_;
        while (bucket(last_) != bucket(other));
        return last_;
    }
    [[nodiscard]] std::uint64_t apart_from(std::uint64_t other) {
        do ++last_;
        while (bucket(last_) == bucket(other));
        return last_;
    }

  private:
    [[nodiscard]] std::size_t bucket(std::uint64_t key) const {
        return size_.bucket_of(resile::detail::lru::seeded_hash(resile::hash<std::uint64_t>{}, key, seed_));
    }
    resile::hash_seed seed_;
    resile::detail::lru::dimensions size_;
    std::uint64_t last_ = 1;
};

scene scene_of(const fill& full, const key_relation& related, const resile::lru_options& options) {
    key_supply keys(full.capacity, options);
    scene made{&full, &related, 1, 1, {}, 0, 1000};
    if (!related.same_key) made.second_key = related.same_bucket ? keys.in_bucket_of(1) : keys.apart_from(1);
    if (related.first_present) made.present.push_back(made.first_key);
    if (related.second_present && !related.same_key) made.present.push_back(made.second_key);
    // The first of those that fill it up is in the same bucket.
    for (bool first = true; made.present.size() < full.entries; first = false)
        made.present.push_back(first ? keys.in_bucket_of(1) : keys.apart_from(1));
    made.outer_key = keys.in_bucket_of(1);
    return made;
}

}  // namespace

const std::vector<int>& machine_cpus() {
    static const std::vector<int> cpus = usable_cpus();
    return cpus;
}

std::vector<scene> scenes_of(const resile::lru_options& options) {
    const bool with_several_cpus = machine_cpus().size() > 1;
    std::vector<scene> all;
    for (const fill& full : fills)
        for (const key_relation& related : key_relations)
            if (is_possible(full, related) && (full.what != special::elsewhere || with_several_cpus))
                all.push_back(scene_of(full, related, options));
    return all;
}

}  // namespace resile_lab
