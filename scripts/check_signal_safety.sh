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

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The maps are templates: one of each kind, as a program would have it, is looked at together with the library.
cat >"$work/maps.cpp" <<'CPP'
#include <resile/lru_map.hpp>
#include <resile/percpu_lru_map.hpp>
#include <array>
namespace resile {
template <class Map>
static long all_of(Map& map, const typename Map::key_type& key, const typename Map::mapped_type& value) {
    long sum = static_cast<long>(map.size());
    const auto change = [](typename Map::mapped_type& now) { now = {}; };
    sum += static_cast<long>(map.put(key, value)) + static_cast<long>(map.replace(key, value));
    sum += static_cast<long>(map.update(key, change)) + static_cast<long>(map.upsert(key, value, change));
    sum += map.get(key).has_value() + map.peek(key).has_value() + map.contains(key) + map.erase(key);
    map.clear();
    return sum + static_cast<long>(map.statistics().total().hits);
}
template <class Map>
static long more_of(Map& map, const typename Map::key_type& key, const typename Map::mapped_type& value) {
    long sum = all_of(map, key, value);
    std::optional<typename Map::entry> victim;
    sum += static_cast<long>(map.insert(key, value, victim)) + victim.has_value();
    sum += map.get_or_insert(key, value).has_value() + map.take(key).has_value();
    if (auto handle = map.find(key)) sum += sizeof(handle.value());
    map.for_each([&](const auto&, const auto&) { ++sum; });
    return sum;
}
using five = std::array<long, 5>;
long resile_probe_small(lru_map<long, long>& map) { return more_of(map, 1, 2); }
long resile_probe_large(lru_map<five, five>& map) { return more_of(map, {}, {}); }
long resile_probe_percpu(percpu_lru_map<long, five>& map) {
    const auto add = [](long sum, const five& value) { return sum + value[0]; };
    five out{};
    return all_of(map, 1, {}) + map.fold(1, 0L, add).value_or(0) + map.take(1, 0L, add).value_or(0) +
           static_cast<long>(map.get_on(1, 0, out)) + map.get_all(1, {}) + static_cast<long>(map.put_on(1, 0, out));
}
}  // namespace resile
CPP
g++ -std=c++20 -O2 -DNDEBUG -fPIC -ffunction-sections -fdata-sections -I include -c "$work/maps.cpp" -o "$work/maps.o"
cp "$library" "$work/libresile.a"
ar r "$work/libresile.a" "$work/maps.o"
python3 scripts/signal_safety_calls.py "$work/libresile.a"

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
