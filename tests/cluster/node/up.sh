#!/usr/bin/env bash
# One real node: kubelet, containerd, kube-proxy, CoreDNS, metrics-server, kube-router (policies are enforced) and a registry, in
# network, mount, pid, uts and ipc namespaces of its own. Nothing of it is left on the machine when it ends.
# up.sh TOOLS FOLDER: prints UP and the pid to enter once FOLDER/kubeconfig works in there, ends with its standard input.
set -euo pipefail
tools=$1 folder=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$folder"
# Postgres and the pods run as other users.
chmod 0711 "$folder"
: >"$folder/inside.log"
setsid unshare --net --mount --uts --ipc --pid --fork --mount-proc --kill-child \
    bash "$here/inside.sh" "$tools" "$folder" >"$folder/inside.log" 2>&1 </dev/null &
unshare=$!
finish() {
    # unshare ignores SIGTERM; with it goes everything inside.
    kill -KILL "$unshare" 2>/dev/null || true
    wait "$unshare" 2>/dev/null || true
    sleep 0.5
    # The kubelet's cgroups outlive their processes, deepest first.
    for _ in 1 2 3; do
        find /sys/fs/cgroup -depth -type d -path "*/pykube-${folder##*/}*" -exec rmdir {} + 2>/dev/null && break
        sleep 1
    done
}
trap finish EXIT
for _ in $(seq 240); do
    grep -q '^UP$' "$folder/inside.log" && break
    if ! kill -0 "$unshare" 2>/dev/null; then
        tail -n 20 "$folder/inside.log" >&2
        exit 1
    fi
    sleep 0.5
done
grep -q '^UP$' "$folder/inside.log" || { tail -n 20 "$folder"/*.log >&2; exit 1; }
echo "UP $(pgrep --parent "$unshare" | head -n 1)"
cat >/dev/null
