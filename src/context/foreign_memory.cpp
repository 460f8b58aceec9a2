// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Reading memory that may be gone, and taking memory where no allocator may be called. Ours.
//
// A walk follows addresses of locks that other threads wait for. Such a lock may be destroyed, and its memory
// unmapped, between the reading of the address and the reading of the word. process_vm_writev on oneself
// copies it or fails, in any context. The addresses are the side that is read from, though process_vm_readv
// could have them as the other one: that one's pages are pinned, at the price of 100 ns for each. Where the
// call is forbidden (seccomp) or missing, a pipe does the same: write() copies from the address or fails with
// EFAULT. Where neither works, the caller is told.

#include <resile/detail/platform.hpp>

#include "context/errno_keeper.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace resile::inline RESILE_PLATFORM::platform {
namespace {

constexpr std::size_t batch = 32;

// Words are copied with their neighbour, eight bytes at an address that eight divides: what is shorter some
// kernels copy byte by byte, and half an owner's name is none. It cannot lie on a page of its own.
constexpr std::size_t pair = 8;
static_assert(std::endian::native == std::endian::little);

enum class outcome { done, unavailable };

[[nodiscard]] long copy_pairs(const iovec* from, std::size_t count, std::uint64_t* to) noexcept {
    const iovec remote{to, count * pair};
    return ::syscall(SYS_process_vm_writev, ::getpid(), from, static_cast<unsigned long>(count), &remote, 1UL,
                     0UL);
}

// Copies up to `batch` words in one call if all are mapped, else one by one.
[[nodiscard]] outcome read_by_system_call(const std::uintptr_t* addresses, std::size_t count,
                                          std::uint32_t* values) noexcept {
    iovec from[batch];
    std::uint64_t pairs[batch];
    for (std::size_t i = 0; i < count; ++i)
        from[i] = {reinterpret_cast<void*>(addresses[i] & ~(pair - 1)), pair};  // NOLINT: an address
    std::size_t at_once = count;
    for (std::size_t done = 0; done < count;) {
        const long copied = copy_pairs(from + done, at_once, pairs + done);
        if (copied < 0 && errno != EFAULT) return outcome::unavailable;
        if (copied == static_cast<long>(at_once * pair))
            done += at_once;
        else if (at_once != 1)
            at_once = 1;
        else
            pairs[done++] = 0;
    }
    for (std::size_t i = 0; i < count; ++i)
        values[i] = static_cast<std::uint32_t>(pairs[i] >> (addresses[i] % pair * 8));
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
