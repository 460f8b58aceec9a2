// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// `resile explore --instructions`: an interrupt (or the end of a context) in front of each single
// instruction.

#include "tool/explored_part.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}

namespace tool {

struct instruction_options {
    bool wanted = false;
    std::string map = "exact";
    std::string flavour = "all";
    std::vector<std::string> operations;  // the pair, or what is given of it; none: all
    std::string state = "all";
    std::size_t stride = 0;  // 0: every instruction; of nested ones a sample
    unsigned nest = 1;
    bool kill = false;
    std::string step;  // "K" or "K.M": replay
    unsigned jobs = 0;
    bool verbose = false;
    double seconds = 0;  // then no more cells are begun; 0: until all are done
};

// Options of `explore` that belong to this mode. They may be given with --instructions only.
void add_instruction_options(CLI::App& explore, CLI::Option& mode, instruction_options&);
// Until graceful_stop, if there is one. quiet: prints nothing.
[[nodiscard]] explored_part explore_instructions(const instruction_options&, bool quiet);

}  // namespace tool
