#!/usr/bin/env bash
# make bench: installs the peers, builds what measures, and compares. Arguments go to `resile bench`; without any it
# does all of it, some six minutes, and leaves build/bench.html and build/bench.json.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/bootstrap.sh bench
scripts/build.sh release resile_tool resile_peers
echo
[[ $# -gt 0 ]] || set -- --latency --html build/bench.html --json build/bench.json
exec build/release/tool/resile bench "$@"
