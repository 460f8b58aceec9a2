// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A thread that does, one at a time, what a test tells it, in its task or in signal handlers on top of it.
//
//     actor s0;
//     s0.run([&] { ... });        // in the task; returns when done
//     s0.start([&] { ... });      // returns at once; s0.finish() waits
//     s0.enter();                 // a handler interrupts whatever s0 does; commands now go to the handler
//     s0.leave();                 // the handler returns
//
// Commands are lambdas that capture little, by reference; nothing is allocated in a handler.

#include "tests/support/manual_schedule.hpp"
#include "tests/support/seeds.hpp"

#include <resile/context.hpp>

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

namespace resile_test {

class actor {
  public:
    static constexpr unsigned levels = 10;

    actor() {
        static const bool installed = install_handler();
        (void)installed;
        ::pthread_create(&thread_, nullptr, &actor::main, this);
        await("an actor starts", [&] { return level_.load() == 0; });
    }
    ~actor() {
        while (level() > 0) leave();
        post_leave();
        ::pthread_join(thread_, nullptr);
    }
    actor(const actor&) = delete;
    actor& operator=(const actor&) = delete;

    // Which context commands go to: 0 = the task.
    [[nodiscard]] unsigned level() const noexcept {
        return static_cast<unsigned>(level_.load(std::memory_order_acquire));
    }
    [[nodiscard]] unsigned slot() const noexcept { return slot_; }
    [[nodiscard]] pthread_t handle() const noexcept { return thread_; }

    template <class Command>
    void start(Command command) noexcept {
        static_assert(std::is_trivially_copyable_v<Command> && sizeof(Command) <= mailbox::room);
        mailbox& box = boxes_[level()];
        ::new (box.storage) Command(command);
        box.call = [](void* stored) { (*static_cast<Command*>(stored))(); };
        box.posted.fetch_add(1, std::memory_order_release);
        wake(box);
    }
    // Whether the context at `level` is done with its command.
    [[nodiscard]] bool is_idle(unsigned level) const noexcept {
        const mailbox& box = boxes_[level];
        return box.finished.load(std::memory_order_acquire) == box.posted.load(std::memory_order_relaxed);
    }
    void finish(const char* what = "a command ends") noexcept {
        await(what, [&] { return is_idle(level()); });
    }
    template <class Command>
    void run(Command command) noexcept {
        start(command);
        finish("a command that should not wait");
    }

    void enter() noexcept {
        const unsigned before = level();
        ::pthread_kill(thread_, SIGUSR1);
        await("a handler begins", [&] { return level() == before + 1; });
    }
    void leave() noexcept {
        const unsigned before = level();
        post_leave();
        await("a handler returns", [&] { return level() == before - 1; });
    }
    // One command in a handler of its own.
    template <class Command>
    void interrupt(Command command) noexcept {
        enter();
        run(command);
        leave();
    }

  private:
    struct mailbox {
        static constexpr std::size_t room = 96;
        std::atomic<std::uint32_t> posted{0};
        std::atomic<std::uint32_t> finished{0};
        bool leave = false;
        void (*call)(void*) = nullptr;
        alignas(16) std::byte storage[room];
    };

    static void* main(void* self) noexcept {
        auto& me = *static_cast<actor*>(self);
        current() = &me;
        me.slot_ = static_cast<unsigned>(resile::this_slot());
        me.serve();
        return nullptr;
    }

    static bool install_handler() noexcept {
        struct sigaction action {};
        action.sa_handler = [](int) {
            const int saved = errno;
            sigset_t again;  // TSan runs handlers with all signals blocked
            ::sigemptyset(&again);
            ::sigaddset(&again, SIGUSR1);
            ::pthread_sigmask(SIG_UNBLOCK, &again, nullptr);
            current()->serve();
            errno = saved;
        };
        action.sa_flags = SA_NODEFER | SA_RESTART;
        return ::sigaction(SIGUSR1, &action, nullptr) == 0;
    }

    static actor*& current() noexcept {
        static thread_local actor* mine __attribute__((tls_model("initial-exec"))) = nullptr;
        return mine;
    }

    void serve() noexcept {
        const int mine = level_.load(std::memory_order_relaxed) + 1;
        mailbox& box = boxes_[mine];
        box.leave = false;
        std::uint32_t done = box.finished.load(std::memory_order_relaxed);
        level_.store(mine, std::memory_order_release);
        for (;;) {
            wait_for_post(box, done);
            if (box.leave) break;
            box.call(box.storage);
            box.finished.store(++done, std::memory_order_release);
        }
        box.finished.store(++done, std::memory_order_release);
        level_.store(mine - 1, std::memory_order_release);
    }

    static void wait_for_post(mailbox& box, std::uint32_t done) noexcept {
        // TSan keeps a signal that arrives just before the sleep until the next look at the clock.
        constexpr timespec longest_sleep{0, under_tsan ? 1'000'000 : 100'000'000};
        timespec now{};
        for (unsigned looks = 0; box.posted.load(std::memory_order_acquire) == done; ++looks) {
            ::clock_gettime(CLOCK_MONOTONIC, &now);  // see await()
            if (looks < 20)
                ::sched_yield();
            else
                ::syscall(SYS_futex, &box.posted, FUTEX_WAIT_PRIVATE, done, &longest_sleep, nullptr, 0);
        }
    }
    static void wake(mailbox& box) noexcept {
        ::syscall(SYS_futex, &box.posted, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }
    void post_leave() noexcept {
        mailbox& box = boxes_[level()];
        box.leave = true;
        box.posted.fetch_add(1, std::memory_order_release);
        wake(box);
    }

    pthread_t thread_{};
    unsigned slot_ = 0;
    std::atomic<int> level_{-1};
    mailbox boxes_[levels + 1];
};

}  // namespace resile_test
