// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Dispatch, help, exit codes.

#include "tool/commands.hpp"
#include "tool/failure.hpp"
#include "tool/terminal.hpp"

#include <resile/version.hpp>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <new>
#include <string>
#include <system_error>
#include <vector>

namespace {

int complain(int exit_code, const std::string& message) {
    fmt::print(stderr, "resile: {}\n", message);
    return exit_code;
}

// Letters to change, add or leave out to make one word of the other (Levenshtein).
std::size_t distance(const std::string& from, const std::string& to) {
    std::vector<std::size_t> row(to.size() + 1);
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t above = row[j + 1];
            row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (from[i] == to[j] ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row.back();
}

// Empty if `word` is a command; else what was probably meant.
std::string nearest_command(const CLI::App& app, const std::string& word) {
    std::string nearest;
    std::size_t least = ~std::size_t{0};
    for (const CLI::App* command : app.get_subcommands(nullptr)) {
        const std::size_t far = distance(word, command->get_name());
        if (far == 0) return {};
        if (far < least) nearest = command->get_name();
        least = std::min(least, far);
    }
    return nearest;
}

std::string version_text() {
    return fmt::format("resile {}.{}.{}", RESILE_VERSION / 10000, RESILE_VERSION / 100 % 100,
                       RESILE_VERSION % 100);
}

int run(int count, char** words) {
    CLI::App app{
        "Locks and LRU maps that keep their promises when interrupted anywhere: the tool that puts them, and "
        "Linux's, to the test.",
        "resile"};
    int exit_code = tool::held;
    app.require_subcommand(1);
    app.set_version_flag("--version", version_text());
    app.footer(
        "Exit codes: 0 what was asked held, 1 it did not, 2 bad usage, 3 something is missing here.\n"
        "Start with: resile torture");
    tool::add_torture(app, exit_code);
    tool::add_losses(app, exit_code);
    tool::add_replay(app, exit_code);
    tool::add_explore(app, exit_code);
    tool::add_forecast(app, exit_code);
    tool::add_bench(app, exit_code);
    if (count > 1 && words[1][0] != '-') {
        const std::string meant = nearest_command(app, words[1]);
        if (!meant.empty())
            return complain(tool::bad_usage,
                            fmt::format("there is no command '{}'; did you mean '{}'?\nTry: resile --help",
                                        words[1], meant));
    }
    try {
        app.parse(count, words);
    } catch (const CLI::Success& asked) {
        return app.exit(asked);
    } catch (const CLI::ParseError& error) {
        return complain(tool::bad_usage, fmt::format("{}\nTry: resile {}--help", error.what(),
                                                     app.get_subcommands().empty()
                                                         ? ""
                                                         : app.get_subcommands().front()->get_name() + " "));
    }
    if (std::fflush(stdout) != 0)
        return complain(tool::bad_environment,
                        "the output could not be written: is the disk full, or the reader gone?");
    return exit_code;
}

}  // namespace

int main(int count, char** words) {
    std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error like another, reported at the end
    try {
        return run(count, words);
    } catch (const tool::failure& failure) {
        return complain(failure.exit_code(), failure.what());
    } catch (const std::bad_alloc&) {
        return complain(tool::bad_environment, "out of memory: choose smaller sizes");
    } catch (const std::system_error& error) {
        return complain(tool::bad_environment, error.what());
    } catch (const std::exception& error) {
        return complain(tool::bad_usage, error.what());
    }
}
