// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

// Dispatch, help, exit codes.

#include "tool/commands.hpp"
#include "tool/terminal.hpp"

#include <resile/version.hpp>

#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <new>
#include <system_error>

namespace {

int complain(int exit_code, const std::string& message) {
    fmt::print(stderr, "resile: {}\n", message);
    return exit_code;
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
