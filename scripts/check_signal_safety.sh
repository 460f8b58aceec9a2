#!/usr/bin/env bash
# Looks at the machine code where it is the promise (x86-64):
#   1. what handlers may call reaches no allocation, no lazy thread-local storage, no guard variable, no iostream:
#      over the call graph of the built library, scripts/signal_safety_calls.py;
#   2. the lock's fast path: one CAS, and no call before it.
# Usage: scripts/check_signal_safety.sh [BUILD_DIRECTORY]   (build/release; both libraries built)
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/release}
if [[ $(uname -m) != x86_64 ]]; then
    echo "signal safety: skipped: this check reads x86-64 code, this machine is $(uname -m)"
    exit 0
fi
library=$(find "$build/src" -name libresile.a 2>/dev/null | head -n 1 || true)
[[ -n $library ]] || { echo "signal safety: no libresile.a under $build/src: scripts/build.sh release" >&2; exit 2; }

python3 scripts/signal_safety_calls.py "$library"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/probe.cpp" <<'CPP'
#include <resile/spinlock.hpp>
extern "C" bool probe_lock(resile::spinlock& lock) { return lock.lock() == resile::lock_result::acquired; }
extern "C" bool probe_try(resile::spinlock& lock) { return lock.try_lock(); }
extern "C" void probe_section(resile::spinlock& lock, int& shared) {
    if (lock.lock() != resile::lock_result::acquired) return;
    ++shared;
    lock.unlock();
}
CPP
checked=0
for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null || continue
    for pic in -fno-pic -fPIC; do
        "$compiler" -std=c++20 -O2 -DNDEBUG $pic -I include -c "$work/probe.cpp" -o "$work/probe.o"
        for probe in probe_lock probe_try probe_section; do
            # -M: the text may change between versions, the mnemonics do not.
            objdump -d --no-show-raw-insn --disassemble="$probe" "$work/probe.o" |
                sed -n 's/^ *[0-9a-f]*:\t//p' >"$work/code"
            awk -v where="$compiler $pic $probe" '
                /^lock cmpxchg/ { found = 1; exit }
                /^call/ { print "signal safety: " where ": a call before the CAS: " $0; bad = 1; exit }
                { steps++ }
                END {
                    if (bad) exit 1
                    if (!found) { print "signal safety: " where ": no lock cmpxchg found"; exit 1 }
                }' "$work/code"
            checked=$((checked + 1))
        done
    done
done
echo "signal safety: fast path: no call before the CAS ($checked probes)"
