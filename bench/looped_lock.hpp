// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A subject of any type with lock() and unlock(). Where lock() answers, false means: refused.

#include "bench/subject.hpp"

#include <concepts>

namespace bench {

template <class Lock>
class looped_lock final : public subject {
  public:
    explicit looped_lock(std::uint64_t) {}

    void prepare(mix, std::uint64_t) override {}
    // Short, because some locks take long when many want them.
    [[nodiscard]] std::uint64_t batch_size() const noexcept override { return 32; }
    [[nodiscard]] bool is_for_handlers() const noexcept override {
        return requires {
            Lock::is_for_handlers;
        };
    }

    void run(mix, key_source&, batch& done) override {
        repeat(done, [&] {
            if constexpr (std::same_as<decltype(lock_.lock()), bool>) {
                if (!lock_.lock()) return false;
            } else {
                lock_.lock();
            }
            keep(++counter_);
            lock_.unlock();
            return true;
        });
    }

  private:
    alignas(128) Lock lock_;
    alignas(128) std::uint64_t counter_ = 0;
};

}  // namespace bench
