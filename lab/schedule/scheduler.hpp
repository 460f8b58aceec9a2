// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// One step at a time: virtual threads on virtual CPUs, and handlers on top of them. Everything that can
// happen between two accesses is asked of a strategy; the same answers give the same run.
//
// - A thread makes way only at accesses to contended words (word_table.hpp), pauses, parks and at its end.
// - A pause says that there is nothing to do until somebody else does something: the next in turn goes on,
//   and the one who pauses is chosen again only after a word has changed, or if all others pause too. Or else
//   it is stubborn until it sleeps, as if the others were preempted for that long.
// - Time passes with pauses, and when everybody sleeps: then until the first of them wakes up. So nobody
//   oversleeps, and nobody is preempted for so long that another's time is over.
// - An interrupt may come wherever a thread could make way, also to one that does not run, sleeps or has
// ended
//   its task: it becomes the running one. It costs one of the limits' interrupts, and a preemption if
//   somebody had to make way.

#include "lab/schedule/doorkeeper.hpp"
#include "lab/schedule/fiber.hpp"
#include "lab/schedule/scenario.hpp"
#include "lab/schedule/schedule.hpp"
#include "lab/schedule/search_strategy.hpp"
#include "lab/schedule/undo_log.hpp"
#include "lab/schedule/word_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace resile_lab {

// One line of the story of a schedule.
struct told {
    enum class what : std::uint8_t { access, interrupt, handler_end, note, sleep, wake };
    what kind = what::note;
    unsigned thread = 0, level = 0;
    bool contended = false;
    door::act act = door::act::load;
    const void* word = nullptr;
    std::uint64_t before = 0, after = 0;
    bool done = false;
    std::string text{};  // of a note
};

struct run_outcome {
    std::string failure;  // empty: none
    schedule how;
    std::uint64_t steps = 0, points = 0;
};

class scheduler final : public doorkeeper {
  public:
    static constexpr unsigned most_threads = 8;

    // One at a time in a process: the product has one door. record_cell: where the product keeps who runs.
    scheduler(scenario& what, void** record_cell);
    ~scheduler();

    // --- for the explorer ---
    // every_access: contended or not, each is a point (for replays).
    [[nodiscard]] run_outcome run(search_strategy& strategy, const schedule_limits& limits,
                                  bool every_access = false);
    // Words known to be contended. If a run has added some, its search must begin anew.
    [[nodiscard]] std::size_t contended_words() const noexcept { return words_.contended(); }
    void tell_to(std::vector<told>* story) noexcept { story_ = story; }

    // --- for scenarios, in prepare() ---
    template <class Do>
    void as_thread(unsigned thread, Do&& act) {
        become(thread);
        act();
        become(nobody);
    }
    // --- for scenarios, while threads run ---
    [[nodiscard]] unsigned thread() const noexcept { return current_; }
    [[nodiscard]] unsigned level() const noexcept { return threads_[current_].level; }
    // The instant of the thread's next access to a contended word goes to *instant: as late as anybody could
    // tell.
    void stamp_at_next_access(std::uint64_t* instant) noexcept { threads_[current_].to_stamp = instant; }
    // Now, if it was not stamped yet.
    void stamp_now(std::uint64_t* instant) noexcept;
    // Something for the story.
    void note(std::string text);
    [[nodiscard]] bool is_telling() const noexcept { return door::now.telling; }
    // Ends the schedule: a promise is broken. Does not return.
    void fail(std::string broken);

    // --- for the door ---
    void arrive(door::act what, const void* first, const void* second) override;
    void will_change(void* word, std::size_t size, bool is_news) override;
    void did_change(const void* word, std::uint64_t content) override;
    void changed(door::act what, const void* word, std::uint64_t before, std::uint64_t after,
                 bool done) override;
    void pause() override;
    void park(const void* word, bool as_expected, std::uint64_t nanoseconds) override;
    void unpark_one(const void* word) override;
    [[nodiscard]] std::uint64_t now_ns() const noexcept override { return clock_; }
    [[nodiscard]] unsigned cpu() const noexcept override;
    [[nodiscard]] unsigned cpus() const noexcept override { return scenario_.cpus(); }
    [[nodiscard]] bool exists(std::int32_t thread_id) const noexcept override;
    [[nodiscard]] std::int32_t thread_id() const noexcept override;
    void unmap_later(void* memory) override { unmapped_.push_back(memory); }

  private:
    static constexpr unsigned nobody = most_threads;
    static constexpr unsigned the_end = 255;  // an alternative: nothing more happens
    // What a pause lasts: longer than any pause in the product, and enough for a few of them to lead to
    // sleep.
    static constexpr std::uint64_t pause_ns = 60'000;
    // Pauses of one that gives way to nobody: more than it takes to fall asleep.
    static constexpr unsigned stubborn_pauses = 8;

    enum class life : std::uint8_t { ready, parked, ended };
    struct virtual_thread {
        std::unique_ptr<fiber> stack;
        void* record = nullptr;  // what the product knows of it, while it does not run
        void* record_at_start = nullptr;
        life now = life::ready;
        bool fresh = true;         // no access to a contended word yet
        bool pausing = false;      // since `seen_changes`
        bool interrupted = false;  // it goes on with a handler
        unsigned stubborn = 0;     // so many pauses give way to nobody
        unsigned level = 0, handlers = 0;
        std::uint64_t steps = 0, seen_changes = 0, wake_at = 0;
        const void* parked_on = nullptr;
        std::uint64_t* to_stamp = nullptr;
    };
    struct open_alternatives {
        std::array<alternative, 2 * most_threads + 3> list;
        std::size_t size = 0;
        void add(unsigned thread, bool interrupt) noexcept {
            list[size++] = {static_cast<std::uint8_t>(thread), interrupt};
        }
    };

    [[nodiscard]] virtual_thread& me() noexcept { return threads_[current_]; }
    [[nodiscard]] word_table::contexts context_bit() const noexcept;
    void become(unsigned thread) noexcept;
    void live(unsigned thread);
    static void live_in(void* argument);
    void step();
    // Before an access: others, or a handler, may come first.
    void make_way();
    // Where the thread cannot go on, or should not.
    void go_elsewhere(life state);
    [[nodiscard]] unsigned next_in_turn();
    [[nodiscard]] bool has_news_for(const virtual_thread& it) const noexcept;
    [[nodiscard]] bool may_interrupt(unsigned thread) const noexcept;
    [[nodiscard]] alternative ask(const open_alternatives& open, bool can_go_on);
    void account(const alternative& chosen, bool preempts) noexcept;
    void switch_to(const alternative& chosen);
    void handle_interrupt();
    void leave();
    void add_to_story(told line);

    scenario& scenario_;
    void** record_cell_;
    std::array<virtual_thread, most_threads + 1> threads_;  // the last: nobody's, the explorer's own
    fiber outside_;
    unsigned count_;
    unsigned current_ = nobody;
    word_table words_;
    undo_log undo_;
    std::vector<void*> unmapped_;

    // of the run under way
    search_strategy* strategy_ = nullptr;
    schedule_limits limits_;
    bool every_access_ = false;
    run_outcome outcome_;
    unsigned preemptions_ = 0, interrupts_ = 0, stubborn_ = 0;
    std::uint64_t clock_ = 0, changes_ = 0, instants_ = 0;
    std::vector<told>* story_ = nullptr;
    struct live_argument {
        scheduler* self;
        unsigned thread;
    };
    std::array<live_argument, most_threads> arguments_{};
};

}  // namespace resile_lab
