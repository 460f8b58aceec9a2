#!/usr/bin/env bash
# make demo: installs, builds the program, runs its main job. Arguments go to `resile torture`.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/bootstrap.sh
scripts/build.sh release resile_tool
echo
exec build/release/tool/resile torture "$@"
