// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// The calling thread's slot: first use, exit, fork, interrupt_scope. Ours.
//
// 1. this_record is written by contexts of its own thread only, from null to a record by CAS: of a context
// and
//    the handler that interrupted its first use, one wins, and the other gives its slot back.
// 2. At thread exit this_record becomes null before the slot is released: a handler that arrives in between
//    claims a new one.
// 3. Nothing here allocates: the thread-exit hook is a pthread key, and glibc stores the value of one of the
//    first 32 keys inside the thread itself. With a later key no hook is set, and the slot is recovered when
//    slots run short.

#include "context/slot_table.hpp"

#include <resile/context.hpp>

#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace resile::inline RESILE_PLATFORM {
namespace detail {

// The attribute is repeated: g++ does not take it from the declaration.
constinit thread_local platform::atomic<slot_record*> this_record
    __attribute__((tls_model("initial-exec"))){nullptr};

namespace {

constexpr unsigned keys_stored_inside_the_thread = 32;  // glibc: PTHREAD_KEY_2NDLEVEL_SIZE

enum class exit_hook : unsigned { none, set };
constinit platform::atomic<exit_hook> thread_exit_hook{exit_hook::none};
constinit pthread_key_t thread_exit_key{};

void leave(void*) noexcept {
    slot_record* record = this_record.load(std::memory_order_relaxed);  // relaxed: this thread's own
    if (record == nullptr) return;
    this_record.store(nullptr, std::memory_order_relaxed);  // relaxed: read by this thread only
    platform::signal_fence();  // a handler must see null before the slot can be somebody else's
    release_slot(*record);
}

// Runs when the library is loaded, before threads that could use it in handlers. Uses before that work; they
// are not released at thread exit but recovered.
__attribute__((constructor)) void install_hooks() noexcept {
    pthread_key_t key{};
    if (pthread_key_create(&key, [](void* value) { leave(value); }) == 0 &&
        key < keys_stored_inside_the_thread) {
        thread_exit_key = key;
        // release [exit-key]: whoever sees `set` sees the key
        thread_exit_hook.store(exit_hook::set, std::memory_order_release);
    }
    (void)pthread_atfork(nullptr, nullptr, [] { adopt_slots_after_fork(); });
}

}  // namespace

slot_record* claim_record() noexcept {
    const int saved_errno = errno;
    slot_record* claimed = claim_free_slot();
    if (claimed != nullptr) {
        slot_record* none = nullptr;
        // null -> claimed, relaxed: only towards handlers of this thread, which the CAS alone decides
        if (!this_record.compare_exchange_strong(none, claimed, std::memory_order_relaxed)) {
            release_slot(*claimed);  // a handler was first
            claimed = none;
        }
        // acquire [exit-key]: pairs with install_hooks
        if (thread_exit_hook.load(std::memory_order_acquire) == exit_hook::set)
            (void)pthread_setspecific(thread_exit_key, claimed);
    } else {
        claimed = this_record.load(std::memory_order_relaxed);  // relaxed: own; a handler may have got one
    }
    errno = saved_errno;
    return claimed;
}

}  // namespace detail

int this_slot() noexcept {
    const detail::slot_record* record = detail::own_record();
    return record == nullptr ? -1 : static_cast<int>(detail::slot_of(*record));
}

interrupt_scope::interrupt_scope() noexcept : record_(detail::own_record()), held_at_entry_(0) {
    if (record_ == nullptr) return;
    // relaxed: this thread's own, here and below; handlers leave it as they found it.
    held_at_entry_ = record_->held.load(std::memory_order_relaxed);
    record_->set_depth(record_->interrupt_depth.load(std::memory_order_relaxed) + 1U);
}

interrupt_scope::~interrupt_scope() noexcept {
    if (record_ == nullptr) return;
#ifndef NDEBUG
    // relaxed: this thread's own.
    if (record_->held.load(std::memory_order_relaxed) != held_at_entry_) {
        static constexpr char message[] =
            "resile: a handler returned with a lock that it took (or released one that it did not take): "
            "release in each handler exactly what it acquired\n";
        (void)!::write(STDERR_FILENO, message, sizeof(message) - 1);
        std::abort();
    }
#endif
    // relaxed: this thread's own.
    record_->set_depth(record_->interrupt_depth.load(std::memory_order_relaxed) - 1U);
}

}  // namespace resile::inline RESILE_PLATFORM
