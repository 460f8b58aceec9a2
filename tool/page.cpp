// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/page.hpp"

#include <map>
#include <string_view>
#include <utility>

// The assembler puts the files into the program as they are. CMake says where they lie.
#define RESILE_EMBED(name, path)                                                      \
    asm(".pushsection .rodata\n"                                                      \
        "resile_page_" #name ": .incbin \"" path                                      \
        "\"\n"                                                                        \
        "resile_page_" #name                                                          \
        "_end: .byte 0\n"                                                             \
        ".popsection\n");                                                             \
    extern "C" __attribute__((visibility("hidden"))) const char resile_page_##name[]; \
    extern "C" __attribute__((visibility("hidden"))) const char resile_page_##name##_end[]

RESILE_EMBED(html, RESILE_PAGE_DIR "/page.html");
RESILE_EMBED(style, RESILE_PAGE_DIR "/page.css");
RESILE_EMBED(script, RESILE_PAGE_DIR "/page.js");
RESILE_EMBED(plots, RESILE_PAGE_DIR "/page_plots.js");
RESILE_EMBED(bench, RESILE_PAGE_DIR "/page_bench.js");
RESILE_EMBED(explore, RESILE_PAGE_DIR "/page_explore.js");
RESILE_EMBED(histories, RESILE_PAGE_DIR "/page_histories.js");
RESILE_EMBED(instructions, RESILE_PAGE_DIR "/page_instructions.js");
RESILE_EMBED(losses, RESILE_PAGE_DIR "/page_losses.js");
RESILE_EMBED(replay, RESILE_PAGE_DIR "/page_replay.js");
RESILE_EMBED(schedules, RESILE_PAGE_DIR "/page_schedules.js");
RESILE_EMBED(torture, RESILE_PAGE_DIR "/page_torture.js");
RESILE_EMBED(d3, RESILE_VENDOR_DIR "/d3/d3.min.js");
RESILE_EMBED(plot, RESILE_VENDOR_DIR "/observable-plot/plot.umd.min.js");
RESILE_EMBED(d3_licence, RESILE_VENDOR_DIR "/d3/LICENSE");
RESILE_EMBED(plot_licence, RESILE_VENDOR_DIR "/observable-plot/LICENSE");
RESILE_EMBED(interval_licence, RESILE_VENDOR_DIR "/observable-plot/LICENSE.interval-tree-1d");
RESILE_EMBED(bounds_licence, RESILE_VENDOR_DIR "/observable-plot/LICENSE.binary-search-bounds");
RESILE_EMBED(isoformat_licence, RESILE_VENDOR_DIR "/observable-plot/LICENSE.isoformat");

namespace tool {
namespace {

#define RESILE_EMBEDDED(name)            \
    std::string_view(resile_page_##name, \
                     static_cast<std::size_t>(resile_page_##name##_end - resile_page_##name))

// They want to be in every copy of what they are about, and a page is one.
std::string licences() {
    std::string text;
    for (const auto& [of, licence] : {std::pair{"D3", RESILE_EMBEDDED(d3_licence)},
                                      {"Observable Plot", RESILE_EMBEDDED(plot_licence)},
                                      {"interval-tree-1d", RESILE_EMBEDDED(interval_licence)},
                                      {"binary-search-bounds", RESILE_EMBEDDED(bounds_licence)},
                                      {"isoformat", RESILE_EMBEDDED(isoformat_licence)}})
        text.append(of).append(":\n\n").append(licence).append("\n");
    return text;
}

// One for each kind of report. They are small beside the libraries: every page has all.
std::string views() {
    std::string text;
    for (const std::string_view view :
         {RESILE_EMBEDDED(bench), RESILE_EMBEDDED(explore), RESILE_EMBEDDED(histories),
          RESILE_EMBEDDED(instructions), RESILE_EMBEDDED(losses), RESILE_EMBEDDED(replay),
          RESILE_EMBEDDED(schedules), RESILE_EMBEDDED(torture)})
        text += view;
    return text;
}

// Inside a script element nothing may look like its end; in JSON a < can be written otherwise.
std::string for_script(const nlohmann::json& report) {
    std::string safe;
    for (const char each : report.dump()) {
        if (each == '<')
            safe += "\\u003c";
        else
            safe += each;
    }
    return safe;
}

}  // namespace

std::string page_of(const nlohmann::json& report) {
    const std::string data = for_script(report);
    const std::string texts = licences();
    const std::string all_views = views();
    const std::map<std::string_view, std::string_view> parts{{"style", RESILE_EMBEDDED(style)},
                                                             {"script", RESILE_EMBEDDED(script)},
                                                             {"plots", RESILE_EMBEDDED(plots)},
                                                             {"views", all_views},
                                                             {"d3", RESILE_EMBEDDED(d3)},
                                                             {"plot", RESILE_EMBEDDED(plot)},
                                                             {"licences", texts},
                                                             {"report", data}};
    std::string page;
    std::string_view rest = RESILE_EMBEDDED(html);
    while (!rest.empty()) {
        const std::size_t at = rest.find('@');
        const std::size_t end = at == rest.npos ? at : rest.find('@', at + 1);
        if (end == rest.npos) break;
        page.append(rest.substr(0, at)).append(parts.at(rest.substr(at + 1, end - at - 1)));
        rest.remove_prefix(end + 1);
    }
    return page.append(rest);
}

}  // namespace tool
