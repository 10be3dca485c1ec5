//! Names and labels of the objects, and the namespace they live in.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::super::component::Component;
use super::super::object::{Kind, Object, ObjectMeta};
use super::super::value::{DnsLabel, Quantity};
use super::super::workload::{LimitRange, ResourceQuota};
use super::faults::{Faults, constant};
use super::object;
use crate::config::section::{AppSection, LimitRangeSection, NamespaceSection, NamespaceTable, QuotaSection};
use crate::diagnostic::Diagnostic;
use crate::kube::labels;

/// Longest name of the application: the longest suffix of an object's name must still fit in 63 characters.
const LONGEST_NAME: usize = 40;

/// Names of the application and its namespace.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) app: DnsLabel,
    /// The namespace of every object.
    pub(super) namespace: DnsLabel,
}

impl Names {
    /// Name of the objects of `part`.
    pub(super) fn of(&self, part: impl Display) -> String {
        format!("{}-{part}", self.app)
    }

    /// `app.kubernetes.io` labels of a component.
    /// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>
    pub(super) fn labels(&self, component: &Component) -> BTreeMap<String, String> {
        let mut labels = self.match_labels(component);
        labels.insert("app.kubernetes.io/component".into(), component.to_string());
        labels.insert("app.kubernetes.io/part-of".into(), self.app.to_string());
        labels
    }

    /// Labels of an object, which also say who writes it.
    fn object_labels(&self, component: &Component) -> BTreeMap<String, String> {
        let mut labels = self.labels(component);
        labels.insert(labels::MANAGED_BY.into(), labels::PYKUBE.into());
        labels
    }

    /// The labels that tell a component's pods from all others; a selector of them can never change.
    pub(super) fn match_labels(&self, component: &Component) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("app.kubernetes.io/name".into(), self.app.to_string()),
            ("app.kubernetes.io/instance".into(), self.of(component)),
        ])
    }

    /// Metadata of an object of `component` that has the component's name.
    pub(super) fn metadata(&self, component: &Component) -> ObjectMeta {
        self.metadata_named(component, self.of(component))
    }

    /// The object of `component` that has its name, which is written to `file`.
    pub(super) fn object(&self, component: &Component, file: &str, kind: Kind) -> Object {
        object(component, file, self.metadata(component), kind)
    }

    /// Metadata of an object of `component` under a name of its own.
    pub(super) fn metadata_named(&self, component: &Component, name: String) -> ObjectMeta {
        ObjectMeta {
            name,
            namespace: Some(self.namespace.to_string()),
            labels: self.object_labels(component),
            annotations: BTreeMap::new(),
        }
    }
}

/// `name` and `namespace` of `[app]`.
pub(super) fn resolve(section: &AppSection, faults: &mut Faults<'_>) -> Names {
    let app: DnsLabel = faults.parse(&section.name, &["app", "name"]).unwrap_or_else(|| constant("app"));
    if app.as_ref().len() > LONGEST_NAME {
        let clause = format!("must be at most {LONGEST_NAME} characters: names of objects are made from it");
        faults.refuse(&["app", "name"], &clause);
    }
    let (written, path) = match &section.namespace {
        None => (None, ["app", "namespace"].as_slice()),
        Some(NamespaceSection::Name(name)) => (Some(name), ["app", "namespace"].as_slice()),
        Some(NamespaceSection::Table(table)) => (table.name.as_ref(), ["app", "namespace", "name"].as_slice()),
    };
    let namespace = written.and_then(|name| faults.parse(name, path)).unwrap_or_else(|| app.clone());
    if namespace.as_ref() == "default" || namespace.as_ref().starts_with("kube-") {
        faults.refuse(path, "must be a dedicated namespace; `default` and `kube-*` are shared");
    }
    Names { app, namespace }
}

