#!/usr/bin/env bash
# Installs the Debian packages that are missing, if it may; otherwise prints the exact line to run.
#   scripts/bootstrap.sh        what `make demo` and `make test` need
#   scripts/bootstrap.sh bench  that, and the peers that benches compare with
#   scripts/bootstrap.sh ci     all of it: second compiler, cross compiler, emulator, model checker, instruction counter
# Takes a moment and needs no network when nothing is missing. Exit: 0 ready, 3 you must run the line printed,
# 4 the installation failed.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(g++ cmake ninja-build pkg-config binutils googletest libcli11-dev libfmt-dev nlohmann-json3-dev
          libzstd-dev zlib1g-dev libbpf-dev)
bench_packages=(libtbb-dev librocksdb-dev libck-dev libabsl-dev)
ci_packages=(clang libclang-rt-dev clang-format python3 spin gcc libc6-dev g++-aarch64-linux-gnu qemu-user util-linux
             chromium valgrind)

case "${1:-build}" in
    build) ;;
    bench) packages+=("${bench_packages[@]}") ;;
    ci) packages+=("${bench_packages[@]}" "${ci_packages[@]}") ;;
    *) echo "bootstrap: unknown group '$1': say build, bench or ci" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "bootstrap: this is not a Debian system; going on, CMake will name what is missing."
    echo "           The packages are called on Debian 12: ${packages[*]}"
    exit 0
fi

# One question for all packages; unknown ones are missing ones.
installed=$(dpkg-query -W -f '${db:Status-Abbrev}${binary:Package}\n' "${packages[@]}" 2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
    grep -qE "^ii +${package//+/\\+}(:[a-z0-9]+)?$" <<<"$installed" || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    else
        echo "bootstrap: ${#missing[@]} packages are missing, and I may not install them. Please run:" >&2
        echo >&2
        echo "    sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}" >&2
        echo >&2
        exit 3
    fi
fi

log=$(mktemp "${TMPDIR:-/tmp}/resile-bootstrap-XXXXXX.log")
start=$SECONDS
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1 </dev/null
}
fail() {
    echo "bootstrap: apt-get failed; its last lines, and all of them in $log:" >&2
    tail -n 5 "$log" | sed 's/^/    /' >&2
    exit 4
}
echo "Installing ${#missing[@]} packages: ${missing[*]}"
# The lists may be recent enough; a new machine has none, an old one has lists of packages long replaced.
if ! apt install -y --no-install-recommends "${missing[@]}"; then
    echo "  ... after a fresh look at what Debian offers (apt-get update)"
    apt update || fail
    apt install -y --no-install-recommends "${missing[@]}" || fail
fi
rm -f "$log"
echo "Installed in $((SECONDS - start)) s."
