#!/usr/bin/env bash
# All tests with AddressSanitizer and UndefinedBehaviorSanitizer.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/bootstrap.sh ci
scripts/build.sh asan
ctest --preset asan
