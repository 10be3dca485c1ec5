//! Numbers that the API bounds, and addresses: the schemas that validators use take any number and any string.
//!
//! Source: API reference of Kubernetes 1.37, and `validation.go` of core, autoscaling and networking in kubernetes.

use serde_json::Value;

use super::enumerations::is_built_in;
use super::{Known, Report, fields, known};
use crate::kube::grammar::cidr::Cidr;
use crate::kube::object::Object;
use crate::kube::value::{entries, items, scalar};

const GREATEST_ID: i64 = 2_147_483_647;
const ANY: i64 = i64::MAX;

/// The smallest and the greatest value.
const BOUNDS: &[Known<(i64, i64)>] = &[
    ("activeDeadlineSeconds", "", (1, ANY)),
    ("averageUtilization", "target", (1, ANY)),
    ("backoffLimit", "", (0, ANY)),
    // Octal 777, the greatest mode that a file in a volume can have.
    ("defaultMode", "", (0, 511)),
    ("failedJobsHistoryLimit", "", (0, ANY)),
    ("failureThreshold", "", (1, ANY)),
    ("fsGroup", "", (0, GREATEST_ID)),
    ("initialDelaySeconds", "", (0, ANY)),
    ("maxSkew", "", (1, ANY)),
    ("minReadySeconds", "", (0, ANY)),
    ("mode", "items", (0, 511)),
    ("periodSeconds", "livenessProbe", (1, ANY)),
    ("periodSeconds", "policies", (1, 1800)),
    ("periodSeconds", "readinessProbe", (1, ANY)),
    ("periodSeconds", "startupProbe", (1, ANY)),
    ("port", "ports", (1, 65535)),
    ("replicas", "spec", (0, ANY)),
    ("revisionHistoryLimit", "", (0, ANY)),
    ("runAsGroup", "", (0, GREATEST_ID)),
    ("runAsUser", "", (0, GREATEST_ID)),
    ("seconds", "sleep", (0, ANY)),
    ("stabilizationWindowSeconds", "", (0, 3600)),
    ("startingDeadlineSeconds", "", (0, ANY)),
    ("successThreshold", "", (1, ANY)),
    ("successfulJobsHistoryLimit", "", (0, ANY)),
    ("terminationGracePeriodSeconds", "", (0, ANY)),
    ("timeoutSeconds", "", (1, ANY)),
    ("ttlSecondsAfterFinished", "", (0, ANY)),
    ("value", "policies", (1, ANY)),
    ("weight", "preferredDuringSchedulingIgnoredDuringExecution", (1, 100)),
];

pub(super) fn check(object: &Object, report: &mut Report) {
    if !is_built_in(object) {
        return;
    }
    fields("", &object.value, &mut |below, key, value| {
        for (min, max) in known(BOUNDS, below, key) {
            if value.as_i64().is_some_and(|number| !(*min..=*max).contains(&number)) {
                report.fault(object, format!("{} is out of range for `{key}`", scalar(value).unwrap_or_default()));
            }
        }
        if key == "ipBlock" {
            block(object, value, report);
        }
    });
    if object.identity.kind == "HorizontalPodAutoscaler" {
        targets(object, report);
    }
}

/// The field that each type of target is given in.
const TARGET_FIELDS: &[(&str, &str)] =
    &[("AverageValue", "averageValue"), ("Utilization", "averageUtilization"), ("Value", "value")];

fn targets(object: &Object, report: &mut Report) {
    for metric in items(object.at("spec.metrics")) {
        for (_, source) in entries(metric) {
            let target = &source["target"];
            let field =
                TARGET_FIELDS.iter().find(|(kind, _)| target["type"].as_str() == Some(*kind)).map(|(_, field)| *field);
            if let Some(field) = field
                && target[field].is_null()
            {
                report.fault(object, format!("a metric has no `{field}` for its target"));
            }
        }
    }
}

