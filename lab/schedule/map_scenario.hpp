// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Threads and handlers that call an lru_map; every history must have an order, every node its place.
// Compiled against the scheduled platform only.

#include "lab/schedule/history_scenario.hpp"
#include "lab/schedule/map_words.hpp"

#include <resile/lru_map.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace resile_lab {

// Keys of the same ten share a bucket: 1 and 2 do, 11 does not.
struct bucket_by_tens {
    [[nodiscard]] std::uint32_t operator()(std::uint64_t key, resile::hash_seed) const noexcept {
        return static_cast<std::uint32_t>(key / 10) * 0x9e3779b9U;  // the upper bits decide
    }
};

// One word changes in place.
struct one_word {
    using type = std::uint64_t;
    static type of(std::uint64_t number) { return number; }
    static std::uint64_t number(const type& value) { return value; }
};
// Two are replaced, and tell whether they belong together.
struct two_words {
    using type = std::array<std::uint64_t, 2>;
    static constexpr std::uint64_t torn = 0xdead;
    static type of(std::uint64_t number) { return {number, ~number}; }
    static std::uint64_t number(const type& value) { return value == of(value[0]) ? value[0] : torn; }
};

template <class Values, class Equal = std::equal_to<std::uint64_t>>
class map_scenario : public history_scenario {
  public:
    using map_type = resile::lru_map<std::uint64_t, typename Values::type, bucket_by_tens, Equal>;

    using history_scenario::history_scenario;

    void prepare(scheduler& how) override {
        history_scenario::prepare(how);
        map_ = std::make_unique<map_type>(
            script().max_entries,
            resile::lru_options{.contexts = 2 * std::size_t{threads()}, .seed = 1, .huge_pages = false});
        how.as_thread(0, [&] {
            for (const auto& [key, value] : script().before) map_->put(key, Values::of(value));
        });
    }
    [[nodiscard]] std::string judge(scheduler&) override {
        if (std::string broken = judge_calls(); !broken.empty()) return broken;
        const resile::lru_census nodes = map_->census();
        if (nodes.conserved(script().max_entries) && nodes.pinned_retired == 0) return {};
        return "nodes are not where they should be: " + std::to_string(nodes.in_table) + " in the table, " +
               std::to_string(nodes.free) + " free, " + std::to_string(nodes.lost) + " lost, " +
               std::to_string(nodes.twice) + " twice, " + std::to_string(nodes.duplicate_keys) +
               " duplicate keys, " + std::to_string(nodes.pinned_retired) +
               " kept by handles that have ended";
    }
    [[nodiscard]] named_word name(const void* word) const override {
        const named_word found = name_of_map_word(*map_, word);
        return found.name.empty() ? history_scenario::name(word) : found;
    }

  protected:
    [[nodiscard]] map_type& map() { return *map_; }

  private:
    [[nodiscard]] std::optional<std::uint64_t> look(std::uint64_t key) override {
        const auto found = map_->peek(key);
        return found ? std::optional<std::uint64_t>(Values::number(*found)) : std::nullopt;
    }
    void perform(recorded_call& call) override {
        const std::uint64_t key = call.asked.key;
        const auto value = Values::of(call.asked.value);
        const auto read = [&](const auto& found) {
            call.answer = found ? map_answer::present : map_answer::absent;
            if (found) call.value = Values::number(*found);
        };
        const auto written = [&](resile::put_result result) { call.answer = answer_of(result); };
        switch (call.asked.what) {
            case map_call::get:
                return read(map_->get(key));
            case map_call::take:
                return read(map_->take(key));
            case map_call::erase:
                call.answer = map_->erase(key) ? map_answer::present : map_answer::absent;
                return;
            case map_call::put:
                return written(map_->put(key, value));
            case map_call::insert:
                return written(map_->insert(key, value));
            case map_call::replace:
                return written(map_->replace(key, value));
            case map_call::add:
                return written(map_->update(
                    key, [&](auto& now) { now = Values::of(Values::number(now) + call.asked.value); }));
            case map_call::upsert:
                return written(map_->upsert(key, value, [&](auto& now) {
                    now = Values::of(Values::number(now) + call.asked.value);
                }));
        }
    }
    [[nodiscard]] static map_answer answer_of(resile::put_result result) {
        switch (result) {
            case resile::put_result::inserted:
                return map_answer::inserted;
            case resile::put_result::replaced:
                return map_answer::replaced;
            case resile::put_result::exists:
                return map_answer::present;
            case resile::put_result::absent:
                return map_answer::absent;
            default:
                return map_answer::no_memory;
        }
    }

    std::unique_ptr<map_type> map_;
};

}  // namespace resile_lab
