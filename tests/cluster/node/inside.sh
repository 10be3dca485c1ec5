#!/usr/bin/env bash
# What up.sh runs inside the namespaces: inside.sh TOOLS FOLDER.
#
# node  172.30.0.10 ── 172.30.0.1  outside: a namespace that stands for all that is not the cluster. It has the addresses of the
#   └ pods 10.88.0.0/16            database (203.0.113.20), of somebody else's server (203.0.113.10) and of the metadata service.
set -euo pipefail
tools=$1 folder=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH=$tools:/usr/sbin:/sbin:$PATH KUBECONFIG=$folder/kubeconfig
node=172.30.0.10
cd "$folder"
mkdir -p certs.d/_default cni/net.d run volumes

# shellcheck source=../control-plane.sh
. "$here/../control-plane.sh"
until_ok() {
    local what=$1
    shift
    for _ in $(seq 300); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.2
    done
    echo "$what did not come up; see $folder/*.log"
    exit 1
}

# ---------------------------------------------------------------- machine
hostname node1
# Folders that programs take whatever they are told.
for place in /run/containerd /run/netns /var/lib/kubelet /var/lib/cni /var/log; do
    mkdir -p "$place"
    mount -t tmpfs none "$place"
done
mkdir -p /run/netns
ip link set lo up
# A bridge, because some kernels have no dummy interfaces.
ip link add node0 type bridge
ip address add "$node/24" dev node0
ip netns add outside
ip link add wire type veth peer name wire netns outside
ip link set wire master node0 up
ip link set node0 up
ip route add default via 172.30.0.1
out() { ip netns exec outside "$@"; }
out ip link set lo up
out ip address add 172.30.0.1/24 dev wire
out ip link set wire up
for address in 203.0.113.10 203.0.113.20 169.254.169.254; do
    out ip address add "$address/32" dev lo
done
out ip route add 10.88.0.0/16 via "$node"
sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1 net.ipv4.tcp_tw_reuse=1
out sysctl -qw net.ipv4.ip_forward=1

# Requests of CPU must fit on a small machine: the node says that it has 32 cores and 94 GiB.
awk -v RS= 'NR == 1 { for (n = 0; n < 32; n++) { core = $0; sub(/processor[^\n]*/, "processor\t: " n, core)
    sub(/core id[^\n]*/, "core id\t\t: " n, core); print core "\n" } }' /proc/cpuinfo >run/cpuinfo
sed '1s/.*/MemTotal:       98304000 kB/' /proc/meminfo >run/meminfo
mount --bind run/cpuinfo /proc/cpuinfo
mount --bind run/meminfo /proc/meminfo
mount -t tmpfs none /sys/devices/system/node 2>/dev/null || true
mount -t tmpfs none /sys/devices/system/cpu
for core in $(seq 0 31); do
    mkdir -p "/sys/devices/system/cpu/cpu$core/topology"
    echo "$core" >"/sys/devices/system/cpu/cpu$core/topology/core_id"
    echo 0 >"/sys/devices/system/cpu/cpu$core/topology/physical_package_id"
    echo 1 >"/sys/devices/system/cpu/cpu$core/online"
