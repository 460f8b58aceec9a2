#!/usr/bin/env bash
# Sources look as .clang-format says, by Debian 12's clang-format 14. To repair: scripts/check_format.sh --fix
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(--dry-run -Werror)
[[ ${1:-} != --fix ]] || mode=(-i)
format=$(command -v clang-format-14 || command -v clang-format)
git ls-files -z '*.cpp' '*.hpp' | xargs -0 -r "$format" "${mode[@]}"
echo "format: ok"
