// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// A forecast as a picture: a panel for each mix, CPUs to the right (each step twice as many), transfers per
// operation upwards (on a scale that shows nothing as well as a hundred), a line for each map.

#include <string>
#include <vector>

namespace tool {

struct plot_point {
    unsigned cpus;
    double transfers;
};
struct plot_line {
    std::string name;
    std::vector<plot_point> points;
};
struct plot_panel {
    std::string title;
    std::vector<plot_line> lines;  // those of the same name have the same colour in all panels
};

// An SVG document, readable on a light and on a dark ground.
[[nodiscard]] std::string plot(const std::vector<plot_panel>&);

}  // namespace tool
