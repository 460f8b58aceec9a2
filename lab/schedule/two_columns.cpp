// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT

#include "lab/schedule/two_columns.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

namespace resile_lab {
namespace {

constexpr std::size_t column_width = 58;

std::string content(const named_word& word, std::uint64_t bits) {
    return word.say != nullptr ? word.say(bits) : std::to_string(bits);
}

std::string access_text(const told& line, const named_word& word) {
    const std::string before = content(word, line.before), after = content(word, line.after);
    switch (line.act) {
        case door::act::load:
            return "reads " + word.name + ": " + before;
        case door::act::store:
            return word.name + " = " + after;
        case door::act::exchange:
        case door::act::add:
            return word.name + ": " + before + " -> " + after;
        case door::act::compare_exchange:
            return line.done ? word.name + ": " + before + " -> " + after
                             : word.name + ": not changed, it is " + before;
        case door::act::wake:
            return "wakes one who sleeps on " + word.name;
        case door::act::park:
            return line.done ? "goes to sleep on " + word.name
                             : "does not sleep: " + word.name + " is " + before;
    }
    return {};
}

// Words that one context alone touches are left out.
class audience {
  public:
    explicit audience(const std::vector<told>& story) {
        for (const told& line : story)
            if (line.kind == told::what::access) {
                auto& [first, several] = words_[line.word];
                const unsigned who = line.thread * 8 + line.level + 1;
                if (first == 0) first = who;
                several = several || first != who;
            }
    }
    [[nodiscard]] bool cares_for(const void* word) const { return words_.at(word).second; }

  private:
    std::map<const void*, std::pair<unsigned, bool>> words_;
};

std::string text_of(const told& line, const scenario& what, const audience& listeners) {
    switch (line.kind) {
        case told::what::access: {
            const named_word word = what.name(line.word);
            return word.name.empty() || !listeners.cares_for(line.word) ? std::string()
                                                                        : access_text(line, word);
        }
        case told::what::interrupt:
            return "<interrupt>";
        case told::what::handler_end:
            return "</interrupt>";
        case told::what::sleep:
            return "(asleep)";
        case told::what::wake:
            return "(awake)";
        case told::what::note:
            return line.text;
    }
    return {};
}

// Breaks a text between words, to lines of at most `width`.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
    std::vector<std::string> lines;
    std::size_t at = 0;
    while (text.size() - at > width) {
        std::size_t end = text.rfind(' ', at + width);
        if (end == std::string::npos || end <= at) end = at + width;
        lines.push_back(text.substr(at, end - at));
        at = text[end] == ' ' ? end + 1 : end;
    }
    lines.push_back(text.substr(at));
    return lines;
}

void add_line(std::string& all, std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    all += line + "\n";
}

}  // namespace

std::string two_columns(const std::vector<told>& story, const scenario& what) {
    const audience listeners(story);
    std::string all, heading;
    for (unsigned i = 0; i < what.threads(); ++i) {
        std::string title = "thread " + std::to_string(i);
        title.resize(column_width, ' ');
        heading += title;
    }
    add_line(all, heading);
    add_line(all, std::string(column_width * what.threads() - 2, '-'));
    for (const told& line : story) {
        const std::string text = text_of(line, what, listeners);
        if (text.empty()) continue;
        std::string bar;
        for (unsigned i = 0; i < line.level; ++i) bar += "| ";
        bool first = true;
        for (const std::string& piece : wrapped(text, column_width - 4 - bar.size())) {
            add_line(all, std::string(column_width * line.thread, ' ') + bar + (first ? "" : "  ") + piece);
            first = false;
        }
    }
    return all;
}

}  // namespace resile_lab
