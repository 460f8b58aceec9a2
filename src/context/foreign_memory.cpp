// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Reading memory that may be gone, and taking memory where no allocator may be called. Ours.
//
// A walk follows addresses of locks that other threads wait for. Such a lock may be destroyed, and its memory
// unmapped, between the reading of the address and the reading of the word. process_vm_readv on oneself
// copies it or fails, in any context. Where it is forbidden (seccomp) or missing, a pipe does the same:
// write() copies from the address or fails with EFAULT. Where neither works, the caller is told.

#include <resile/detail/platform.hpp>

#include "context/errno_keeper.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace resile::inline RESILE_PLATFORM::platform {
namespace {

constexpr std::size_t batch = 32;

enum class outcome { done, unavailable };

// Copies up to `batch` words in one call if all are mapped, skipping those that are not.
[[nodiscard]] outcome read_by_system_call(const std::uintptr_t* addresses, std::size_t count,
                                          std::uint32_t* values) noexcept {
    iovec remote[batch];
    for (std::size_t i = 0; i < count; ++i)
        remote[i] = {reinterpret_cast<void*>(addresses[i]), sizeof(std::uint32_t)};  // NOLINT: an address
    std::size_t done = 0;
    while (done < count) {
        const std::size_t left = count - done;
        const iovec local{values + done, left * sizeof(std::uint32_t)};
        const long copied = ::syscall(SYS_process_vm_readv, ::getpid(), &local, 1UL, remote + done,
                                      static_cast<unsigned long>(left), 0UL);
        if (copied < 0 && errno != EFAULT) return outcome::unavailable;
        const std::size_t words = copied < 0 ? 0 : static_cast<std::size_t>(copied) / sizeof(std::uint32_t);
        done += words;
        if (words < left) values[done++] = 0;  // the copy stopped at an unmapped address
    }
    return outcome::done;
}

class short_pipe {
  public:
    short_pipe() noexcept : opened_(::pipe2(ends_, O_CLOEXEC | O_NONBLOCK) == 0) {}
    ~short_pipe() noexcept {
        if (!opened_) return;
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    short_pipe(const short_pipe&) = delete;
    short_pipe& operator=(const short_pipe&) = delete;

    [[nodiscard]] bool opened() const noexcept { return opened_; }
    // False when the pipe itself failed; an unmapped address reads as 0.
    [[nodiscard]] bool copy(std::uintptr_t address, std::uint32_t& value) noexcept {
        value = 0;
        const ssize_t put = ::write(ends_[1], reinterpret_cast<const void*>(address), sizeof(value));
        if (put < 0) return errno == EFAULT;
        return ::read(ends_[0], &value, sizeof(value)) == static_cast<ssize_t>(sizeof(value));
    }

  private:
    int ends_[2] = {-1, -1};
    bool opened_;
};

[[nodiscard]] bool read_by_pipe(const std::uintptr_t* addresses, std::size_t count,
                                std::uint32_t* values) noexcept {
    short_pipe pipe;
    if (!pipe.opened()) return false;
    for (std::size_t i = 0; i < count; ++i)
        if (!pipe.copy(addresses[i], values[i])) return false;
    return true;
}

}  // namespace

bool read_words(const std::uintptr_t* addresses, std::size_t count, std::uint32_t* values) noexcept {
    const errno_keeper keep;
    for (std::size_t done = 0; done < count;) {
        const std::size_t now = std::min(batch, count - done);
        if (read_by_system_call(addresses + done, now, values + done) == outcome::unavailable &&
            !read_by_pipe(addresses + done, now, values + done))
            return false;
        done += now;
    }
    return true;
}

void* map_memory(std::size_t bytes) noexcept {
    const errno_keeper keep;
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
}

void unmap_memory(void* memory, std::size_t bytes) noexcept {
    const errno_keeper keep;
    ::munmap(memory, bytes);
}

void prefer_huge_pages(void* memory, std::size_t bytes) noexcept {
    const errno_keeper keep;
    (void)::madvise(memory, bytes, MADV_HUGEPAGE);
}

}  // namespace resile::inline RESILE_PLATFORM::platform
