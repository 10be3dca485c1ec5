# shellcheck shell=bash
# What both clusters of the tests begin with; sourced in the folder of the cluster.

# Starts a program in the background, its output in a file of that name.
run() {
    local name=$1
    shift
    "$@" >"$name.log" 2>&1 </dev/null &
}

# Keys of service accounts, an administrator's token, and a kubeconfig with it: credentials CLUSTER API-PORT.
credentials() {
    local cluster=$1 api=$2 token
    openssl genrsa -out sa.key 2048 2>/dev/null
    openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null
    token=$(openssl rand -hex 16)
    echo "$token,admin,admin,system:masters" >tokens.csv
    chmod 600 tokens.csv sa.key
    cat >kubeconfig <<K
apiVersion: v1
kind: Config
clusters: [{name: $cluster, cluster: {server: "https://127.0.0.1:$api", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: $token}}]
contexts: [{name: $cluster, context: {cluster: $cluster, user: admin}}]
current-context: $cluster
K
}

# etcd and an API server without nodes, in the folder of `credentials`; waits until it is ready:
# api_server PROGRAM API-PORT ETCD-PORT PEER-PORT.
api_server() {
    local program=$1 api=$2 etcd=$3 peer=$4
    run etcd etcd --data-dir=etcd-data --listen-client-urls="http://127.0.0.1:$etcd" \
        --advertise-client-urls="http://127.0.0.1:$etcd" --listen-peer-urls="http://127.0.0.1:$peer" --unsafe-no-fsync --log-level=warn
    # The advertised address is only written into a Service that nothing here uses; it must not be a loopback address.
    run apiserver "$program" --etcd-servers="http://127.0.0.1:$etcd" --secure-port="$api" --bind-address=127.0.0.1 \
        --advertise-address=10.9.9.9 --cert-dir=certificates --service-cluster-ip-range=10.96.0.0/16 --authorization-mode=RBAC \
        --token-auth-file=tokens.csv --service-account-issuer=https://kubernetes.default.svc --service-account-key-file=sa.pub \
        --service-account-signing-key-file=sa.key
    for _ in $(seq 300); do
        kubectl --kubeconfig=kubeconfig get --raw /readyz >/dev/null 2>&1 && return
        sleep 0.2
    done
    echo "the API server is not ready after a minute: apiserver.log" >&2
    return 1
}
