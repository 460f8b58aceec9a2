#!/usr/bin/env bash
# make test, as a user would.
set -euo pipefail
cd "$(dirname "$0")/../.."
make test
