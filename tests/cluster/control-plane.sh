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
