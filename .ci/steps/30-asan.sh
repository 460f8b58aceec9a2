#!/usr/bin/env bash
# The second compiler, with AddressSanitizer and UndefinedBehaviorSanitizer: everything but the benches is built with
# it, and all tests are run.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/bootstrap.sh ci
scripts/build.sh asan
ctest --preset asan
