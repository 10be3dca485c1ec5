//! Words of which the API knows only a few: the schemas that validators use call them plain strings.
//!
//! Source: API reference of Kubernetes 1.37 (core/v1, apps/v1, batch/v1, autoscaling/v2, networking.k8s.io/v1, policy/v1) and
//! "Pod Security Admission" for the labels.

use serde_json::Value;

use super::{Known, Report, fields, known};
use crate::kube::object::Object;

const WORDS: &[Known<&[&str]>] = &[
    ("accessModes", "", &["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]),
    ("completionMode", "", &["NonIndexed", "Indexed"]),
    ("concurrencyPolicy", "", &["Allow", "Forbid", "Replace"]),
    ("dnsPolicy", "", &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
    ("effect", "tolerations", &["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    ("externalTrafficPolicy", "", &["Cluster", "Local"]),
    ("fsGroupChangePolicy", "", &["Always", "OnRootMismatch"]),
    ("imagePullPolicy", "", &["Always", "IfNotPresent", "Never"]),
    ("internalTrafficPolicy", "", &["Cluster", "Local"]),
    ("ipFamilyPolicy", "", &["SingleStack", "PreferDualStack", "RequireDualStack"]),
    ("medium", "emptyDir", &["", "Memory"]),
    ("nodeAffinityPolicy", "", &["Honor", "Ignore"]),
    ("nodeTaintsPolicy", "", &["Honor", "Ignore"]),
    ("operator", "matchExpressions", &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]),
    ("operator", "tolerations", &["Exists", "Equal"]),
    ("pathType", "", &["Exact", "Prefix", "ImplementationSpecific"]),
    ("pod-security.kubernetes.io/audit", "", &["privileged", "baseline", "restricted"]),
    ("pod-security.kubernetes.io/enforce", "", &["privileged", "baseline", "restricted"]),
    ("pod-security.kubernetes.io/warn", "", &["privileged", "baseline", "restricted"]),
    ("podManagementPolicy", "", &["OrderedReady", "Parallel"]),
    ("podReplacementPolicy", "", &["TerminatingOrFailed", "Failed"]),
    ("policyTypes", "", &["Ingress", "Egress"]),
    ("protocol", "", &["TCP", "UDP", "SCTP"]),
    ("restartPolicy", "", &["Always", "OnFailure", "Never"]),
    ("scheme", "httpGet", &["HTTP", "HTTPS"]),
    ("selectPolicy", "", &["Max", "Min", "Disabled"]),
    ("sessionAffinity", "", &["None", "ClientIP"]),
    ("terminationMessagePolicy", "", &["File", "FallbackToLogsOnError"]),
    ("trafficDistribution", "", &["PreferClose", "PreferSameZone", "PreferSameNode"]),
    ("type", "appArmorProfile", &["RuntimeDefault", "Localhost", "Unconfined"]),
    ("type", "limits", &["Container", "Pod", "PersistentVolumeClaim"]),
    ("type", "metrics", &["Resource", "ContainerResource", "Pods", "Object", "External"]),
    ("type", "policies", &["Pods", "Percent"]),
    ("type", "seccompProfile", &["RuntimeDefault", "Localhost", "Unconfined"]),
    ("type", "strategy", &["RollingUpdate", "Recreate"]),
    ("type", "target", &["Utilization", "Value", "AverageValue"]),
    ("type", "updateStrategy", &["RollingUpdate", "OnDelete"]),
    ("unhealthyPodEvictionPolicy", "", &["IfHealthyBudget", "AlwaysAllow"]),
    ("volumeMode", "", &["Filesystem", "Block"]),
    ("whenDeleted", "", &["Retain", "Delete"]),
    ("whenScaled", "", &["Retain", "Delete"]),
    ("whenUnsatisfiable", "", &["DoNotSchedule", "ScheduleAnyway"]),
];

/// Words of `spec.type` of a Service.
const SERVICE_TYPES: &[&str] = &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];

pub(super) fn check(object: &Object, report: &mut Report) {
    // Custom resources have schemas with their own words.
    if !is_built_in(object) {
        return;
    }
    if object.identity.kind == "Service" {
        word(object, "type", object.at("spec.type"), SERVICE_TYPES, report);
    }
    fields("", &object.value, &mut |below, key, value| {
        known(WORDS, below, key).for_each(|words| word(object, key, value, words, report));
    });
}

/// Whether the API server itself serves the object: groups without a dot, and those of Kubernetes.
pub(super) fn is_built_in(object: &Object) -> bool {
    match object.value["apiVersion"].as_str().unwrap_or_default().split_once('/') {
        None => true,
        Some((group, _)) => !group.contains('.') || matches!(group, "networking.k8s.io" | "rbac.authorization.k8s.io"),
    }
}

fn word(object: &Object, key: &str, value: &Value, words: &[&str], report: &mut Report) {
    match value {
        Value::Array(list) => list.iter().for_each(|item| word(object, key, item, words, report)),
        Value::String(text) if !words.contains(&text.as_str()) => {
            report.fault(object, format!("`{text}` is not a valid `{key}`: {}", words.join(", ")));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::WORDS;
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "enumerations";

    #[test]
    fn words_are_those_of_the_api() {
        Sample::good().assert_silent(RULE);
        for (path, good, bad) in [
            ("k8s/deployment.yaml", "type: RollingUpdate", "type: Rolling"),
            ("k8s/deployment.yaml", "imagePullPolicy: Always", "imagePullPolicy: always"),
            ("k8s/deployment.yaml", "whenUnsatisfiable: ScheduleAnyway", "whenUnsatisfiable: Anyway"),
            ("k8s/deployment.yaml", "protocol: TCP", "protocol: HTTP"),
            ("k8s/media.yaml", "[ReadWriteMany]", "[ReadWrite]"),
            ("k8s/horizontal-pod-autoscaler.yaml", "type: Utilization", "type: Percentage"),
            ("k8s/horizontal-pod-autoscaler.yaml", "type: ContainerResource", "type: Container"),
            ("k8s/network-policy.yaml", "[Ingress, Egress]", "[Ingress, Egress, Both]"),
            ("k8s/ingress.yaml", "pathType: Prefix", "pathType: Prefixed"),
            ("k8s/clear-sessions.yaml", "concurrencyPolicy: Forbid", "concurrencyPolicy: Never"),
            ("k8s/service.yaml", "spec:\n", "spec:\n  type: Cluster\n"),
            (
                "k8s/namespace.yaml",
                "name: shop\n",
                "name: shop\n  labels:\n    pod-security.kubernetes.io/warn: strict\n",
            ),
        ] {
            Sample::good().edit(path, good, bad).assert_finds(RULE, Fault, " is not a valid `");
        }
    }

    #[test]
    fn other_keys_of_that_name_are_let_be() {
        let job = "k8s/migrate.yaml";
        Sample::good()
            .edit(
                job,
                "            - name: VERBOSITY\n",
                "            - name: protocol\n              value: gopher\n            - name: VERBOSITY\n",
            )
            .assert_silent(RULE);
        Sample::good().edit("k8s/config-map.yaml", "LOG_LEVEL: info", "protocol: gopher").assert_silent(RULE);
    }

    #[test]
    fn the_table_is_sorted() {
        let keys: Vec<_> = WORDS.iter().map(|(key, parent, _)| (*key, *parent)).collect();
        assert!(keys.is_sorted(), "{keys:?}");
    }
}
