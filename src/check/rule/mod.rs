//! One rule, one file: what it looks at, what it refuses, and samples of both.

mod autoscalers;
mod bind_address;
mod claims;
mod config_maps;
mod disruption_budgets;
mod dockerfile;
mod enumerations;
mod environment;
mod expressions;
mod images;
mod kustomization;
mod labels;
mod line_ends;
mod monitors;
mod names;
mod namespaces;
mod network_policies;
mod pod_security;
mod ports;
mod probe_host;
mod probes;
mod quantities;
mod quotas;
mod ranges;
mod role_bindings;
mod rollouts;
mod routes;
mod schedules;
mod scripts;
mod secrets;
mod selectors;
mod service_accounts;
mod services;
mod triggers;
mod volumes;
mod workflow_names;
mod yaml_scalars;

use serde_json::Value;

use super::tree::{Bundle, Tree};
use super::{Finding, Level};
use crate::file_set::RelativePath;
use crate::kube::object::Object;
use crate::kube::value::{entries, items};
use crate::kube::workload::Workload;

/// A rule: its name and what it looks at, one thing at a time.
pub(super) struct Rule {
    /// Name in kebab case, the same as its file's.
    pub(super) name: &'static str,
    /// What it looks at.
    scope: Scope,
}

/// What a rule is shown.
enum Scope {
    /// Each file's path and text.
    Text(fn(&RelativePath, &str, &mut Report)),
    Object(fn(&Object, &mut Report)),
    /// Each object that makes pods.
    Workload(fn(Workload, &mut Report)),
    /// Each folder of manifests.
    Bundle(fn(&Bundle, &mut Report)),
    Tree(fn(&Tree, &mut Report)),
}

/// Every rule, sorted by name.
pub(super) const RULES: &[Rule] = &[
    Rule { name: "autoscalers", scope: Scope::Bundle(autoscalers::check) },
    Rule { name: "bind-address", scope: Scope::Tree(bind_address::check) },
    Rule { name: "claims", scope: Scope::Bundle(claims::check) },
    Rule { name: "config-maps", scope: Scope::Bundle(config_maps::check) },
    Rule { name: "disruption-budgets", scope: Scope::Bundle(disruption_budgets::check) },
    Rule { name: "dockerfile", scope: Scope::Tree(dockerfile::check) },
    Rule { name: "enumerations", scope: Scope::Object(enumerations::check) },
    Rule { name: "environment", scope: Scope::Bundle(environment::check) },
    Rule { name: "expressions", scope: Scope::Tree(expressions::check) },
    Rule { name: "images", scope: Scope::Workload(images::check) },
    Rule { name: "kustomization", scope: Scope::Bundle(kustomization::check) },
    Rule { name: "labels", scope: Scope::Object(labels::check) },
    Rule { name: "line-ends", scope: Scope::Text(line_ends::check) },
    Rule { name: "monitors", scope: Scope::Bundle(monitors::check) },
    Rule { name: "names", scope: Scope::Object(names::check) },
    Rule { name: "namespaces", scope: Scope::Bundle(namespaces::check) },
    Rule { name: "network-policies", scope: Scope::Bundle(network_policies::check) },
    Rule { name: "pod-security", scope: Scope::Bundle(pod_security::check) },
    Rule { name: "ports", scope: Scope::Object(ports::check) },
    Rule { name: "probe-host", scope: Scope::Bundle(probe_host::check) },
    Rule { name: "probes", scope: Scope::Workload(probes::check) },
    Rule { name: "quantities", scope: Scope::Object(quantities::check) },
    Rule { name: "quotas", scope: Scope::Bundle(quotas::check) },
    Rule { name: "ranges", scope: Scope::Object(ranges::check) },
    Rule { name: "role-bindings", scope: Scope::Bundle(role_bindings::check) },
    Rule { name: "rollouts", scope: Scope::Workload(rollouts::check) },
    Rule { name: "routes", scope: Scope::Bundle(routes::check) },
    Rule { name: "schedules", scope: Scope::Object(schedules::check) },
    Rule { name: "scripts", scope: Scope::Tree(scripts::check) },
    Rule { name: "secrets", scope: Scope::Bundle(secrets::check) },
    Rule { name: "selectors", scope: Scope::Bundle(selectors::check) },
    Rule { name: "service-accounts", scope: Scope::Bundle(service_accounts::check) },
    Rule { name: "services", scope: Scope::Bundle(services::check) },
    Rule { name: "triggers", scope: Scope::Bundle(triggers::check) },
    Rule { name: "volumes", scope: Scope::Workload(volumes::check) },
    Rule { name: "workflow-names", scope: Scope::Tree(workflow_names::check) },
    Rule { name: "yaml-scalars", scope: Scope::Text(yaml_scalars::check) },
];

