// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Words are read whether their memory is there or not, and where the system forbids the usual way.

#include <resile/detail/platform.hpp>

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace resile_test {
namespace {

using resile::platform::read_words;

[[nodiscard]] std::uintptr_t address_of(const void* word) noexcept {
    return reinterpret_cast<std::uintptr_t>(word);
}

// An address at which there is nothing.
[[nodiscard]] std::uintptr_t nowhere() {
    constexpr std::size_t page = 4096;
    void* memory = ::mmap(nullptr, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ::munmap(memory, page);
    return address_of(memory);
}

using three_words = std::array<std::uint32_t, 3>;

// Of two words with nothing between them.
[[nodiscard]] bool read_around_a_hole(three_words& values) {
    static constexpr std::array<std::uint32_t, 2> words{7, 8};
    const std::array<std::uintptr_t, 3> addresses{address_of(&words[0]), nowhere(), address_of(&words[1])};
    return read_words(addresses.data(), addresses.size(), values.data());
}

TEST(foreign_memory, words_are_read_in_any_number_and_at_any_multiple_of_four) {
    std::vector<std::uint32_t> words(100);
    std::iota(words.begin(), words.end(), 1);
    std::vector<std::uintptr_t> addresses;
    for (const std::uint32_t& word : words) addresses.push_back(address_of(&word));
    std::vector<std::uint32_t> values(words.size());
    ASSERT_TRUE(read_words(addresses.data(), addresses.size(), values.data()));
    EXPECT_EQ(values, words);
}

TEST(foreign_memory, what_is_not_mapped_reads_as_zero_and_hides_no_other_word) {
    errno = 0;
    three_words values{1, 1, 1};
    ASSERT_TRUE(read_around_a_hole(values));
    EXPECT_EQ(values, (three_words{7, 0, 8}));
    const std::array<std::uintptr_t, 2> holes{nowhere(), 0};
    ASSERT_TRUE(read_words(holes.data(), holes.size(), values.data()));
    EXPECT_EQ(values, (three_words{0, 0, 8}));
    EXPECT_EQ(errno, 0);
}

// From here on these system calls fail for the process. False: this cannot be had here.
[[nodiscard]] bool forbid(std::initializer_list<long> calls) {
    std::vector<sock_filter> rules{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offsetof(seccomp_data, nr)))};
    for (const long call : calls) {
        rules.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1));
        rules.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
    }
    rules.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog program{static_cast<unsigned short>(rules.size()), rules.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// What a child answers: its exit code.
template <class Child>
[[nodiscard]] int in_child(Child&& child) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(child());
    int status = -1;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

constexpr int cannot_be_tried = 77;

TEST(foreign_memory, a_pipe_does_it_where_the_usual_call_is_forbidden) {
    const int answer = in_child([] {
        if (!forbid({SYS_process_vm_writev})) return cannot_be_tried;
        three_words values{1, 1, 1};
        return read_around_a_hole(values) && values == three_words{7, 0, 8} ? 0 : 1;
    });
    if (answer == cannot_be_tried) GTEST_SKIP() << "no seccomp filters here";
    EXPECT_EQ(answer, 0);
}

TEST(foreign_memory, where_pipes_are_forbidden_too_the_caller_is_told) {
    const int answer = in_child([] {
        if (!forbid({SYS_process_vm_writev, SYS_pipe2})) return cannot_be_tried;
        three_words values{};
        return read_around_a_hole(values) ? 1 : 0;
    });
    if (answer == cannot_be_tried) GTEST_SKIP() << "no seccomp filters here";
    EXPECT_EQ(answer, 0);
}

}  // namespace
}  // namespace resile_test
