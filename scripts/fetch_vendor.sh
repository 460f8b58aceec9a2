#!/usr/bin/env bash
# What lies under vendor/ comes from npm, by this script, and nothing there is changed by hand. Builds do not need
# it: the files are committed. To move to another version: change version and checksum here, run it, look at the
# pages (`resile COMMAND --html`), commit both.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unpack() {  # PACKAGE VERSION
    rm -rf "$work/package"
    (cd "$work" && npm pack --silent "$1@$2" >/dev/null && tar xzf ./*.tgz && rm ./*.tgz)
}
fetch() {  # PACKAGE VERSION FILE SHA256 FOLDER
    unpack "$1" "$2"
    echo "$4  $work/package/$3" | sha256sum --check --quiet
    mkdir -p "vendor/$5"
    cp "$work/package/$3" "$work/package/LICENSE" "vendor/$5/"
    echo "vendor/$5: $1 $2"
}
contains() {  # FOLDER PACKAGE VERSION: what the folder's file contains of somebody else
    unpack "$2" "$3"
    cp "$work/package/LICENSE" "vendor/$1/LICENSE.$2"
}
fetch d3 7.9.0 dist/d3.min.js f2094bbf6141b359722c4fe454eb6c4b0f0e42cc10cc7af921fc158fceb86539 d3
fetch @observablehq/plot 0.6.17 dist/plot.umd.min.js 4358086467740777dd788d6b27a95cebdbaefdd50c730a3060117073bd7134cb observable-plot
contains observable-plot interval-tree-1d 1.0.4
contains observable-plot binary-search-bounds 2.0.5
contains observable-plot isoformat 0.2.1