/// A block of addresses, and the blocks inside it that are left out.
fn block(object: &Object, value: &Value, report: &mut Report) {
    let text = value["cidr"].as_str().unwrap_or_default();
    let Some(whole) = Cidr::parse(text) else {
        return report.fault(object, format!("`{text}` is not a CIDR block"));
    };
    for except in items(&value["except"]).filter_map(Value::as_str) {
        match Cidr::parse(except) {
            Some(part) if whole.holds(part) && part.length > whole.length => {}
            Some(_) => report.fault(object, format!("leaves out `{except}`, which is not in `{text}`")),
            None => report.fault(object, format!("`{except}` is not a CIDR block")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BOUNDS;
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "ranges";
    const DEPLOYMENT: &str = "k8s/deployment.yaml";
    const HPA: &str = "k8s/horizontal-pod-autoscaler.yaml";

    #[test]
    fn numbers_are_in_range() {
        Sample::good().assert_silent(RULE);
        for (path, good, bad) in [
            (DEPLOYMENT, "maxSkew: 1", "maxSkew: 0"),
            (DEPLOYMENT, "failureThreshold: 30", "failureThreshold: 0"),
            (DEPLOYMENT, "failureThreshold: 30", "timeoutSeconds: 0"),
            (DEPLOYMENT, "failureThreshold: 30", "periodSeconds: 0"),
            (DEPLOYMENT, "terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: -1"),
            (
                DEPLOYMENT,
                "      serviceAccountName",
                "      securityContext:\n        runAsUser: 2147483648\n      serviceAccountName",
            ),
            (
                "k8s/worker.yaml",
                "          emptyDir: {}",
                "          configMap:\n            name: shop\n            defaultMode: 777",
            ),
            ("k8s/network-policy.yaml", "port: 53\n", "port: 70000\n"),
            ("k8s/migrate.yaml", "activeDeadlineSeconds: 900", "activeDeadlineSeconds: 0"),
            (HPA, "averageUtilization: 70", "averageUtilization: 0"),
            (HPA, "  metrics:\n", "  behavior:\n    scaleDown:\n      stabilizationWindowSeconds: 3601\n  metrics:\n"),
        ] {
            Sample::good().edit(path, good, bad).assert_finds(RULE, Fault, "is out of range for `");
        }
    }

    #[test]
    fn a_target_has_the_field_of_its_type() {
        Sample::good().edit(HPA, "type: Utilization", "type: AverageValue").assert_finds(
            RULE,
            Fault,
            "no `averageValue`",
        );
        Sample::good().edit(HPA, "          averageUtilization: 70\n", "").assert_finds(
            RULE,
            Fault,
            "no `averageUtilization`",
        );
    }

    #[test]
    fn blocks_are_blocks() {
        let with = |block: &str| {
            Sample::good().edit(
                "k8s/network-policy.yaml",
                "  egress:\n",
                &format!("  egress:\n    - to:\n        - ipBlock:\n            {block}\n"),
            )
        };
        with("cidr: 0.0.0.0/0\n            except: [169.254.169.254/32]").assert_silent(RULE);
        with("cidr: \"::/0\"\n            except: [\"fd00::/8\"]").assert_silent(RULE);
        for bad in ["0.0.0.0", "0.0.0.0/33", "10.0.0/8", "10.0.0.0/08", "example.com/8"] {
            with(&format!("cidr: {bad}")).assert_finds(RULE, Fault, &format!("`{bad}` is not a CIDR block"));
        }
        with("cidr: 10.0.0.0/8\n            except: [11.0.0.0/16]").assert_finds(
            RULE,
            Fault,
            "which is not in `10.0.0.0/8`",
        );
        with("cidr: 10.0.0.0/8\n            except: [10.0.0.0/8]").assert_finds(RULE, Fault, "which is not in");
        with("cidr: 10.0.0.0/8\n            except: [\"fd00::/8\"]").assert_finds(RULE, Fault, "which is not in");
    }

    #[test]
    fn the_table_is_sorted() {
        let keys: Vec<_> = BOUNDS.iter().map(|(key, parent, ..)| (*key, *parent)).collect();
        assert!(keys.is_sorted(), "{keys:?}");
    }
}
