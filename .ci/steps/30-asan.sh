#!/usr/bin/env bash
# The second compiler, with AddressSanitizer and UndefinedBehaviorSanitizer: everything but the benches is built with
# it, and the tests that run our code are run; what is left out: CMakePresets.json.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/bootstrap.sh ci
scripts/build.sh asan
ctest --preset asan
