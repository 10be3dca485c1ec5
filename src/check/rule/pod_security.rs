//! Pods meet the Pod Security Standard that their own namespace enforces; otherwise no pod is ever made, and only the
//! events of the ReplicaSet say so.
//!
//! Source: "Pod Security Standards" of the Kubernetes documentation, and kubernetes/pod-security-admission `policy` (1.36):
//! the checks of `restricted`, which hold those of `baseline`.

use serde_json::Value;

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::path::at;
use crate::kube::value::{entries, items};
use crate::kube::workload::{Container, Workload};

const LABEL: &str = "pod-security.kubernetes.io/enforce";

/// Volume types that `restricted` allows; `baseline` refuses `hostPath` only.
const VOLUMES: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// Capabilities that `baseline` lets a container add; `restricted` allows the last one only.
const CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
    "NET_BIND_SERVICE",
];

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    let enforced = bundle.of_kind("Namespace").find_map(|namespace| namespace.at("metadata.labels")[LABEL].as_str());
    let Some(level @ ("baseline" | "restricted")) = enforced else { return };
    for workload in bundle.workloads() {
        for violation in violations(workload, level == "restricted") {
            report.fault(workload.object, format!("{violation}, which the namespace refuses as not `{level}`"));
        }
    }
}

fn violations(workload: Workload, is_restricted: bool) -> Vec<String> {
    let pod = workload.pod();
    let mut found = Vec::new();
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        if pod[key].as_bool() == Some(true) {
            found.push(format!("sets `{key}`"));
        }
    }
    for volume in items(&pod["volumes"]) {
        let kinds = entries(volume).map(|(key, _)| key).filter(|key| *key != "name");
        for kind in kinds.filter(|kind| if is_restricted { !VOLUMES.contains(kind) } else { *kind == "hostPath" }) {
            found.push(format!("has a volume of kind `{kind}`"));
        }
    }
    for container in workload.containers() {
        baseline(container, is_restricted, &mut found);
        if is_restricted {
            restricted(container, &pod["securityContext"], &mut found);
        }
    }
    found
}

fn baseline(container: Container, is_restricted: bool, found: &mut Vec<String>) {
    let (name, security) = (container.name(), &container.value["securityContext"]);
    if security["privileged"].as_bool() == Some(true) {
        found.push(format!("container `{name}` is privileged"));
    }
    if items(&container.value["ports"]).any(|port| port["hostPort"].as_u64().is_some_and(|port| port > 0)) {
        found.push(format!("container `{name}` takes a port of the node"));
    }
    let allowed = if is_restricted { &CAPABILITIES[CAPABILITIES.len() - 1..] } else { CAPABILITIES };
    for added in
        items(at(security, "capabilities.add")).filter_map(Value::as_str).filter(|added| !allowed.contains(added))
    {
        found.push(format!("container `{name}` adds the capability `{added}`"));
    }
}

/// What `restricted` requires to be set; the pod's own security context counts where a container says nothing.
fn restricted(container: Container, of_pod: &Value, found: &mut Vec<String>) {
    let (name, security) = (container.name(), &container.value["securityContext"]);
    let effective = |path: &str| {
        let own = at(security, path);
        if own.is_null() { at(of_pod, path) } else { own }
    };
    if security["allowPrivilegeEscalation"].as_bool() != Some(false) {
        found.push(format!("container `{name}` does not set `allowPrivilegeEscalation: false`"));
    }
    if !items(at(security, "capabilities.drop")).any(|dropped| dropped.as_str() == Some("ALL")) {
        found.push(format!("container `{name}` does not drop all capabilities"));
    }
    if effective("runAsNonRoot").as_bool() != Some(true) {
        found.push(format!("container `{name}` does not set `runAsNonRoot: true`"));
    }
    if effective("runAsUser").as_u64() == Some(0) {
        found.push(format!("container `{name}` runs as root"));
    }
    if !matches!(effective("seccompProfile.type").as_str(), Some("RuntimeDefault" | "Localhost")) {
        found.push(format!("container `{name}` has no seccomp profile"));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "pod-security";
    const DEPLOYMENT: &str = "k8s/deployment.yaml";
    const GOOD: &str = "          securityContext:\n            readOnlyRootFilesystem: true\n";

    /// The sample reduced to one workload, whose containers say all that `restricted` asks for.
    fn with(level: &str) -> Sample {
        let all = "          securityContext:\n            allowPrivilegeEscalation: false\n            capabilities:\n              drop: [ALL]\n            runAsNonRoot: true\n";
        let seccomp = "    spec:\n      securityContext:\n        seccompProfile:\n          type: RuntimeDefault\n";
        let others = ["beat", "clear-sessions", "migrate", "redis", "worker"];
        let sample = others.iter().fold(Sample::good(), |sample, name| sample.without(&format!("k8s/{name}.yaml")));
        sample
            .edit(
                "k8s/namespace.yaml",
                "  name: shop\n",
                &format!("  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: {level}\n"),
            )
            .edit(DEPLOYMENT, "    spec:\n", seccomp)
            .edit(DEPLOYMENT, GOOD, all)
            .edit(DEPLOYMENT, GOOD, all)
    }

    #[test]
    fn what_is_not_enforced_is_not_asked_for() {
        Sample::good().assert_silent(RULE);
        with("restricted").assert_silent(RULE);
        with("privileged").edit(DEPLOYMENT, "    spec:\n", "    spec:\n      hostNetwork: true\n").assert_silent(RULE);
    }

    #[test]
    fn restricted_asks_for_everything() {
        for (from, to, message) in [
            ("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "`allowPrivilegeEscalation: false`"),
            ("drop: [ALL]", "drop: [NET_RAW]", "drop all capabilities"),
            ("drop: [ALL]", "drop: [ALL]\n              add: [CHOWN]", "adds the capability `CHOWN`"),
            ("            runAsNonRoot: true\n", "", "`runAsNonRoot: true`"),
            ("runAsNonRoot: true", "runAsNonRoot: true\n            runAsUser: 0", "runs as root"),
            ("type: RuntimeDefault", "type: Unconfined", "no seccomp profile"),
            ("          emptyDir:\n            sizeLimit: 64Mi", "          nfs:\n            path: /x", "kind `nfs`"),
        ] {
            with("restricted").edit(DEPLOYMENT, from, to).assert_finds(RULE, Fault, message);
        }
    }

    #[test]
    fn baseline_asks_for_less() {
        let base = with("baseline");
        base.clone().edit(DEPLOYMENT, "drop: [ALL]", "add: [CHOWN]").assert_silent(RULE);
        for (from, to, message) in [
            ("drop: [ALL]", "add: [NET_ADMIN]", "adds the capability `NET_ADMIN`"),
            ("allowPrivilegeEscalation: false", "privileged: true", "is privileged"),
            ("containerPort: 8000", "containerPort: 8000\n              hostPort: 8000", "takes a port of the node"),
            ("    spec:\n", "    spec:\n      hostPID: true\n", "sets `hostPID`"),
            (
                "          emptyDir:\n            sizeLimit: 64Mi",
                "          hostPath:\n            path: /x",
                "kind `hostPath`",
            ),
        ] {
            base.clone().edit(DEPLOYMENT, from, to).assert_finds(RULE, Fault, message);
        }
    }
}
