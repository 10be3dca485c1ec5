#!/usr/bin/env bash
# `pykube render` of an example, whole process, against `cp -r` of the same output tree, in the same run.
# Needs hyperfine and a release build; prints hyperfine's table and the ratio of the medians.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo build --release --locked --quiet
pykube=$PWD/target/release/pykube
example=$PWD/examples/${1:-django}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What is rendered, and nothing else of the example.
mkdir "$work/tree"
"$pykube" render --quiet --target "$work/tree" "$example"
mkdir "$work/kept"
"$pykube" render --quiet --target "$work/kept" "$example"

hyperfine --shell=none --warmup 5 --runs "${RUNS:-50}" --export-json "$work/times.json" \
    --prepare "rm -rf $work/fresh" --command-name 'render into an empty folder' \
    "$pykube render --quiet --target $work/fresh $example" \
    --prepare "rm -rf $work/copy" --command-name 'cp -r of the same tree' \
    "cp -r $work/tree $work/copy" \
    --prepare true --command-name 'render with nothing to change' \
    "$pykube render --quiet --target $work/kept $example" \
    --prepare true --command-name 'render --check' \
    "$pykube render --check --quiet --target $work/kept $example"

python3 - "$work/times.json" <<'PYTHON'
import json, sys

results = {row["command"]: row["median"] for row in json.load(open(sys.argv[1]))["results"]}
copy = results["cp -r of the same tree"]
for name, median in results.items():
    print(f"{median / copy:6.2f} x cp -r   {name}")
PYTHON
