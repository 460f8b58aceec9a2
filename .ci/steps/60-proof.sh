#!/usr/bin/env bash
# The models of the lock protocol: the right one holds, the wrong ones are caught.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/bootstrap.sh ci
proof/run.sh
