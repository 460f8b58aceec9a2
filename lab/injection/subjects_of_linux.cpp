// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Linux's map: nothing is promised, everything is counted. What the table says of it is documentation.

#include "lab/injection/subject_list.hpp"

#include <resile/context.hpp>
#include <resile/linux_lru.hpp>

#include <array>
#include <cstring>

namespace resile_lab {
namespace {

using resile::generation;
using resile::linux_lru;

constexpr std::uint32_t linux_entries = 16;

struct linux_state {
    const char* name;
    std::uint64_t entries;  // keys 0 .. entries - 1 are there
    std::uint64_t first_key, second_key;
};
// A full map has no room for keys above 99.
constexpr linux_state linux_states[] = {
    {"empty/same", 0, 100, 100},         {"one/same", 1, 0, 0},
    {"full/same", linux_entries, 3, 3},  {"full/absent", linux_entries, 100, 100},
    {"full/apart", linux_entries, 3, 5}, {"full/news-apart", linux_entries, 100, 101},
};

enum class linux_operation : std::uint8_t { update, update_exist, lookup, erase, take, next_key };
constexpr const char* linux_operations[] = {"update", "update_exist", "lookup", "erase", "take", "next_key"};

class linux_experiment final : public experiment {
  public:
    linux_experiment(const resile::linux_lru_options& options, const linux_state& state,
                     const std::vector<std::size_t>& operations)
        : map_(options), operations_(operations), keys_{state.first_key, state.second_key, state.first_key} {
        for (std::uint64_t key = 0; key < state.entries; ++key)
            (void)map_.update(&key, &value_, linux_lru::any);
    }

    void perform(std::size_t context) noexcept override {
        if (context == 0) {
            answers_[0] = answer(0);
        } else {
            const resile::interrupt_scope inside;
            answers_[context] = answer(context);
        }
    }

    verdict judge() override {
        verdict found;
        for (std::size_t i = 0; i < operations_.size(); ++i)
            if (answers_[i] != 0 && answers_[i] != -ENOENT)
                found.seen.push_back((i == 0 ? "interrupted " : "interrupting ") + error_name(answers_[i]));
        const auto refused = map_.refused();
        if (refused.would_have_hung != 0) found.seen.emplace_back("would have hung");
        const auto census = map_.census();
        if (census.pending_free != 0) found.seen.emplace_back("nodes pending");
        if (census.unaccounted != 0) found.seen.emplace_back("nodes stranded");
        if (refill() < linux_entries) found.seen.emplace_back("refill incomplete");
        return found;
    }

  private:
    [[nodiscard]] int answer(std::size_t context) noexcept {
        const std::uint64_t key = keys_[context];
        std::array<std::uint64_t, 64> room{};
        switch (static_cast<linux_operation>(operations_[context])) {
            case linux_operation::update:
                return map_.update(&key, &value_, linux_lru::any);
            case linux_operation::update_exist:
                return map_.update(&key, &value_, linux_lru::exist);
            case linux_operation::lookup:
                return map_.lookup(&key) != nullptr ? 0 : -ENOENT;
            case linux_operation::erase:
                return map_.erase(&key);
            case linux_operation::take:
                return map_.user_lookup_and_erase(&key, room.data());
            case linux_operation::next_key:
                return map_.next_key(&key, room.data());
        }
        return 0;
    }
    // Erases all, inserts as many as there may be, and counts those that are there then.
    [[nodiscard]] std::size_t refill() {
        for (std::uint64_t key = 0; map_.next_key(nullptr, &key) == 0;)
            if (map_.erase(&key) != 0) break;
        std::size_t found = 0;
        for (std::uint64_t key = 500; key < 500 + linux_entries; ++key)
            (void)map_.update(&key, &value_, linux_lru::any);
        for (std::uint64_t key = 500; key < 500 + linux_entries; ++key)
            found += map_.lookup(&key) != nullptr ? 1U : 0U;
        return found;
    }
    [[nodiscard]] static std::string error_name(int error) {
        const char* name = ::strerrorname_np(-error);
        return name != nullptr ? name : "error " + std::to_string(error);
    }

    linux_lru map_;
    std::vector<std::size_t> operations_;
    std::array<std::uint64_t, 3> keys_;
    std::array<int, 3> answers_{};
    const std::uint64_t value_ = 7;
};

class linux_subject final : public subject {
  public:
    linux_subject(std::string name, bool no_common_lru, bool percpu_values, generation version)
        : name_(std::move(name)) {
        options_.max_entries = linux_entries;
        options_.no_common_lru = no_common_lru;
        options_.percpu_values = percpu_values;
        options_.version = version;
        options_.cpus = 2;
    }
    std::string name() const override { return name_; }
    std::vector<std::string> operations() const override {
        return {std::begin(linux_operations), std::end(linux_operations)};
    }
    std::vector<std::string> states() const override {
        std::vector<std::string> names;
        for (const linux_state& one : linux_states) names.emplace_back(one.name);
        return names;
    }
    // A dead context would keep its locks: nobody promised anything else.
    bool can_be(const cell& which) const override { return !which.kill; }
    std::unique_ptr<experiment> prepare(const cell& which) const override {
        return std::make_unique<linux_experiment>(options_, linux_states[which.state], which.operations);
    }

  private:
    std::string name_;
    resile::linux_lru_options options_;
};

}  // namespace

subject_list linux_subjects() {
    subject_list all;
    const auto add = [&](const char* name, bool no_common_lru, bool percpu_values, generation version) {
        all.push_back(std::make_unique<linux_subject>(name, no_common_lru, percpu_values, version));
    };
    add("shared", false, false, generation::resilient);
    add("per-cpu", true, false, generation::resilient);
    add("per-cpu-values", false, true, generation::resilient);
    add("shared-before-2026", false, false, generation::plain);
    return all;
}

}  // namespace resile_lab
