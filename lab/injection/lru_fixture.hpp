// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A map in one of the prepared states.
//
// Mid-eviction is the state of a map in which another context of the thread, below both operations, stands in
// the middle of an operation of its own, at an instant that is recognised by what the map holds. It goes on
// when they are done, like any interrupted context. (This is the case of three contexts in which the lowest
// one was interrupted at the worst of its instants.)

#include "lab/injection/lru_kinds.hpp"
#include "lab/injection/lru_scene.hpp"
#include "lab/injection/side_stack.hpp"
#include "lab/judge/cpus.hpp"

#include <sched.h>

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>

namespace resile_lab {

// The task below: the instants at which it may be left, found once.
using outer_points = std::map<std::string, instruction_point>;

template <class Kind>
class lru_fixture {
  public:
    using map_type = typename Kind::map_type;

    lru_fixture(const scene& where, const resile::lru_options& options, outer_points& points)
        : lru_fixture(where, options) {
        if (where.full->what != special::dying) return;
        auto at = points.find(name_of(where));
        if (at == points.end()) {
            lru_fixture throw_away(where, options);
            const auto found = first_point_where(throw_away.outer_call(), &is_the_instant, &throw_away);
            if (!found) throw std::logic_error("no instant of the operation below makes " + name_of(where));
            at = points.emplace(name_of(where), *found).first;
        }
        leave_outer_at(at->second);
    }
    lru_fixture(const lru_fixture&) = delete;
    lru_fixture& operator=(const lru_fixture&) = delete;

    [[nodiscard]] map_type& map() noexcept { return map_; }
    // Lets the operation below go on to its end.
    void finish_outer() {
        if (outer_stack_) (void)outer_stack_->resume();
    }

  private:
    lru_fixture(const scene& where, const resile::lru_options& options)
        : scene_(where), map_(where.full->capacity, options) {
        const special what = where.full->what;
        if (what == special::elsewhere) use_another_cpu();
        for (const std::uint64_t key : where.present) write(key);
        const std::size_t spared = what == special::dying ? 1 : 0;
        if (where.full->all_used || spared != 0)
            for (std::size_t i = 0; i + spared < where.present.size(); ++i)
                (void)Kind::perform(map_, {map_call::get, where.present[i], 0});
        if (what == special::handled) (void)Kind::perform(map_, {map_call::find, where.present[0], 0});
        outer_request_ = {map_call::put, where.outer_key, 10 + where.outer_key};
    }

    void write(std::uint64_t key) { (void)Kind::perform(map_, {map_call::put, key, 10 + key}); }

    // All nodes through the hands of another CPU, which keeps them.
    void use_another_cpu() {
        const int here = ::sched_getcpu();
        const on_cpu back_in_the_end(here);
        for (const int cpu : machine_cpus())
            if (cpu != here) {
                (void)pin_this_thread(cpu);
                break;
            }
        for (std::uint64_t i = 0; i < scene_.full->capacity; ++i) write(scene_.spare_key + i);
        map_.clear();
        (void)pin_this_thread(here);
    }

    [[nodiscard]] call outer_call() noexcept {
        return {[](void* self) noexcept {
                    auto& mine = *static_cast<lru_fixture*>(self);
                    (void)Kind::perform(mine.map_, mine.outer_request_);
                },
                this};
    }
    static bool is_the_instant(void* self) noexcept {
        auto& mine = *static_cast<lru_fixture*>(self);
        std::size_t alive = 0;
        bool has_come = false;
        mine.map_.for_each([&](const std::uint64_t& key, const auto&) {
            ++alive;
            has_come = has_come || key == mine.outer_request_.key;
        });
        return has_come && alive == mine.scene_.full->capacity;
    }
    void leave_outer_at(const instruction_point& point) {
        outer_stack_ = std::make_unique<side_stack>();
        const call leave{[](void* stack) noexcept { static_cast<side_stack*>(stack)->leave(); },
                         outer_stack_.get()};
        auto run = [&] { (void)interrupt(outer_call(), point, leave); };
        const call begin{[](void* what) noexcept { (*static_cast<decltype(run)*>(what))(); }, &run};
        if (outer_stack_->run(begin))
            throw std::logic_error("the operation below went another way: " + name_of(scene_));
    }

    const scene& scene_;
    map_type map_;
    asked_of_map outer_request_{};
    std::unique_ptr<side_stack> outer_stack_;
};

}  // namespace resile_lab
