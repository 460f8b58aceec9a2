#!/usr/bin/env bash
# Sources look as .clang-format says, by Debian 12's clang-format 14. To repair: scripts/check_format.sh --fix
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(--dry-run -Werror)
[[ ${1:-} != --fix ]] || mode=(-i)
format=$(command -v clang-format-14 || command -v clang-format)
# clang-format 14 does not know `namespace a::inline B`: it would write another name behind the closing brace.
style="{$(grep -vE '^(#|$|FixNamespaceComments)' .clang-format | paste -sd,), FixNamespaceComments: false}"
git ls-files -z '*.cpp' '*.hpp' | xargs -0 -r "$format" --style="$style" "${mode[@]}"
echo "format: ok"
