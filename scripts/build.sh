#!/usr/bin/env bash
# Configures and builds a preset: scripts/build.sh PRESET [TARGET...]. Quiet where nothing is to be said.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:?scripts/build.sh PRESET [TARGET...]: release debug asan tsan aarch64}
shift
targets=()
[[ $# -eq 0 ]] || targets=(--target "$@")

log=$(mktemp "${TMPDIR:-/tmp}/resile-configure-XXXXXX.log")
echo "Configuring build/$preset"
if ! cmake --preset "$preset" >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
grep -E '^-- [^:]+: without|^-- No ' "$log" || true
rm -f "$log"
echo "Building build/$preset"
cmake --build --preset "$preset" "${targets[@]}"
