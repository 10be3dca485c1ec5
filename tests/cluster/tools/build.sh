#!/usr/bin/env bash
# Builds the cluster of tests/cluster from the modules that are pinned beside this file, into the folder $1 (default:
# target/cluster-tools). What is built already, from the same sums, is kept. Needs Go; cold, it takes minutes.
#   build.sh [FOLDER [argocd]]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$here/../../../target/cluster-tools}
command -v go >/dev/null || { echo "no Go on this machine: https://go.dev/dl has 1.26" >&2; exit 1; }
mkdir -p "$out"
out=$(cd "$out" && pwd)
export CGO_ENABLED=0 GOFLAGS=-mod=readonly

# build MODULE FLAGS PACKAGE AS...
build() {
    local module=$1 flags=$2
    shift 2
    local mark=$out/$module.sum names=() word is_whole=true
    for word in "${@:2}"; do
        [[ $word = */* || -x $out/$word ]] || is_whole=false
    done
    $is_whole && cmp --silent "$here/$module/go.sum" "$mark" && return
    cd "$here/$module"
    while [ "$#" -gt 0 ]; do
        go build -trimpath -ldflags "-s -w $flags" -o "$out/$2" "$1"
        names+=("$2")
        shift 2
    done
    cp go.sum "$mark"
    echo "built ${names[*]} ($SECONDS s)"
}

# The flags with which what MODULE builds of Kubernetes knows its own version.
named() {
    local version minor
    version=$(cd "$here/$1" && go list -m -f '{{.Version}}' k8s.io/kubernetes)
    minor=${version#v1.}
    tr -s '[:space:]' ' ' <<<"-X k8s.io/component-base/version.gitVersion=$version
        -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=${minor%%.*}
        -X k8s.io/client-go/pkg/version.gitVersion=$version"
}

commands=()
for command in kube-apiserver kube-controller-manager kube-proxy kube-scheduler kubectl kubelet; do
    commands+=("k8s.io/kubernetes/cmd/$command" "$command")
done
build kubernetes "$(named kubernetes)" "${commands[@]}"
# The minor versions before and after: every rendered tree is applied to them, too.
for minor in 1.35 1.37; do
    build "kube-apiserver-$minor" "$(named "kube-apiserver-$minor")" k8s.io/kubernetes/cmd/kube-apiserver "kube-apiserver-$minor"
done
build etcd "" go.etcd.io/etcd/server/v3 etcd
build kwok "" sigs.k8s.io/kwok/cmd/kwok kwok
# For the rendered workflow: what runs it, and what GitHub's runners have.
build act "" github.com/nektos/act act
build kustomize "" sigs.k8s.io/kustomize/kustomize/v5 kustomize
# Flux, for tests/flux.rs: the controller, and the kinds that its module brings.
build kustomize-controller "" github.com/fluxcd/kustomize-controller kustomize-controller
kinds=$(cd "$here/kustomize-controller" && go list -m -f '{{.Dir}}' github.com/fluxcd/kustomize-controller)/config/crd/bases
install -m 644 "$kinds/kustomize.toolkit.fluxcd.io_kustomizations.yaml" "$out/flux.yaml"
# Argo CD, for tests/argocd.rs, only where it is asked for: of all tools it takes longest. Its module wants a newer Go.
if [ "${2:-}" = argocd ]; then
    GOTOOLCHAIN=$(awk '$1 == "toolchain" { print $2 }' "$here/argocd/go.mod")
    export GOTOOLCHAIN
    build argocd "" github.com/argoproj/argo-cd/v3/cmd argocd
    module=$(cd "$here/argocd" && go list -m -f '{{.Dir}}' github.com/argoproj/argo-cd/v3)
    for kind in application appproject; do printf -- '---\n'; cat "$module/manifests/crds/$kind-crd.yaml"; done >"$out/argocd.yaml"
    # Its repository server calls it.
    install -m 755 "$module/hack/git-verify-wrapper.sh" "$out/"
    unset GOTOOLCHAIN
fi
# What policies let through, by another evaluator, for tests/random_edits.rs.
build reach "" example.invalid/reach reach
# One real node, for tests/node.rs.
build crane "" github.com/google/go-containerregistry/cmd/crane crane
build coredns "" github.com/coredns/coredns coredns
build metrics-server "" sigs.k8s.io/metrics-server/cmd/metrics-server metrics-server
build kube-router "" github.com/cloudnativelabs/kube-router/v2/cmd/kube-router kube-router
# Images, for tests/images.rs and tests/node.rs.
build buildkit "" github.com/moby/buildkit/cmd/buildkitd buildkitd github.com/moby/buildkit/cmd/buildctl buildctl
