// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "tool/forecast_plot.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tool {
namespace {

constexpr double width = 300, height = 200;          // of the drawing inside a panel
constexpr double left = 46, top = 58, between = 70;  // around it
constexpr double below = 40;                         // for the axis and its name
constexpr std::array colours{"#2f81f7", "#8957e5", "#e5534b", "#d4a72c", "#7d8590", "#2ea043"};

// Nothing and a hundred in one picture: the logarithm of one more.
constexpr std::array steps{0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0};

std::string text(double x, double y, const char* anchor, const std::string& what) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, what);
}

class panel_drawing {
  public:
    panel_drawing(const plot_panel& panel, double x) : panel_(panel), x_(x) {
        for (const plot_line& line : panel.lines)
            for (const plot_point& at : line.points) {
                most_ = std::max(most_, at.transfers);
                first_ = std::min(first_, at.cpus);
                last_ = std::max(last_, at.cpus);
                ticks_.push_back(at.cpus);
            }
        most_ = *std::find_if(steps.begin(), steps.end() - 1, [&](double step) { return step >= most_; });
        std::sort(ticks_.begin(), ticks_.end());
        ticks_.erase(std::unique(ticks_.begin(), ticks_.end()), ticks_.end());
    }

    [[nodiscard]] std::string svg(const std::vector<std::string>& names) const {
        std::string made = text(x_ + width / 2, top - 12, "middle", panel_.title);
        for (const double step : steps) {
            if (step > most_) break;
            made += fmt::format(
                "<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n", x_,
                x_ + width, y_of(step), y_of(step));
            made += text(x_ - 6, y_of(step) + 4, "end", fmt::format("{:g}", step));
        }
        for (const unsigned cpus : ticks_)
            made += text(x_of(cpus), top + height + 18, "middle", std::to_string(cpus));
        made += text(x_ + width / 2, top + height + 34, "middle", "CPUs");
        for (const plot_line& line : panel_.lines) {
            const auto at = std::find(names.begin(), names.end(), line.name) - names.begin();
            const char* colour = colours[static_cast<std::size_t>(at) % colours.size()];
            std::string points;
            for (const plot_point& one : line.points)
                points += fmt::format("{:.1f},{:.1f} ", x_of(one.cpus), y_of(one.transfers));
            made += fmt::format("<polyline points=\"{}\" stroke=\"{}\"/>\n", points, colour);
            for (const plot_point& one : line.points)
                made += fmt::format(
                    "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"><title>{}, {} CPUs: "
                    "{:.2f}</title>"
                    "</circle>\n",
                    x_of(one.cpus), y_of(one.transfers), colour, line.name, one.cpus, one.transfers);
        }
        return made;
    }

  private:
    [[nodiscard]] double x_of(unsigned cpus) const {
        if (last_ == first_) return x_ + width / 2;
        const double first = std::log2(first_);
        return x_ + width * (std::log2(cpus) - first) / (std::log2(last_) - first);
    }
    [[nodiscard]] double y_of(double transfers) const {
        return top + height * (1 - std::log1p(transfers) / std::log1p(most_));
    }

    const plot_panel& panel_;
    double x_;
    double most_ = 1;
    unsigned first_ = ~0U, last_ = 0;
    std::vector<unsigned> ticks_;
};

}  // namespace

std::string plot(const std::vector<plot_panel>& panels) {
    std::vector<std::string> names;
    for (const plot_panel& panel : panels)
        for (const plot_line& line : panel.lines)
            if (std::find(names.begin(), names.end(), line.name) == names.end()) names.push_back(line.name);
    const double legend = 30 + 150.0 * static_cast<double>(names.size());
    const double wide = std::max(left + (width + between) * static_cast<double>(panels.size()), legend);
    std::string made = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" font-family=\"sans-serif\" "
        "font-size=\"12\">\n<style>text {{ fill: #1f2328 }} .grid {{ stroke: #8b949e55 }} polyline {{ fill: "
        "none; "
        "stroke-width: 2 }}\n@media (prefers-color-scheme: dark) {{ text {{ fill: #e6edf3 }} }}</style>\n"
        "<title>Cache lines that come from another CPU, per operation</title>\n",
        wide, top + height + below);
    double x = left;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const double at = left + 150 * static_cast<double>(i);
        made += fmt::format("<rect x=\"{:.1f}\" y=\"9\" width=\"12\" height=\"12\" fill=\"{}\"/>\n", at,
                            colours[i % colours.size()]);
        made += text(at + 18, 20, "start", names[i]);
    }
    for (const plot_panel& panel : panels) {
        made += panel_drawing(panel, x).svg(names);
        x += width + between;
    }
    return made + "</svg>\n";
}

}  // namespace tool
