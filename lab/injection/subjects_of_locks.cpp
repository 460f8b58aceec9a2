// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// resile::spinlock; and two doubles with a fault planted in each.

#include "lab/injection/lock_experiment.hpp"
#include "lab/injection/subject_list.hpp"
#include "lab/injection/two_step_lock.hpp"

namespace resile_lab {
namespace {

struct lock_state {
    const char* name;
    lock_owner owner;
    lock_choice choice;
    bool kill_only = false;
};
constexpr lock_state lock_states[] = {
    {"free/same", lock_owner::nobody, lock_choice::same},
    {"free/crossed", lock_owner::nobody, lock_choice::crossed},
    {"free/others", lock_owner::nobody, lock_choice::others},
    {"theirs/same", lock_owner::another_thread, lock_choice::same},
    {"theirs/others", lock_owner::another_thread, lock_choice::others},
    {"mine/same", lock_owner::the_task, lock_choice::same},
    {"mine/crossed", lock_owner::the_task, lock_choice::crossed},
    {"mine/others", lock_owner::the_task, lock_choice::others},
    {"theirs/behind", lock_owner::another_thread, lock_choice::behind, true},
    {"wanted/others", lock_owner::the_task_wanted, lock_choice::others, true},
};

template <class Lock>
class lock_subject final : public subject {
  public:
    explicit lock_subject(std::string name) : name_(std::move(name)) {}
    std::string name() const override { return name_; }
    std::vector<std::string> operations() const override {
        return {std::begin(lock_operations), std::end(lock_operations)};
    }
    std::vector<std::string> states() const override {
        std::vector<std::string> names;
        for (const lock_state& one : lock_states) names.emplace_back(one.name);
        return names;
    }
    bool can_be(const cell& which) const override {
        const lock_state& state = lock_states[which.state];
        const auto what = [&](std::size_t i) { return static_cast<lock_operation>(which.operations[i]); };
        if (state.kill_only && (!which.kill || !std::is_same_v<Lock, resile::spinlock>)) return false;
        // While somebody sleeps on it, the task dies releasing it; as long as others do not, it is part of
        // each other operation.
        for (std::size_t i = 0; i < which.operations.size(); ++i)
            if ((what(i) == lock_operation::unlock) != (i == 0 && state.owner == lock_owner::the_task_wanted))
                return false;
        return state.choice != lock_choice::behind || what(0) == lock_operation::two_locks;
    }
    std::unique_ptr<experiment> prepare(const cell& which) const override {
        lock_trial trial{{}, lock_states[which.state].owner, lock_states[which.state].choice, which.kill};
        for (const std::size_t operation : which.operations)
            trial.operations.push_back(static_cast<lock_operation>(operation));
        return std::make_unique<lock_experiment<Lock>>(trial);
    }

  private:
    std::string name_;
};

}  // namespace

subject_list lock_subjects() {
    subject_list all;
    all.push_back(std::make_unique<lock_subject<resile::spinlock>>("spinlock"));
    return all;
}

subject_list planted_lock_subjects() {
    subject_list all;
    all.push_back(std::make_unique<lock_subject<two_step_lock<window::on_lock>>>("window-on-lock"));
    all.push_back(std::make_unique<lock_subject<two_step_lock<window::on_unlock>>>("window-on-unlock"));
    return all;
}

}  // namespace resile_lab
