//! Labels, annotations and selectors hold keys and values that the API takes, all of them strings.

use serde_json::Value;

use super::{Report, fields};
use crate::kube::grammar::name;
use crate::kube::object::Object;

pub(super) fn check(object: &Object, report: &mut Report) {
    // Only metadata has labels of the API: those of an alert or a mesh subset are something else.
    fields("", &object.value, &mut |below, key, value| match (below, key) {
        ("metadata", "labels") | (_, "matchLabels") => pairs(object, value, true, report),
        ("metadata", "annotations") => pairs(object, value, false, report),
        (_, "selector") if object.identity.kind == "Service" => pairs(object, value, true, report),
        _ => {}
    });
}

fn pairs(object: &Object, value: &Value, are_labels: bool, report: &mut Report) {
    let what = if are_labels { "label" } else { "annotation" };
    for (key, value) in value.as_object().into_iter().flatten() {
        let Some(value) = value.as_str() else {
            report.fault(object, format!("{what} {key:?} is not a pair of strings"));
            continue;
        };
        if let Err(why) = name::qualified_name(key) {
            report.fault(object, format!("{what} key `{key}` {why}"));
        }
        if are_labels && let Err(why) = name::label_value(value) {
            report.fault(object, format!("value `{value}` of label `{key}` {why}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "labels";
    const DEPLOYMENT: &str = "k8s/deployment.yaml";

    #[test]
    fn keys_and_values_are_what_the_api_takes() {
        Sample::good().assert_silent(RULE);
        let with = |pair: &str| Sample::good().edit(DEPLOYMENT, "  labels:\n", &format!("  labels:\n    {pair}\n"));
        with("version: 1.4.2").assert_silent(RULE);
        with("version: \"1.4 beta\"").assert_finds(RULE, Fault, "value `1.4 beta`");
        with("version: 14").assert_finds(RULE, Fault, "not a pair of strings");
        with("a/b/c: d").assert_finds(RULE, Fault, "label key `a/b/c`");
        let annotated = |pair: &str| {
            Sample::good().edit(DEPLOYMENT, "  labels:\n", &format!("  annotations:\n    {pair}\n  labels:\n"))
        };
        annotated("example.com/note: \"anything, really\"").assert_silent(RULE);
        annotated("prometheus.io/scrape: true").assert_finds(RULE, Fault, "not a pair of strings");
    }

    #[test]
    fn labels_of_an_alert_are_free_text() {
        let rule = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: shop\n  namespace: shop\nspec:\n  groups:\n    - name: shop\n      rules:\n        - alert: Down\n          expr: up == 0\n          labels:\n            summary: \"{{ $labels.pod }} is down\"\n";
        Sample::good().put("k8s/x.yaml", rule).assert_silent(RULE);
    }

    #[test]
    fn selectors_are_labels() {
        Sample::good().edit("k8s/service.yaml", "instance: shop\n  ports", "instance: \"a b\"\n  ports").assert_finds(
            RULE,
            Fault,
            "value `a b`",
        );
    }
}
