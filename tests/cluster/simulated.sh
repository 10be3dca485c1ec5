#!/usr/bin/env bash
# A cluster whose nodes are simulated: API server, controllers and scheduler are real, kwok plays the kubelet by stages.yaml.
# simulated.sh TOOLS FOLDER API-PORT ETCD-PORT PEER-PORT: prints UP when FOLDER/kubeconfig works, ends with its standard input.
set -euo pipefail
tools=$1 folder=$2 api=$3 etcd=$4 peer=$5
here=$(cd "$(dirname "$0")" && pwd)
export PATH=$tools:$PATH
mkdir -p "$folder" && cd "$folder"
# Nothing of it is worth a graceful end, and the API server takes its time for one.
trap 'kill -KILL $(jobs -p) 2>/dev/null || true' EXIT

# shellcheck source=control-plane.sh
. "$here/control-plane.sh"
kubectl() { command kubectl --kubeconfig=kubeconfig "$@"; }

credentials simulated "$api"
api_server kube-apiserver "$api" "$etcd" "$peer"
run controllers kube-controller-manager --kubeconfig=kubeconfig --service-account-private-key-file=sa.key --leader-elect=false \
    --allocate-node-cidrs=false --secure-port=0
run scheduler kube-scheduler --kubeconfig=kubeconfig --leader-elect=false --secure-port=0
run kwok kwok --kubeconfig=kubeconfig --manage-all-nodes --node-lease-duration-seconds=40 --config="$here/stages.yaml"
# Without ephemeral storage every pod of ours would stay Pending.
room='{cpu: "1000", memory: 4Ti, ephemeral-storage: 20Ti, pods: "5000"}'
kubectl apply --filename=- >/dev/null <<Y
apiVersion: v1
kind: Node
metadata: {name: simulated, labels: {kubernetes.io/hostname: simulated, topology.kubernetes.io/zone: a}}
status: {allocatable: $room, capacity: $room}
---
# Its claims are bound by the stages.
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: simulated, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: example.com/simulated
Y
echo UP
cat >/dev/null
cd / && rm -rf "$folder"
