#!/usr/bin/env bash
# All tests with AddressSanitizer and UndefinedBehaviorSanitizer.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/bootstrap.sh ci
# What is not built here was built and run without sanitizer.
scripts/build.sh asan resile_test_context resile_test_lock resile_test_map resile_test_c_face resile_test_lab resile_test_tool
ctest --preset asan
