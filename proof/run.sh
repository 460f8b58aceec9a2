#!/usr/bin/env bash
# Checks the lock's protocol with spin: what must hold, and the broken variants that must fail.
#   proof/run.sh           the configurations of CI, a few minutes
#   proof/run.sh --large   more slots, locks and levels: needs memory and patience
set -euo pipefail
cd "$(dirname "$0")"
for tool in spin gcc; do
    command -v "$tool" >/dev/null || { echo "proof/run.sh: $tool is missing: apt-get install spin gcc" >&2; exit 3; }
done
large=no
case "${1:-}" in
    "") ;;
    --large) large=yes ;;
    *) echo "usage: proof/run.sh [--large]" >&2; exit 2 ;;
esac

# MB for each; the larger worlds take what there is, so they come one after the other.
memory=12000 at_once=$(nproc)
[ "$large" = no ] || memory=20000 at_once=1
work=$(mktemp -d)
trap 'jobs -p | xargs -r kill 2>/dev/null || true; rm -rf "$work"' EXIT

# check EXPECTED NAME DEFINES...: EXPECTED is holds, deadlock (an invalid end state) or false-verdict (an assertion).
# Returns at once; the row is printed when it is done.
check() {
    local room
    while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n || true; done
    room=$(mktemp -d "$work/XXXXXX")
    judge "$room" "$@" &
}
# In a room of its own, where it leaves a file if all went as expected.
judge() {
    local room=$1 expected=$2 name=$3 begin=$SECONDS models=$PWD
    shift 3
    cd "$room"
    { spin -a "$@" "$models/lock_protocol.pml" >spin.log 2>&1 &&
        gcc -O2 -w -DSAFETY -DMEMLIM=$memory -DVECTORSZ=4096 -DCOLLAPSE -o pan pan.c; } || { cat spin.log; exit 1; }
    ./pan -m1000000 -w24 >pan.log 2>&1 || true
    local got=unclear states
    if grep -q '^pan:1: invalid end state' pan.log; then got=deadlock
    elif grep -q '^pan:1: assertion violated' pan.log; then got=false-verdict
    elif grep -q 'errors: 0' pan.log && ! grep -q 'max search depth too small\|out of memory\|reached -DMEMLIM' pan.log; then got=holds
    fi
    states=$(awk '/states, stored/ {print $1; exit}' pan.log)
    printf '%-46s %-14s %-14s %12s %6ss  %s\n' "$name" "$expected" "$got" "${states:-?}" "$((SECONDS - begin))" \
        "$([ "$expected" = "$got" ] && echo ok || echo WRONG)"
    if [ "$expected" = "$got" ]; then touch ok; else head -3 pan.log; fi
}

printf '%-46s %-14s %-14s %12s %7s\n' configuration expected got states time
check holds "2 x 2 x 2, nothing guessed" -DNO_GUESS
check holds "2 x 2 x 2, locks as in a ring" -DRING
check holds "2 x 2 x 2, one interruptible" -DINTERRUPTIBLE=1
check holds "ring of 3" -DSLOTS=3 -DLOCKS=3 -DLEVELS=1 -DRING
check false-verdict "broken: slot-only owner" -DSLOT_ONLY
check false-verdict "broken: nothing read again" -DNO_COLLECT -DHANDLER_LOCKS=2
check false-verdict "broken: only owners again" -DOWNERS_ONLY -DNO_GUESS -DSLOTS=3 -DLOCKS=3 -DRING -DINTERRUPTIBLE=1
check false-verdict "broken: only waits again" -DWAITS_ONLY -DHANDLER_LOCKS=2
check false-verdict "broken: target read too early" -DEARLY_TARGET -DHANDLER_LOCKS=2
check deadlock "broken: no fence" -DNO_FENCE -DLEVELS=1
check deadlock "broken: strict line" -DSTRICT_LINE -DSLOTS=3
check false-verdict "broken: depth raised late" -DLATE_DEPTH -DNO_GUESS
if [ "$large" = yes ]; then
    check holds "2 slots x 2 locks x 2 levels"
    check holds "ring of 3, one interruptible" -DSLOTS=3 -DLOCKS=3 -DRING -DINTERRUPTIBLE=1
    check holds "3 x 2 x 1" -DSLOTS=3 -DLEVELS=1
    check holds "2 x 2 x 2, handlers take two, nothing guessed" -DNO_GUESS -DHANDLER_LOCKS=2
    check holds "2 x 3 x 2, nothing guessed" -DNO_GUESS -DLOCKS=3
    check holds "3 x 2 x 2, one interruptible, nothing guessed" -DNO_GUESS -DSLOTS=3 -DINTERRUPTIBLE=1
    check holds "2 x 2 x 3 levels, nothing guessed" -DNO_GUESS -DLEVELS=3
fi
wait
for room in "$work"/*/; do
    [ -e "$room/ok" ] || exit 1
done
