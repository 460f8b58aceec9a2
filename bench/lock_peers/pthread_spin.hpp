// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>

namespace bench {

struct pthread_spin {
    static constexpr const char* name = "pthread_spin";
    pthread_spin() noexcept { pthread_spin_init(&lock_, PTHREAD_PROCESS_PRIVATE); }
    ~pthread_spin() noexcept { pthread_spin_destroy(&lock_); }
    pthread_spin(const pthread_spin&) = delete;
    pthread_spin& operator=(const pthread_spin&) = delete;
    void lock() noexcept { pthread_spin_lock(&lock_); }
    void unlock() noexcept { pthread_spin_unlock(&lock_); }

  private:
    pthread_spinlock_t lock_{};
};

}  // namespace bench