impl Rule {
    /// Shows the rule everything of its scope.
    pub(super) fn run(&self, tree: &Tree, findings: &mut Vec<Finding>) {
        let report = &mut Report { rule: self.name, findings };
        match self.scope {
            Scope::Text(check) => tree.files.iter().for_each(|(path, text)| check(path, text, report)),
            Scope::Object(check) => {
                tree.bundles.iter().flat_map(|bundle| &bundle.objects).for_each(|object| check(object, report));
            }
            Scope::Workload(check) => {
                tree.bundles.iter().flat_map(Bundle::workloads).for_each(|workload| check(workload, report));
            }
            Scope::Bundle(check) => tree.bundles.iter().for_each(|bundle| check(bundle, report)),
            Scope::Tree(check) => check(tree, report),
        }
    }
}

/// Shows every field of `value` at any depth to `visit`, with the key that it is below: for items of a list the list's own.
/// Texts of a ConfigMap and variables may be anything, so they are left out.
fn fields(below: &str, value: &Value, visit: &mut impl FnMut(&str, &str, &Value)) {
    items(value).for_each(|item| fields(below, item, visit));
    for (key, value) in entries(value) {
        if !matches!(key, "data" | "binaryData" | "stringData" | "env") {
            visit(below, key, value);
            fields(key, value, visit);
        }
    }
}

/// Every text in `value`, at any depth.
fn texts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    found.extend(value.as_str());
    items(value).for_each(|item| texts(item, found));
    entries(value).for_each(|(_, value)| texts(value, found));
}

/// The insides of `${{ … }}`.
fn expressions(text: &str) -> impl Iterator<Item = &str> {
    text.split("${{").skip(1).filter_map(|part| part.split("}}").next())
}

/// What is behind each `context`, such as `needs.`, in an expression.
fn behind<'e>(expression: &'e str, context: &'e str) -> impl Iterator<Item = &'e str> {
    // `x.needs.` or `myneeds.` is something else.
    let is_whole = |(place, _): &(usize, &str)| !expression[..*place].ends_with(|c: char| in_name(c) || c == '.');
    expression.match_indices(context).filter(is_whole).map(|(place, _)| &expression[place + context.len()..])
}

fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// The name that `text` begins with.
fn name_of(text: &str) -> &str {
    text.split(|c| !in_name(c)).next().unwrap_or_default()
}

/// A key, the key that it is below (any when empty), and what is known of its value.
type Known<T> = (&'static str, &'static str, T);

/// What `table`, which is sorted, knows of `key` below `parent`; every key of every object is looked up.
fn known<T>(table: &'static [Known<T>], parent: &str, key: &str) -> impl Iterator<Item = &'static T> {
    let first = table.partition_point(|(known, ..)| *known < key);
    let rows = table[first..].iter().take_while(move |(known, ..)| *known == key);
    rows.filter(move |(_, below, _)| below.is_empty() || *below == parent).map(|(.., value)| value)
}

/// Where a rule writes what it found.
pub(super) struct Report<'a> {
    rule: &'static str,
    findings: &'a mut Vec<Finding>,
}

impl Report<'_> {
    /// `object` would be refused, or cannot work.
    fn fault(&mut self, object: &Object, message: impl Into<String>) {
        self.add(Level::Fault, &object.path, object.title(), message);
    }

    /// `object` would run, and should not be like this.
    fn policy(&mut self, object: &Object, message: impl Into<String>) {
        self.add(Level::Policy, &object.path, object.title(), message);
    }

    /// The file at `path` would be refused, or cannot work.
    fn fault_in(&mut self, path: impl AsRef<str>, message: impl Into<String>) {
        self.add(Level::Fault, path.as_ref(), String::new(), message);
    }

    /// The file at `path` would work, and should not be like this.
    fn policy_in(&mut self, path: impl AsRef<str>, message: impl Into<String>) {
        self.add(Level::Policy, path.as_ref(), String::new(), message);
    }

    fn add(&mut self, level: Level, path: &str, object: String, message: impl Into<String>) {
        self.findings.push(Finding { level, rule: self.rule, path: path.to_owned(), object, message: message.into() });
    }
}
