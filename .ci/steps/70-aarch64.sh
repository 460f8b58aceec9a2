#!/usr/bin/env bash
# The weak memory model's instruction set: cross build, unit tests, storms and histories under qemu-user. (qemu runs
# them with the memory order of this machine: it proves that the port works, not that the orderings do.)
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/bootstrap.sh ci
scripts/build.sh aarch64 resile_test_context resile_test_lock resile_test_map resile_test_lab
ctest --preset aarch64
echo
# Signals strike the maps in the middle of their operations; lru_map is judged by every promise. What reads machine code
# or counts events does not run there.
qemu-aarch64 -L /usr/aarch64-linux-gnu build/aarch64/tests/lab/resile_test_lab \
    --gtest_filter='*exact_storm*:storm.*:history*' --gtest_brief=1
