#!/usr/bin/env bash
# What can be checked by reading: format, lengths, rooms, orderings; by disassembling, signal safety; and by counting,
# that hot paths did not grow.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/bootstrap.sh ci
scripts/check_format.sh
scripts/check_lengths.sh
scripts/check_rooms.sh
python3 scripts/check_orderings.py
scripts/build.sh release resile resile_shared
scripts/check_signal_safety.sh build/release
python3 scripts/check_instructions.py --self-test
python3 scripts/check_instructions.py
