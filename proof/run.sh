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

memory=12000  # MB; the larger worlds take what there is
[ "$large" = no ] || memory=20000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# check EXPECTED NAME DEFINES...: EXPECTED is holds, deadlock (an invalid end state) or false-verdict (an assertion)
check() {
    local expected=$1 name=$2 begin=$SECONDS
    shift 2
    (cd "$work" && spin -a "$@" "$OLDPWD/lock_protocol.pml" >spin.log 2>&1 &&
        gcc -O2 -w -DSAFETY -DMEMLIM=$memory -DVECTORSZ=4096 -DCOLLAPSE -o pan pan.c) || { cat "$work/spin.log"; exit 1; }
    (cd "$work" && rm -f ./*.trail && ./pan -m1000000 -w24 >pan.log 2>&1) || true
    local log="$work/pan.log" got=unclear states
    if grep -q '^pan:1: invalid end state' "$log"; then got=deadlock
    elif grep -q '^pan:1: assertion violated' "$log"; then got=false-verdict
    elif grep -q 'errors: 0' "$log" && ! grep -q 'max search depth too small\|out of memory\|reached -DMEMLIM' "$log"; then got=holds
    fi
    states=$(awk '/states, stored/ {print $1; exit}' "$log")
    printf '%-46s %-14s %-14s %12s %6ss  %s\n' "$name" "$expected" "$got" "${states:-?}" "$((SECONDS - begin))" \
        "$([ "$expected" = "$got" ] && echo ok || echo WRONG)"
    if [ "$expected" != "$got" ]; then failed=1; head -3 "$log"; fi
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
exit "$failed"
