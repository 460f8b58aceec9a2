// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// A profiler in one handler: SIGPROF counts where it interrupted the program, in the very map that main
// prints from meanwhile, and that main may be in the middle of writing.
//
//     samples  where
//          25  sum_of_squares+0x1c
//          11  shuffle+0x2a

#include <resile/context.hpp>
#include <resile/lru_map.hpp>

#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

using address = std::uintptr_t;

// The handler finds it here; made before the first signal comes, gone after the last.
resile::lru_map<address, std::uint64_t>* profile;
std::atomic<std::uint64_t> samples{0}, forgotten{0};

void on_profiling_timer(int, siginfo_t*, void* interrupted) {
    const resile::interrupt_scope here;
    const int saved = errno;
    const auto* context = static_cast<const ucontext_t*>(interrupted);
#if defined(__x86_64__)
    const auto returns_to = static_cast<address>(context->uc_mcontext.gregs[REG_RIP]);
#else
    const auto returns_to = static_cast<address>(context->uc_mcontext.pc);
#endif
    (void)profile->upsert(returns_to, 1, [](std::uint64_t& count) { ++count; });
    samples.fetch_add(1, std::memory_order_relaxed);
    errno = saved;
}

// --- something to profile ---

volatile std::uint64_t sink;

__attribute__((noinline)) void sum_of_squares() {
    std::uint64_t sum = sink;
    for (std::uint64_t i = 0; i < 200'000; ++i) sum += (i ^ sum) * i;
    sink = sum;
}
__attribute__((noinline)) void shuffle() {
    std::uint64_t state = sink | 1;
    for (unsigned i = 0; i < 100'000; ++i) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    sink = state;
}
__attribute__((noinline)) void use_the_map() {
    // main writes it too: 0 is no address, so this counts rounds beside the samples.
    for (unsigned i = 0; i < 500; ++i) (void)profile->upsert(0, 1, [](std::uint64_t& count) { ++count; });
}

void print_place(address where) {
    const struct {
        const char* name;
        address start;
    } known[] = {{"sum_of_squares", reinterpret_cast<address>(&sum_of_squares)},
                 {"shuffle", reinterpret_cast<address>(&shuffle)},
                 {"use_the_map", reinterpret_cast<address>(&use_the_map)}};
    for (const auto& function : known) {
        if (where - function.start >= 256) continue;
        std::printf("%s+0x%zx\n", function.name, static_cast<std::size_t>(where - function.start));
        return;
    }
    std::printf("0x%zx\n", static_cast<std::size_t>(where));
}

struct site {
    address where;
    std::uint64_t count;
};

// Also while the handler goes on counting.
std::vector<site> all_sites() {
    std::vector<site> sites;
    profile->for_each([&](address where, std::uint64_t count) {
        if (where != 0) sites.push_back({where, count});
    });
    std::sort(sites.begin(), sites.end(), [](const site& a, const site& b) { return a.count > b.count; });
    return sites;
}

}  // namespace

int main() {
    resile::lru_options options;
    options.on_eviction = [](void*, const void*, const void* count) noexcept {
        forgotten.fetch_add(*static_cast<const std::uint64_t*>(count), std::memory_order_relaxed);
    };
    resile::lru_map<address, std::uint64_t> map(4096, options);
    profile = &map;

    struct sigaction action {};
    action.sa_sigaction = on_profiling_timer;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    ::sigaction(SIGPROF, &action, nullptr);
    const itimerval every_millisecond{{0, 1000}, {0, 1000}}, never{};
    ::setitimer(ITIMER_PROF, &every_millisecond, nullptr);

    // Until there is something to see, and not for long.
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(700);
    std::uint64_t rounds = 0;
    while (samples < 50 && std::chrono::steady_clock::now() < end) {
        sum_of_squares();
        shuffle();
        use_the_map();
        ++rounds;
    }
    std::printf("samples  where\n");
    const std::vector<site> top = all_sites();
    for (std::size_t i = 0; i < std::min<std::size_t>(top.size(), 10); ++i) {
        std::printf("%7llu  ", static_cast<unsigned long long>(top[i].count));
        print_place(top[i].where);
    }
    ::setitimer(ITIMER_PROF, &never, nullptr);
    ::signal(SIGPROF, SIG_IGN);

    std::uint64_t counted = 0;
    for (const site& each : all_sites()) counted += each.count;
    const bool exact = counted + forgotten == samples && map.peek(0) == 500 * rounds;
    std::printf("%llu samples: %s\n", static_cast<unsigned long long>(samples.load()),
                exact ? "each was counted once" : "NOT each was counted once");
    return exact && samples > 0 ? 0 : 1;
}
