#!/usr/bin/env bash
# The weak memory model's instruction set: cross build, unit tests and a short torture under qemu-user. (qemu runs
# them with the memory order of this machine: it proves that the port works, not that the orderings do.)
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/bootstrap.sh ci
scripts/build.sh aarch64 resile_test_context resile_test_lock resile_test_map resile_tool
ctest --preset aarch64
echo
# Exit 1 says that Linux's map did not hold what it should: that is Linux's fault, and reproduced on purpose. What is
# judged here is that the storm runs and is judged at all.
qemu-aarch64 -L /usr/aarch64-linux-gnu build/aarch64/tool/resile torture --map linux --seconds 2 --verify settle ||
    [[ $? -eq 1 ]]
# Of lru_map every promise is judged.
qemu-aarch64 -L /usr/aarch64-linux-gnu build/aarch64/tool/resile torture --seconds 2
