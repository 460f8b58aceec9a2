#!/usr/bin/env bash
# The second compiler: everything is built with it; the quick tests are run (timing and parity were judged by the
# first one), and the benches, briefly, so that they do not rot.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/bootstrap.sh ci
scripts/build.sh clang
ctest --preset clang
