// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Bytes become a shape and a sequence of steps, played on resile::linux_lru and on the running kernel's map.
// The first difference ends the program, with the shortest sequence that shows it.
//
// Without libFuzzer:  resile_fuzz_parity [--inputs N] [--seed N] [FILE...]
// FILEs are played as they are. Exit 0: agreed; abort: they differ; 2: bad usage; 77: the kernel cannot be
// asked.

#include "tests/parity/parity_machine.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using resile_test::parity_shape;
using resile_test::parity_step;

constexpr std::size_t bytes_of_shape = 4;
constexpr std::size_t bytes_of_step = 4;

//   byte  meaning of a shape             byte  meaning of a step
//   0, 1  entries, 1 .. 1000             0     verb
//   2     flavour, kind of values        1, 2  key: 12 bits; flags: 4 bits
//   3     sizes of key and value         3     count of a batch
parity_shape shape_of(const std::uint8_t* data) {
    parity_shape shape;
    const unsigned size = data[0] + 256U * data[1];
    // Small maps are quick and full at once: most of the time.
    shape.entries = data[1] < 192 ? 1 + size % 24 : 1 + size % 1000;
    shape.no_common_lru = (data[2] & 1U) != 0;
    shape.percpu_values = (data[2] & 2U) != 0;
    shape.key_size = 4 + data[3] % 13U;
    shape.value_size = 1 + data[3] / 13U;
    return shape;
}

parity_step step_of(const std::uint8_t* data, const parity_shape& shape, std::uint64_t number) {
    parity_step step;
    step.what = static_cast<resile_test::verb>(data[0] % resile_test::verbs);
    step.key = (data[1] + 256U * (data[2] & 15U)) % (2 * shape.entries + 2);
    // 8 and up: mostly none. The kernel's CPU flags are compared by the test, where it knows them.
    const unsigned flags = data[2] >> 4;
    step.flags = flags < 8 ? flags : flags == 9 ? 1U : flags == 10 ? 2U : 0U;
    step.count = data[3] % (shape.entries + 4);
    step.word = number;
    return step;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < bytes_of_shape + bytes_of_step) return 0;
    const parity_shape shape = shape_of(data);
    std::vector<parity_step> steps;
    for (std::size_t at = bytes_of_shape; at + bytes_of_step <= size; at += bytes_of_step)
        steps.push_back(step_of(data + at, shape, at));
    if (resile_test::play_all(shape, steps).empty()) return 0;
    std::fprintf(stderr, "%s", resile_test::shortest_story(shape, steps).c_str());
    std::abort();
}

#ifndef RESILE_HAVE_LIBFUZZER

namespace {

int play_file(const char* path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        std::fprintf(stderr, "%s cannot be read\n", path);
        return 2;
    }
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    std::vector<std::uint8_t> data(bytes.begin(), bytes.end());
    return LLVMFuzzerTestOneInput(data.data(), data.size());
}

int play_random(std::uint64_t seed, unsigned long inputs) {
    resile_test::random_numbers random(seed);
    std::size_t steps = 0;
    for (unsigned long i = 0; i < inputs; ++i) {
        std::vector<std::uint8_t> data(bytes_of_shape + bytes_of_step * (1 + random.below(200)));
        for (auto& byte : data) byte = static_cast<std::uint8_t>(random.next() >> 32);
        LLVMFuzzerTestOneInput(data.data(), data.size());
        steps += data.size() / bytes_of_step - 1;
    }
    std::printf("%lu inputs, %zu steps: no difference to kernel %s\n", inputs, steps,
                tool::kernel_release().c_str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string reason = tool::why_no_kernel_map();
    if (!reason.empty()) {
        std::printf("skipped: the kernel's map cannot be asked: %s\n", reason.c_str());
        return 77;
    }
    unsigned long inputs = 10'000;
    std::vector<const char*> files;
    for (int i = 1; i < argc; ++i) {
        const bool more = i + 1 < argc;
        if (std::strcmp(argv[i], "--inputs") == 0 && more)
            inputs = std::strtoul(argv[++i], nullptr, 0);
        else if (std::strcmp(argv[i], "--seed") == 0 && more)
            ::setenv("RESILE_SEED", argv[++i], 1);
        else if (argv[i][0] == '-') {
            std::fprintf(stderr, "usage: %s [--inputs N] [--seed N] [FILE...]\n", argv[0]);
            return 2;
        } else
            files.push_back(argv[i]);
    }
    for (const char* path : files)
        if (const int error = play_file(path); error != 0) return error;
    return files.empty() ? play_random(resile_test::announce_seed("parity_fuzz"), inputs) : 0;
}

#endif
