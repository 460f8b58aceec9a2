// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/schedule_file.hpp"

#include "tool/failure.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace tool {
namespace {

constexpr unsigned most_threads = 8;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw failure(bad_usage,
                  fmt::format("{} is no schedule: {}; give a file that `resile explore --schedules` "
                              "wrote",
                              path, why));
}

}  // namespace

nlohmann::json schedule_json(const resile_lab::schedule& how) {
    nlohmann::json decisions = nlohmann::json::array();
    for (const resile_lab::deviation& one : how)
        decisions.push_back(
            {{"thread", one.thread}, {"step", one.step}, {"next", one.next}, {"interrupt", one.interrupt}});
    return decisions;
}

bool write_schedule_file(const std::string& path, const schedule_file& file) {
    std::ofstream out(path);
    out << nlohmann::json{{"case", file.name},
                          {"threads", file.threads},
                          {"seed", file.seed},
                          {"decisions", schedule_json(file.how)}}
               .dump(2)
        << "\n"
        << std::flush;
    return out.good();
}

schedule_file read_schedule_file(const std::string& path) {
    std::ifstream in(path);
    if (!in)
        throw failure(bad_environment,
                      fmt::format("cannot read the schedule {}: {}", path, std::strerror(errno)));
    const nlohmann::json read = nlohmann::json::parse(in, nullptr, false);
    if (!read.is_object()) refuse(path, "it is no JSON object");
    try {
        schedule_file file;
        file.name = read.at("case").get<std::string>();
        file.threads = read.at("threads").get<unsigned>();
        file.seed = read.value("seed", std::uint64_t{0});
        if (file.threads == 0 || file.threads > most_threads) refuse(path, "threads is not 1 to 8");
        for (const nlohmann::json& one : read.at("decisions")) {
            const resile_lab::deviation made{one.at("thread").get<unsigned>(),
                                             one.at("step").get<std::uint64_t>(),
                                             one.at("next").get<unsigned>(), one.at("interrupt").get<bool>()};
            if (made.thread >= file.threads || made.next >= file.threads)
                refuse(path, "a decision names a thread that is not there");
            file.how.push_back(made);
        }
        return file;
    } catch (const nlohmann::json::exception& error) {
        refuse(path, error.what());
    }
}

}  // namespace tool
