#!/bin/bash
# Times `pykube detect` on a tree against ripgrep looking for three words in it: whole processes, the same run.
#   benches/detect.sh TREE [PYKUBE]
# Needs hyperfine, ripgrep and taskset. Says files and bytes of Python a second, on one core and on two, and fails when
# detection takes more than three times as long as the search.
set -euo pipefail
tree=${1:?folder to read} pykube=${2:-target/release/pykube}
pykube=$(realpath "$pykube")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
files=$(find "$tree" -type f | wc -l)
bytes=$(find "$tree" -type f -name '*.py' -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }')
python=$(find "$tree" -type f -name '*.py' | wc -l)
echo "$tree: $files files, $python of them Python with $bytes bytes"
cd "$tree"
status=0
for cores in 0 0,1; do
  # Exit 3 and 4 are answers too.
  taskset -c "$cores" hyperfine --shell=none --warmup 3 --runs 15 --ignore-failure --export-json "$out/times.json" \
    "rg -l environ|FastAPI|Flask" "$pykube detect --format json ." >/dev/null 2>&1
  python3 - "$out/times.json" "$cores" "$files" "$bytes" <<'PY' || status=1
import json, sys
path, cores, files, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
search, detect = (result["median"] for result in json.load(open(path))["results"])
print(f"cores {cores}: rg {search * 1000:.1f} ms, detect {detect * 1000:.1f} ms, {detect / search:.1f} times; "
      f"{files / detect:,.0f} files/s, {size / detect / 1e6:,.1f} MB of Python/s")
sys.exit(detect > 3 * search)
PY
done
exit "$status"
