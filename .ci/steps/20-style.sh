#!/usr/bin/env bash
# What can be checked by reading: format, lengths, rooms, orderings; and, by disassembling, signal safety.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/bootstrap.sh ci
scripts/check_format.sh
scripts/check_lengths.sh
scripts/check_rooms.sh
python3 scripts/check_orderings.py
scripts/build.sh release resile resile_shared
scripts/check_signal_safety.sh build/release
