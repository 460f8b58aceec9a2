// Copyright (c) 2026 The resile authors
// SPDX-License-Identifier: MIT
#pragma once

// For commands that leave a file where they are called.

#include "tests/support/child_process.hpp"

#include <filesystem>
#include <string>

namespace resile_test {

// The working directory, as long as it lives.
class own_folder {
  public:
    explicit own_folder(const std::string& name) : before_(std::filesystem::current_path()) {
        const std::filesystem::path here = temporary_path(name);
        std::filesystem::create_directories(here);
        std::filesystem::current_path(here);
    }
    ~own_folder() { std::filesystem::current_path(before_); }
    own_folder(const own_folder&) = delete;
    own_folder& operator=(const own_folder&) = delete;

  private:
    std::filesystem::path before_;
};

}  // namespace resile_test
