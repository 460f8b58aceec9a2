// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/history_file.hpp"

#include "tool/failure.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace tool {
namespace {

using resile_lab::map_answer;
using resile_lab::map_call;
using resile_lab::map_contents;
using resile_lab::recorded_call;

// A judge's work grows with the calls that are under way at the same time.
constexpr std::size_t most_calls = 200;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw failure(
        bad_usage,
        fmt::format("{} is no history: {}; give a file that `resile torture --check` wrote", path, why));
}

nlohmann::json json_of(const map_contents& contents) {
    nlohmann::json entries = nlohmann::json::array();
    for (const auto& [key, value] : contents) entries.push_back({key, value});
    return entries;
}

map_contents contents_from(const nlohmann::json& entries) {
    map_contents contents;
    for (const nlohmann::json& one : entries)
        contents[one.at(0).get<std::uint64_t>()] = one.at(1).get<std::uint64_t>();
    return contents;
}

// The enumerator that is called so.
template <class Enum>
Enum named(const std::string& path, const nlohmann::json& name, unsigned count) {
    for (unsigned i = 0; i < count; ++i)
        if (name == name_of(static_cast<Enum>(i))) return static_cast<Enum>(i);
    refuse(path, fmt::format("nothing is called {}", name.dump()));
}

recorded_call call_from(const std::string& path, const nlohmann::json& one) {
    recorded_call call;
    call.asked = {named<map_call>(path, one.at("call"), resile_lab::map_calls),
                  one.at("key").get<std::uint64_t>(), one.at("written").get<std::uint64_t>()};
    call.answer = named<map_answer>(path, one.at("answer"), resile_lab::map_answers);
    call.value = one.at("read").get<std::uint64_t>();
    call.begun = one.at("begun").get<std::uint64_t>();
    call.ended = one.at("ended").get<std::uint64_t>();
    call.who = one.at("thread").get<unsigned>();
    call.depth = one.at("handler").get<unsigned>();
    if (call.begun >= call.ended) refuse(path, "a call ends before it begins");
    return call;
}

}  // namespace

nlohmann::json history_json(const resile_lab::map_history& history) {
    nlohmann::json calls = nlohmann::json::array();
    for (const recorded_call& one : history.calls)
        calls.push_back({{"thread", one.who},
                         {"handler", one.depth},
                         {"begun", one.begun},
                         {"ended", one.ended},
                         {"call", name_of(one.asked.what)},
                         {"key", one.asked.key},
                         {"written", one.asked.value},
                         {"answer", name_of(one.answer)},
                         {"read", one.value}});
    return {{"max_entries", history.max_entries},
            {"before", json_of(history.before)},
            {"calls", calls},
            {"after", json_of(history.after)}};
}

bool write_history_file(const std::string& path, const history_file& file) {
    nlohmann::json all = history_json(file.history);
    all.update({{"map", file.map}, {"flavour", file.flavour}, {"seed", file.seed}});
    std::ofstream out(path);
    out << all.dump(2) << "\n" << std::flush;
    return out.good();
}

history_file read_history_file(const std::string& path) {
    std::ifstream in(path);
    if (!in)
        throw failure(bad_environment,
                      fmt::format("cannot read the history {}: {}", path, std::strerror(errno)));
    const nlohmann::json read = nlohmann::json::parse(in, nullptr, false);
    if (!read.is_object()) refuse(path, "it is no JSON object");
    try {
        history_file file{read.value("map", ""), read.value("flavour", ""), read.value("seed", 0ULL), {}};
        file.history.max_entries = read.at("max_entries").get<std::size_t>();
        file.history.before = contents_from(read.at("before"));
        file.history.after = contents_from(read.at("after"));
        if (read.at("calls").size() > most_calls)
            refuse(path, fmt::format("{} calls are more than the {} that can be judged",
                                     read.at("calls").size(), most_calls));
        for (const nlohmann::json& one : read.at("calls")) file.history.calls.push_back(call_from(path, one));
        return file;
    } catch (const nlohmann::json::exception& error) {
        refuse(path, error.what());
    }
}

}  // namespace tool
