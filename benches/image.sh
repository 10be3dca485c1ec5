#!/bin/bash
# Measures pykube's Dockerfile beside the one of an article on Kubernetes for Python and a plain one as pip's and uv's
# documentation give it: builds, sizes, start, requests, memory, stop.
#   benches/image.sh build|serve|table [--example NAME]… [--file pykube|article|plain]… [--seconds N] [--env NAME=value]…
# Needs root, BuildKit (BUILDKIT_HOST; BUILDKITD_PID counts its CPU time, too), uv, wrk, and what tests/cluster/node needs, with its
# tools in PYKUBE_CLUSTER_TOOLS. `build` leaves the images that `serve` runs in the folder PYKUBE_BENCH, and both leave their
# results for `table` there.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
export PYKUBE=${PYKUBE:-$here/../target/release/pykube}
export PYKUBE_BENCH=${PYKUBE_BENCH:-${TMPDIR:-/tmp}/pykube-bench}
export PYKUBE_CLUSTER_TOOLS=${PYKUBE_CLUSTER_TOOLS:?names the folder that tests/cluster/tools/build.sh has filled}
PATH=$PYKUBE_CLUSTER_TOOLS:$PATH
for tool in buildctl crane containerd uv wrk; do
  command -v "$tool" >/dev/null || { echo "$tool is not installed" >&2; exit 1; }
done
PYKUBE=$(realpath "$PYKUBE")
mkdir -p "$PYKUBE_BENCH"
exec python3 -B "$here/image/measure.py" "$@"
