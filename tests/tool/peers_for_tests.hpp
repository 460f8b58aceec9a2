// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A program of the peers that measures nothing and says what it is told to say: so that what becomes of
// readings can be judged.

#include "tests/tool/the_program.hpp"

#include <sys/stat.h>

namespace resile_test {

inline const std::string played_peers =
    R"({"family":"map","word":"resile","name":"resile::lru_map","library":"resile 0","baseline":false,"missing":"","remedy":""}
{"family":"map","word":"tbb","name":"tbb::concurrent_lru_cache","library":"oneTBB","baseline":false,"missing":"","remedy":""}
{"family":"map","word":"kernel","name":"kernel <LRU_HASH>","library":"Linux","baseline":false,"missing":"not permitted","remedy":"ask your </script> administrator"}
{"family":"map","word":"loop","name":"loop alone","library":"","baseline":true,"missing":"","remedy":""}
{"family":"lock","word":"resile","name":"resile::spinlock","library":"resile 0","baseline":false,"missing":"","remedy":""}
)";

// Two runs of two mixes with one and with two threads; the second takes three times as long as resile.
[[nodiscard]] inline std::string played_readings() {
    std::string lines;
    const auto say = [&](const nlohmann::json& line) { lines += line.dump() + "\n"; };
    for (const unsigned run : {0U, 1U})
        for (const char* mix : {"lookup", "insert"})
            for (const unsigned threads : {1U, 2U})
                for (const auto& [peer, times] : {std::pair{"resile", 1.0}, {"tbb", 3.0}, {"loop", 0.1}})
                    say({{"reading",
                          {{"peer", peer},
                           {"mix", mix},
                           {"threads", threads},
                           {"entries", 1000},
                           {"run", run},
                           {"ns", times * (20 + 4 * run + threads)},
                           {"hits", 1.0},
                           {"share", 0.9},
                           {"disturbed", false}}}});
    for (const char* where : {"threads", "handlers"})
        say({{"latency",
              {{"peer", "resile"},
               {"mix", "lookup"},
               {"threads", 2},
               {"entries", 1000},
               {"where", where},
               {"count", 100000},
               {"p50", 40},
               {"p90", 45},
               {"p99", 61},
               {"p999", 200},
               {"p9999", 3210},
               {"max", 81234},
               {"curve",
                {{1, 20}, {2, 40}, {10, 45}, {100, 61}, {1000, 200}, {10000, 3210}, {100000, 81234}}}}}});
    say({{"refusal",
          {{"situation", "stuck"},
           {"meaning", "the owner does not go on"},
           {"lock", "resile::spinlock"},
           {"answer", "timed_out"},
           {"count", 500},
           {"p50", 1060125},
           {"p99", 1064321},
           {"max", 2064322}}}});
    say({{"cannot", {{"peer", "tbb"}, {"mix", "counter"}, {"reason", "it has no such operation"}}}});
    return lines;
}

// A script that answers `list` and `measure`; `then` is what it does in the end. Returns its path.
[[nodiscard]] inline std::string peers_that_say(const std::string& name, const std::string& readings,
                                                const std::string& then = "exit 0") {
    const std::string path = temporary_path(name);
    write_file(path + ".list", played_peers);
    write_file(path + ".readings", readings);
    write_file(path, "#!/bin/sh\nif [ \"$1\" = list ]; then exec cat '" + path + ".list'; fi\ncat '" + path +
                         ".readings'\n" + then + "\n");
    ::chmod(path.c_str(), 0700);
    return path;
}

}  // namespace resile_test