done
for word in online possible present; do echo 0-31 >"/sys/devices/system/cpu/$word"; done
# Another kubelet on this machine would take the pods of this one for orphans.
group=pykube-${folder##*/}
for below in "$group" "$group/kubepods"; do
    for controller in /sys/fs/cgroup/*/; do mkdir -p "$controller$below" 2>/dev/null || true; done
    for file in cpus mems; do
        # It would ask for all 32 cores.
        [ ! -e "/sys/fs/cgroup/cpuset/cpuset.$file" ] ||
            cat "/sys/fs/cgroup/cpuset/cpuset.$file" >"/sys/fs/cgroup/cpuset/$below/cpuset.$file"
    done
done

# A busy machine would starve the pods: all of them together would weigh as much as one other process.
[ ! -e "/sys/fs/cgroup/cpu/$group/cpu.shares" ] || echo 16384 >"/sys/fs/cgroup/cpu/$group/cpu.shares"

# ---------------------------------------------------------- control plane
credentials node 6443
for name in front client; do
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$name" -keyout "$name.key" -out "$name.crt" 2>/dev/null
done
chmod 600 ./*.key
run etcd etcd --data-dir=etcd-data --listen-client-urls=http://127.0.0.1:2379 --advertise-client-urls=http://127.0.0.1:2379 \
    --unsafe-no-fsync --log-level=warn
run apiserver kube-apiserver --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 --bind-address=0.0.0.0 \
    --advertise-address="$node" --cert-dir=certificates --service-cluster-ip-range=10.96.0.0/16 --authorization-mode=Node,RBAC \
    --token-auth-file=tokens.csv --service-account-issuer=https://kubernetes.default.svc --service-account-key-file=sa.pub \
    --service-account-signing-key-file=sa.key --allow-privileged=true --kubelet-preferred-address-types=InternalIP \
    --client-ca-file=client.crt --requestheader-client-ca-file=front.crt --proxy-client-cert-file=front.crt \
    --proxy-client-key-file=front.key --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
    --requestheader-extra-headers-prefix=X-Remote-Extra- --enable-aggregator-routing=true
until_ok "the API server" kubectl get --raw /readyz
run controllers kube-controller-manager --kubeconfig=kubeconfig --service-account-private-key-file=sa.key \
    --root-ca-file=certificates/apiserver.crt --leader-elect=false --allocate-node-cidrs=false --bind-address=127.0.0.1 \
    --horizontal-pod-autoscaler-sync-period=5s
run scheduler kube-scheduler --kubeconfig=kubeconfig --leader-elect=false --bind-address=127.0.0.1

# -------------------------------------------------------- registry, images
run registry env PORT=5000 crane registry serve --address 127.0.0.1:5000
# Every registry is ours.
printf 'server = "http://127.0.0.1:5000"\n[host."http://127.0.0.1:5000"]\n  capabilities = ["pull", "resolve"]\n' \
    >certs.d/_default/hosts.toml
until_ok "the registry" crane catalog 127.0.0.1:5000
mkdir -p run/pause
printf '#include <unistd.h>\n#include <signal.h>\nstatic void end(int s) { _exit(0 * s); }\nint main(void) {\n    signal(SIGTERM, end);
    for (;;) pause();\n}\n' | cc -static -Os -x c -o run/pause/pause -
tar --create --file run/pause.tar --directory run/pause pause
crane append --new_layer run/pause.tar --new_tag 127.0.0.1:5000/pause:3.10 >/dev/null 2>&1
crane mutate --entrypoint=/pause --tag 127.0.0.1:5000/pause:3.10 127.0.0.1:5000/pause:3.10 >/dev/null 2>&1

# -------------------------------------------------------------- node
cat >containerd.toml <<T
version = 2
root = "$folder/containerd/root"
state = "$folder/containerd/state"
[grpc]
  address = "$folder/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.10"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$folder/certs.d"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$folder/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
T
cat >cni/net.d/10-bridge.conflist <<J
{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "pods0", "isGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$folder/run/ipam", "ranges": [[{"subnet": "10.88.0.0/16"}]],
            "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
J
run containerd containerd --config containerd.toml
until_ok containerd ctr --address containerd/containerd.sock version
echo "nameserver 127.0.0.1" >run/resolv.conf
cat >kubelet.yaml <<T
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
cgroupRoot: /$group
failSwapOn: false
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix://$folder/containerd/containerd.sock
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
resolvConf: $folder/run/resolv.conf
# The disk is the machine's: others fill it, too.
evictionHard: {memory.available: 100Mi, nodefs.available: 10Mi, imagefs.available: 10Mi, nodefs.inodesFree: 1%}
imageGCHighThresholdPercent: 100
address: 0.0.0.0
podLogsDir: $folder/pod-logs
enforceNodeAllocatable: []
volumePluginDir: $folder/run/plugins
maxPods: 250
T
run kubelet kubelet --config=kubelet.yaml --kubeconfig=kubeconfig --root-dir="$folder/kubelet" --hostname-override=node1 \
    --node-ip="$node" --cert-dir="$folder/kubelet/pki"
run proxy kube-proxy --kubeconfig=kubeconfig --proxy-mode=iptables --cluster-cidr=10.88.0.0/16 --hostname-override=node1 \
    --conntrack-max-per-core=0 --conntrack-tcp-timeout-established=0 --conntrack-tcp-timeout-close-wait=0
until_ok "the node" kubectl get node node1
kubectl patch node node1 --patch '{"spec": {"podCIDR": "10.88.0.0/16", "podCIDRs": ["10.88.0.0/16"]}}' >/dev/null
kubectl label node node1 topology.kubernetes.io/zone=a >/dev/null
kubectl wait --for=condition=Ready node/node1 --timeout=60s >/dev/null
run router kube-router --kubeconfig=kubeconfig --hostname-override=node1 --run-firewall=true --run-router=false \
    --run-service-proxy=false --run-loadbalancer=false --service-cluster-ip-range=10.96.0.0/16

# ------------------------------------------------------------- add-ons
ip address add 10.96.0.10/32 dev node0
cat >Corefile <<C
.:53 {
    bind 10.96.0.10
    errors
    hosts {
        203.0.113.20 db.example.com orders.c9akciq32.eu-central-1.rds.amazonaws.com
        203.0.113.10 elsewhere.example.net s3.eu-central-1.amazonaws.com
        fallthrough
    }
    kubernetes cluster.local in-addr.arpa {
        endpoint https://127.0.0.1:6443
        kubeconfig $folder/kubeconfig node
    }
}
C
run coredns coredns -conf Corefile
run metrics metrics-server --kubeconfig=kubeconfig --authentication-kubeconfig=kubeconfig \
    --authorization-kubeconfig=kubeconfig --secure-port=10443 --cert-dir="$folder/run/metrics" --kubelet-insecure-tls \
    --kubelet-preferred-address-types=InternalIP --metric-resolution=10s --kubelet-request-timeout=5s
kubectl apply --filename="$here/add-ons.yaml" >/dev/null
# Volumes of the default class, made before anybody claims them.
for number in $(seq 20); do
    mkdir "volumes/$number"
    chmod 0777 "volumes/$number"
    printf -- '---\napiVersion: v1\nkind: PersistentVolume\nmetadata: {name: volume-%s}\nspec: {storageClassName: local, capacity: {storage: 100Gi},
  accessModes: [ReadWriteOnce, ReadWriteMany], persistentVolumeReclaimPolicy: Delete, hostPath: {path: "%s"}}\n' \
        "$number" "$folder/volumes/$number"
done | kubectl apply --filename=- >/dev/null

# ------------------------------------------------------------- database
postgres=$(find /usr/lib/postgresql -maxdepth 3 -name initdb -print -quit)
postgres=${postgres%/initdb}
mkdir -p database run/postgres
chown postgres database run/postgres
as_postgres() { out setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"; }
as_postgres "$postgres/initdb" --pgdata="$folder/database" --auth=trust --no-sync >initdb.log
echo "host all all 0.0.0.0/0 trust" >>database/pg_hba.conf
run postgres ip netns exec outside setpriv --reuid=postgres --regid=postgres --clear-groups -- "$postgres/postgres" \
    -D "$folder/database" -c listen_addresses=203.0.113.20 -c unix_socket_directories="$folder/run/postgres" -c fsync=off \
    -c max_connections=500
until_ok PostgreSQL as_postgres "$postgres/psql" --host=203.0.113.20 --command='select 1'
until_ok CoreDNS python3 - <<'P'
import socket
question = b"\0\1\1\0\0\1\0\0\0\0\0\0" + b"".join(bytes([len(w)]) + w for w in b"db.example.com".split(b".")) + b"\0\0\1\0\1"
asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asked.settimeout(1)
asked.sendto(question, ("10.96.0.10", 53))
assert socket.inet_aton("203.0.113.20") in asked.recv(512)
P
until_ok metrics-server kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes
echo UP
sleep infinity
