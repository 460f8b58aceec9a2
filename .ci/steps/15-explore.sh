#!/usr/bin/env bash
# The lab's exhaustive forms, cut to minutes: every instruction of the lock, a sample of lru_map's, and every schedule
# of the small cases; and some 100,000 histories. In full: CONTRIBUTING.md, "Long campaigns".
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/bootstrap.sh
scripts/build.sh release resile_tool
resile=build/release/tool/resile
"$resile" explore --instructions --map lock | tail -n 4
"$resile" explore --instructions --map exact --stride 211 | tail -n 4
"$resile" explore --instructions --map exact --kill --stride 997 | tail -n 4
"$resile" explore --schedules --seconds 5
"$resile" torture --check --seconds 4
