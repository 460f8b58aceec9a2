// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/injection/exploration.hpp"

#include "lab/injection/side_stack.hpp"
#include "lab/injection/stack_text.hpp"

#include <resile/context.hpp>

#include <unistd.h>

#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace resile_lab {
namespace {

// One operation of an experiment, as a call.
struct performance {
    experiment& of;
    std::size_t context;

    static void run(void* self) noexcept {
        const auto& mine = *static_cast<const performance*>(self);
        mine.of.perform(mine.context);
    }
    [[nodiscard]] call as_call() noexcept { return {&performance::run, this}; }
};

// What a handler does, from a callable that outlives the interrupted call.
template <class Action>
[[nodiscard]] call handler_of(Action& action) noexcept {
    return {[](void* stored) noexcept { (*static_cast<Action*>(stored))(); }, &action};
}

class exploration {
  public:
    exploration(const subject& what, const cell& which, const sampling& sample, known_points& known,
                explorer_position& position, unsigned patience)
        : subject_(what),
          cell_(which),
          sample_(sample),
          position_(position),
          patience_(patience),
          known_(known),
          points_(known.points) {}

    cell_outcome run() {
        (void)resile::this_slot();  // a thread's first use goes another way than all that follow
        look_at_it_undisturbed();
        if (sample_.only) {
            if (sample_.only->step >= 1 && sample_.only->step <= points_.size()) strike(sample_.only->step);
        } else {
            for (std::size_t step = sample_.first; step <= points_.size(); step += sample_.stride)
                strike(step);
        }
        ::alarm(0);
        return std::move(outcome_);
    }

  private:
    [[nodiscard]] bool is_nested() const noexcept { return !cell_.kill && cell_.operations.size() > 2; }

    void look_at_it_undisturbed() {
        be_at({0, 0});
        {
            // The first call of a function in a library looks for it, once.
            const auto warming_up = subject_.prepare(cell_);
            for (std::size_t i = 0; i < cell_.operations.size(); ++i) warming_up->perform(i);
        }
        if (known_.of != &subject_ || known_.operation != cell_.operations[0] ||
            known_.state != cell_.state) {
            const auto fresh = subject_.prepare(cell_);
            performance first{*fresh, 0};
            known_ = {&subject_, cell_.operations[0], cell_.state, points_of(first.as_call())};
            if (!cell_.kill) note({0, 0}, fresh->judge(), "");
        }
        outcome_.instructions = points_.size();
    }

    void strike(std::size_t step) {
        be_at({step, 0});
        if (cell_.kill)
            abandon(step);
        else if (is_nested())
            strike_twice(step);
        else
            interrupt_once(step);
    }

    void interrupt_once(std::size_t step) {
        // A call that went another way, of which this is not a point, is stepped to it.
        for (const bool stepping : {false, true}) {
            const auto fresh = subject_.prepare(cell_);
            performance interrupted{*fresh, 0}, interrupting{*fresh, 1};
            stack_trace stack;
            auto action = [&] {
                if (sample_.only) stack.take();
                interrupting.as_call()();
            };
            if (!struck(interrupted, step, handler_of(action), stepping)) continue;
            note({step, 0}, fresh->judge(), text_of(stack, step));
            return;
        }
    }

    // The points of the interrupting operation are those that it has when it interrupts at `step`.
    void strike_twice(std::size_t step) {
        std::vector<instruction_point> inner;
        {
            const auto fresh = subject_.prepare(cell_);
            performance interrupted{*fresh, 0}, interrupting{*fresh, 1};
            auto action = [&] { inner = points_of(interrupting.as_call()); };
            if (!struck(interrupted, step, handler_of(action), false)) return;
            note({step, 0}, fresh->judge(), "");
        }
        const bool one = sample_.only && sample_.only->inner != 0;
        const std::size_t first = one ? sample_.only->inner : 1 + step % sample_.stride;
        for (std::size_t at = first; at <= inner.size(); at += one ? inner.size() : sample_.stride) {
            be_at({step, at});
            const auto fresh = subject_.prepare(cell_);
            performance interrupted{*fresh, 0}, interrupting{*fresh, 1}, innermost{*fresh, 2};
            stack_trace stack;
            auto last = [&] {
                if (sample_.only) stack.take();
                innermost.as_call()();
            };
            bool both = false;
            auto action = [&] { both = interrupt(interrupting.as_call(), inner[at - 1], handler_of(last)); };
            if (struck(interrupted, step, handler_of(action), false) && both)
                note({step, at}, fresh->judge(), text_of(stack, step));
        }
    }

    // In a thread of its own: an abandoned context stays part of its thread for ever.
    void abandon(std::size_t step) {
        std::unique_ptr<experiment> fresh;
        std::optional<verdict> judged;
        stack_trace trace;
        std::thread([&] {
            (void)resile::this_slot();
            fresh = subject_.prepare(cell_);
            side_stack stack;
            performance abandoned{*fresh, 0};
            const bool stepping = fresh->has_other_threads_running();
            auto leave = [&] {
                if (sample_.only) trace.take();
                stack.leave();
            };
            auto action = [&] { (void)struck(abandoned, step, handler_of(leave), stepping); };
            if (stack.run(handler_of(action))) return;  // it never came there
            for (std::size_t survivor = 1; survivor < cell_.operations.size(); ++survivor)
                fresh->perform(survivor);
            judged = fresh->judge();
        }).join();
        if (!judged) return;
        const std::string later = fresh->judge_heirs();
        if (judged->broken.empty()) judged->broken = later;
        note({step, 0}, *judged, text_of(trace, step));
    }

    [[nodiscard]] bool struck(performance& interrupted, std::size_t step, const call& handler,
                              bool stepping) {
        return stepping ? interrupt_by_stepping(interrupted.as_call(), step - 1, handler)
                        : interrupt(interrupted.as_call(), points_[step - 1], handler);
    }

    void be_at(step_number at) noexcept {
        position_.step.store(at.step, std::memory_order_relaxed);    // relaxed: read when this has ended
        position_.inner.store(at.inner, std::memory_order_relaxed);  // relaxed: as above
        ::alarm(patience_);
    }

    [[nodiscard]] std::string text_of(const stack_trace& stack, std::size_t step) const {
        return sample_.only ? stack.text(points_[step - 1].address) : std::string();
    }

    void note(step_number at, const verdict& judged, const std::string& stacks) {
        if (at.step != 0) ++outcome_.injections;
        for (const std::string& seen : judged.seen) ++outcome_.seen[seen];
        if (judged.broken.empty()) return;
        ++outcome_.failures;
        if (outcome_.first_failures.size() == most_failures_kept) return;
        outcome_.first_failures.push_back(
            {at, judged.broken, at.step == 0 ? "undisturbed" : described(points_[at.step - 1].address),
             stacks});
    }

    const subject& subject_;
    const cell& cell_;
    const sampling& sample_;
    explorer_position& position_;
    const unsigned patience_;
    known_points& known_;
    const std::vector<instruction_point>& points_;
    cell_outcome outcome_;
};

}  // namespace

cell_outcome explore(const subject& what, const cell& which, const sampling& sample, known_points& known,
                     explorer_position& position, unsigned patience) {
    return exploration(what, which, sample, known, position, patience).run();
}

}  // namespace resile_lab
