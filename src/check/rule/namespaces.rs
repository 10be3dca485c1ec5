//! Every object of a folder lives in one namespace, and says so.

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::kind;

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    let everywhere = bundle.kustomization.as_ref().and_then(|(_, kustomization)| kustomization["namespace"].as_str());
    let mut first = everywhere;
    for object in &bundle.objects {
        let named =
            if object.identity.kind == "Namespace" { Some(object.identity.name.as_str()) } else { object.namespace() };
        if kind::of(&object.identity.kind).is_some_and(|kind| !kind.is_namespaced) {
            if object.namespace().is_some() {
                report.fault(object, "is cluster-scoped and sets a namespace");
            }
            if object.identity.kind != "Namespace" {
                continue;
            }
        }
        match (named.or(everywhere), first) {
            (None, _) => {
                report.policy(object, "names no namespace; it would go to kubectl's current namespace");
            }
            (Some("default"), _) => report.policy(object, "is put into the namespace `default`"),
            (Some(named), Some(first)) if named != first => {
                report.fault(object, format!("is in namespace `{named}`, other objects are in `{first}`"));
            }
            (Some(named), _) => first = first.or(Some(named)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "namespaces";

    #[test]
    fn one_namespace_for_all() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit("k8s/service.yaml", "namespace: shop", "namespace: web").assert_finds(
            RULE,
            Fault,
            "is in namespace `web`",
        );
        Sample::good().edit("k8s/namespace.yaml", "name: shop", "name: web").assert_finds(
            RULE,
            Fault,
            "is in namespace `web`",
        );
        Sample::good().edit("k8s/service.yaml", "  namespace: shop\n", "").assert_finds(
            RULE,
            Policy,
            "names no namespace",
        );
        Sample::good().edit("k8s/service.yaml", "namespace: shop", "namespace: default").assert_finds(
            RULE,
            Policy,
            "`default`",
        );
        Sample::good().edit("k8s/namespace.yaml", "name: shop", "name: shop\n  namespace: shop").assert_finds(
            RULE,
            Fault,
            "is cluster-scoped",
        );
    }
}