/// Whether the component that the last part of `place` names can be a part of names of at most `longest` characters.
pub(super) fn component_name_fits(
    names: &Names,
    component: &Component,
    place: &[&str],
    longest: usize,
    faults: &mut Faults<'_>,
) -> bool {
    if let Err(clause) = place.last().copied().unwrap_or_default().parse::<DnsLabel>() {
        let fault = Diagnostic::error(format!("`{}` {clause}", place.join(".")));
        faults.push(faults.document().at_key(fault, place, ""));
        return false;
    }
    let whole = names.of(component);
    if whole.len() > longest {
        let message = format!("`{whole}` is longer than {longest} characters, the limit of Kubernetes here");
        let fault = faults.document().at_key(Diagnostic::error(message), place, "");
        let fault = faults.document().at_value(fault, &["app", "name"], "");
        faults.push(fault.help("shorten one of the two names"));
        return false;
    }
    true
}

/// Namespace, ResourceQuota and LimitRange, as far as they are asked for.
pub(super) fn namespace_objects(section: &AppSection, names: &Names, faults: &mut Faults<'_>) -> Vec<Object> {
    let Some(NamespaceSection::Table(table)) = &section.namespace else { return Vec::new() };
    needs_create(table, faults);
    let mut objects = Vec::new();
    if table.create {
        let mut metadata = names.metadata_named(&Component::Namespace, names.namespace.to_string());
        metadata.namespace = None;
        metadata.labels = BTreeMap::from([("app.kubernetes.io/part-of".into(), names.app.to_string())]);
        for mode in ["audit", "enforce", "warn"] {
            metadata.labels.insert(format!("pod-security.kubernetes.io/{mode}"), "restricted".into());
        }
        objects.push(object(&Component::Namespace, "namespace", metadata, Kind::Namespace));
    }
    objects.extend(table.quota.as_ref().map(|quota| self::quota(names, quota, faults)));
    objects.extend(table.limits.as_ref().and_then(|limits| limit_range(names, limits, faults)));
    objects
}

fn needs_create(table: &NamespaceTable, faults: &mut Faults<'_>) {
    for (key, given) in [("quota", table.quota.is_some()), ("limits", table.limits.is_some())] {
        if given && !table.create {
            faults.refuse(
                &["app", "namespace", key],
                "needs `create = true`: otherwise the owner of the namespace sets it",
            );
        }
    }
}

fn quota(names: &Names, quota: &QuotaSection, faults: &mut Faults<'_>) -> Object {
    let path = |key| ["app", "namespace", "quota", key];
    let mut hard = BTreeMap::new();
    for (key, resource, written) in [("cpu", "requests.cpu", &quota.cpu), ("memory", "requests.memory", &quota.memory)]
    {
        let amount = faults.optional::<Quantity>(written.as_ref(), &path(key));
        hard.extend(amount.map(|amount| (resource.to_owned(), amount)));
    }
    hard.extend(quota.pods.map(|pods| ("pods".to_owned(), pods.to_string())));
    if quota.cpu.is_none() && quota.memory.is_none() && quota.pods.is_none() {
        faults.refuse(&["app", "namespace", "quota"], "must name `cpu`, `memory` or `pods`");
    }
    let metadata = names.metadata_named(&Component::Namespace, names.of("quota"));
    object(&Component::Namespace, "resource-quota", metadata, Kind::ResourceQuota(ResourceQuota { hard }))
}

fn limit_range(names: &Names, limits: &LimitRangeSection, faults: &mut Faults<'_>) -> Option<Object> {
    let cpu = faults.parse(&limits.cpu, &["app", "namespace", "limits", "cpu"]);
    let memory = faults.parse(&limits.memory, &["app", "namespace", "limits", "memory"]);
    let metadata = names.metadata_named(&Component::Namespace, names.of("limits"));
    let kind = Kind::LimitRange(LimitRange { cpu: cpu?, memory: memory? });
    Some(object(&Component::Namespace, "limit-range", metadata, kind))
}
