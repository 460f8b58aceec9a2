#!/usr/bin/env bash
# No file grows past reading (400 lines), and no file name occurs twice.
set -euo pipefail
cd "$(dirname "$0")/.."
limit=400
failures=0
while IFS= read -r file; do
    lines=$(wc -l <"$file")
    if ((lines > limit)); then
        echo "lengths: $file has $lines lines, $limit are allowed: split it where the idea changes"
        failures=$((failures + 1))
    fi
done < <(git ls-files '*.cpp' '*.hpp' '*.pml' '*.py' '*.sh' '*.cmake')
# (The stranger's project has a main of its own.)
twice=$(git ls-files '*.cpp' '*.hpp' '*.pml' '*.py' '*.sh' ':!tests/install/consumer' | sed 's|.*/||' | sort | uniq -d)
for name in $twice; do
    echo "lengths: the name $name occurs twice:" $(git ls-files "*/$name" "$name")
    failures=$((failures + 1))
done
((failures == 0)) || exit 1
echo "lengths: ok"
