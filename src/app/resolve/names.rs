//! Names and labels of the objects, and the namespace they live in.

use std::collections::BTreeMap;

use super::super::object::{Kind, Object, ObjectMeta};
use super::super::value::{DnsLabel, Quantity};
use super::super::workload::{LimitRange, ResourceQuota};
use super::{Parts, Resolver, object, short_enough};
use crate::config::section::{LimitRangeSection, NamespaceSection, NamespaceTable, QuotaSection};

/// Names of the application and its namespace.
#[derive(Clone, Debug)]
pub(in crate::app) struct Names {
    /// The application.
    pub(in crate::app) app: DnsLabel,
    /// The namespace of every object.
    pub(in crate::app) namespace: DnsLabel,
}

impl Names {
    /// Name of a component's objects.
    pub(super) fn of(&self, component: &str) -> String {
        format!("{}-{component}", self.app)
    }

    /// `app.kubernetes.io` labels of a component.
    /// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>
    pub(super) fn labels(&self, component: &str) -> BTreeMap<String, String> {
        let mut labels = self.match_labels(component);
        labels.insert("app.kubernetes.io/component".into(), component.into());
        labels.insert("app.kubernetes.io/part-of".into(), self.app.to_string());
        labels
    }

    /// The labels that tell a component's pods from all others; a selector of them can never change.
    pub(super) fn match_labels(&self, component: &str) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("app.kubernetes.io/name".into(), self.app.to_string()),
            ("app.kubernetes.io/instance".into(), self.of(component)),
        ])
    }

    /// Metadata of an object of `component` that has the component's name.
    pub(super) fn metadata(&self, component: &str) -> ObjectMeta {
        self.metadata_named(component, self.of(component))
    }

    /// Metadata of an object of `component` under a name of its own.
    pub(super) fn metadata_named(&self, component: &str, name: String) -> ObjectMeta {
        ObjectMeta {
            name,
            namespace: Some(self.namespace.to_string()),
            labels: self.labels(component),
            annotations: BTreeMap::new(),
        }
    }
}

impl Resolver<'_> {
    pub(super) fn names(&mut self) -> Option<Names> {
        let app: DnsLabel = self.parse(&self.config.app.name, &["app", "name"])?;
        if let Err(clause) = short_enough(&app) {
            self.fault(&["app", "name"], &clause);
        }
        let (written, path) = match &self.config.app.namespace {
            None => (None, ["app", "namespace"].as_slice()),
            Some(NamespaceSection::Name(name)) => (Some(name.as_str()), ["app", "namespace"].as_slice()),
            Some(NamespaceSection::Table(table)) => (table.name.as_deref(), ["app", "namespace", "name"].as_slice()),
        };
        let namespace: DnsLabel = self.parse_or(written, app.as_ref(), path)?;
        if namespace.as_ref() == "default" || namespace.as_ref().starts_with("kube-") {
            self.fault(path, "must be a namespace of its own: others live in this one, or Kubernetes itself does");
        }
        Some(Names { app, namespace })
    }

    /// Namespace, ResourceQuota and LimitRange, as far as they are asked for.
    pub(super) fn namespace_objects(&mut self, parts: &Parts) -> Vec<Object> {
        let Some(NamespaceSection::Table(table)) = self.config.app.namespace.clone() else { return Vec::new() };
        self.needs_create(&table);
        let mut objects = Vec::new();
        if table.create {
            let mut metadata = parts.names.metadata_named("namespace", parts.names.namespace.to_string());
            metadata.namespace = None;
            metadata.labels = BTreeMap::from([("app.kubernetes.io/part-of".into(), parts.names.app.to_string())]);
            for mode in ["audit", "enforce", "warn"] {
                metadata.labels.insert(format!("pod-security.kubernetes.io/{mode}"), "restricted".into());
            }
            objects.push(object("namespace", metadata, Kind::Namespace));
        }
        objects.extend(table.quota.as_ref().and_then(|quota| self.quota(parts, quota)));
        objects.extend(table.limits.as_ref().and_then(|limits| self.limit_range(parts, limits)));
        objects
    }

    fn needs_create(&mut self, table: &NamespaceTable) {
        for (key, given) in [("quota", table.quota.is_some()), ("limits", table.limits.is_some())] {
            if given && !table.create {
                self.fault(
                    &["app", "namespace", key],
                    "needs `create = true`: another owner of the namespace sets it there",
                );
            }
        }
    }

    fn quota(&mut self, parts: &Parts, quota: &QuotaSection) -> Option<Object> {
        let path = |key| ["app", "namespace", "quota", key];
        let mut hard = BTreeMap::new();
        if let Some(cpu) = &quota.cpu {
            hard.insert("requests.cpu".into(), self.parse::<Quantity>(cpu, &path("cpu"))?.to_string());
        }
        if let Some(memory) = &quota.memory {
            hard.insert("requests.memory".into(), self.parse::<Quantity>(memory, &path("memory"))?.to_string());
        }
        if let Some(pods) = quota.pods {
            hard.insert("pods".into(), pods.to_string());
        }
        if hard.is_empty() {
            self.fault(&["app", "namespace", "quota"], "must name `cpu`, `memory` or `pods`");
            return None;
        }
        let metadata = parts.names.metadata_named("namespace", format!("{}-quota", parts.names.app));
        Some(object("resource-quota", metadata, Kind::ResourceQuota(ResourceQuota { hard })))
    }

    fn limit_range(&mut self, parts: &Parts, limits: &LimitRangeSection) -> Option<Object> {
        let cpu = self.parse(&limits.cpu, &["app", "namespace", "limits", "cpu"])?;
        let memory = self.parse(&limits.memory, &["app", "namespace", "limits", "memory"])?;
        let metadata = parts.names.metadata_named("namespace", format!("{}-limits", parts.names.app));
        Some(object("limit-range", metadata, Kind::LimitRange(LimitRange { cpu, memory })))
    }
}
