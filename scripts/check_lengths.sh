#!/usr/bin/env bash
# No file grows past reading (400 lines), and no name occurs twice: of files, and of types of one namespace.
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
# Two headers that no file includes together can both define a type: no compiler complains, and the linker lets the
# destructor of one free the members of the other.
definition_of() { echo "^(class|struct|enum class) (alignas\([^)]*\) )?\K$1(?=[^;(]*\{)"; }
for folder in lab tool bench; do
    for name in $(git grep -hoP "$(definition_of '[a-z_0-9]+')" -- "$folder/*.hpp" | sort | uniq -d); do
        echo "lengths: the type $name is defined twice:" $(git grep -lP "$(definition_of "$name\b")" -- "$folder/*.hpp")
        failures=$((failures + 1))
    done
done
((failures == 0)) || exit 1
echo "lengths: ok"
