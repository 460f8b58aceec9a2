#!/usr/bin/env bash
# The house's one-way street (context -> lock -> map -> lab -> tool), its one door to the machine, and its rule
# that tests do not sleep.
set -euo pipefail
cd "$(dirname "$0")/.."
failures=0
forbid() {  # REASON PATTERN PATHSPEC...
    local reason=$1 pattern=$2 hits
    shift 2
    hits=$(git grep -nE "$pattern" -- "$@" || true)
    [[ -n $hits ]] || return 0
    echo "rooms: $reason"
    sed 's/^/    /' <<<"$hits"
    failures=$((failures + 1))
}
forbid "context is the first room: it includes none to its right" \
    '#include "(lock|map|lab|tool)/' 'src/context/*'
forbid "lock may include context only" '#include "(map|lab|tool)/' 'src/lock/*'
forbid "map may include context and lock only" '#include "(lab|tool)/' 'src/map/*'
forbid "lab may not include tool" '#include "tool/' 'lab/*'
forbid "public headers include public headers only" '#include "' 'include/resile/*'
forbid "atomics and threads enter through resile/detail/platform.hpp" \
    '#include <(atomic|thread|mutex|condition_variable)>' 'include/resile/*' 'src/*' \
    ':!include/resile/detail/platform_native.hpp'
forbid "tests meet at numbered points (tests/support), they do not sleep" \
    '\b(sleep_for|sleep_until|usleep|nanosleep|clock_nanosleep|sleep)\(' 'tests/*.cpp' 'tests/*.hpp'
forbid "a note for later carries an issue number or does not exist" '\b(TODO|FIXME|XXX|HACK)\b' \
    '*.cpp' '*.hpp' '*.pml'
((failures == 0)) || exit 1
echo "rooms: ok"
