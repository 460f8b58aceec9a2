// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// Threads and handlers that take spinlocks. At every change of a lock word the naive wait graph is told who
// owns what; so it is known at each instant which waits could never end. Compiled against the scheduled
// platform only.

#include "lab/judge/reference_wait_graph.hpp"
#include "lab/schedule/product_scenario.hpp"

#include <resile/spinlock.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace resile_lab {

// Locks are A, B, C, ...; 'A' takes it, 'a' releases it. Who is refused releases what he holds, and stops.
using lock_script = std::string;

class lock_scenario final : public product_scenario {
  public:
    // More threads than scripts begin again with the first.
    lock_scenario(std::vector<lock_script> scripts, std::vector<lock_script> handlers, unsigned threads);

    [[nodiscard]] unsigned handlers_of(unsigned) const override;
    void begin() override;
    void run_thread(scheduler&, unsigned thread) override;
    void run_handler(scheduler&, unsigned thread, unsigned nth) override;
    [[nodiscard]] std::string judge(scheduler&) override;
    [[nodiscard]] bool watches() const override { return true; }
    void word_changed(scheduler&, const void* word, std::uint64_t content) override;
    [[nodiscard]] named_word name(const void* word) const override;

  private:
    using graph = resile::lab::reference_wait_graph;
    using context = resile::lab::context_ref;
    static constexpr unsigned locks = 4;
    // In virtual time, of which nobody is ever robbed: a wait that lasts so long would last for ever.
    static constexpr std::chrono::milliseconds patience{20};

    struct waiting {
        bool now = false;
        bool could_never_end = false;  // at some instant since it began
    };

    void follow(scheduler&, const lock_script&);
    [[nodiscard]] bool take(scheduler&, context me, unsigned lock);
    void look_for_cycles();
    [[nodiscard]] static std::string name_of(unsigned lock) {
        return std::string(1, static_cast<char>('A' + lock));
    }

    std::vector<lock_script> scripts_, handlers_;
    std::array<resile::spinlock, locks> locks_;
    graph graph_;
    std::array<std::array<waiting, graph::levels>, graph::threads> waits_{};
};

}  // namespace resile_lab
