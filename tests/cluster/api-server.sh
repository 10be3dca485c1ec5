#!/usr/bin/env bash
# An API server alone, for what is applied with --dry-run=server.
# api-server.sh TOOLS FOLDER API-PORT ETCD-PORT PEER-PORT PROGRAM: prints UP when FOLDER/kubeconfig works, ends with its standard input.
set -euo pipefail
tools=$1 folder=$2 api=$3 etcd=$4 peer=$5 program=$6
here=$(cd "$(dirname "$0")" && pwd)
export PATH=$tools:$PATH
mkdir -p "$folder" && cd "$folder"
trap 'kill -KILL $(jobs -p) 2>/dev/null || true' EXIT

# shellcheck source=control-plane.sh
. "$here/control-plane.sh"
credentials api "$api"
api_server "$program" "$api" "$etcd" "$peer"
echo UP
cat >/dev/null
cd / && rm -rf "$folder"
