#!/usr/bin/env bash
# The second compiler: everything but the benches is built with it; the quick tests are run (timing and parity were
# judged by the first one). Lab and tool are only compiled here, so without optimisation: clang's warnings do not
# depend on it.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/bootstrap.sh ci
scripts/build.sh clang
ctest --preset clang
