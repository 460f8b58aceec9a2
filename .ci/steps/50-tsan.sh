#!/usr/bin/env bash
# The tests with ThreadSanitizer.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/bootstrap.sh ci
scripts/build.sh tsan
# gcc 12's TSan knows fewer address layouts than new kernels use: without this it may refuse to start.
calm=()
if setarch -R true 2>/dev/null; then calm=(setarch -R); fi
"${calm[@]}" ctest --preset tsan
