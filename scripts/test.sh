#!/usr/bin/env bash
# make test: installs, builds, tests. Arguments go to ctest: scripts/test.sh -R lock: --rerun-failed
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/bootstrap.sh
scripts/build.sh release
echo
exec ctest --preset release "$@"
