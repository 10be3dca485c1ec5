//! Variables have names that the API takes, each container sets one once, and `$(NAME)` names one that is set.

use std::collections::BTreeSet;

use super::Report;
use crate::check::tree::Bundle;
use crate::kube::grammar::name;
use crate::kube::value::{entries, items};
use crate::kube::workload::{Container, Workload, data_keys};

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    for workload in bundle.workloads() {
        for container in workload.containers() {
            variables(bundle, workload, container, report);
        }
    }
}

fn variables(bundle: &Bundle, workload: Workload, container: Container, report: &mut Report) {
    for (kind, source) in items(&container.value["envFrom"]).flat_map(entries) {
        if kind != "prefix" && source["name"].as_str().is_none_or(str::is_empty) {
            report.fault(workload.object, format!("takes all variables of a {kind} without `name`"));
        }
    }
    let Known { mut names, is_open } = imported(bundle, container);
    let mut own = BTreeSet::new();
    for variable in items(&container.value["env"]) {
        let key = variable["name"].as_str().unwrap_or_default();
        if let Err(why) = name::variable(key) {
            report.fault(workload.object, format!("variable `{key}` {why}"));
        }
        if !own.insert(key) {
            report.fault(workload.object, format!("container `{}` sets variable `{key}` twice", container.name()));
        }
        let value = &variable["value"];
        if !value.is_null() && !value.is_string() {
            report.fault(workload.object, format!("the value of variable `{key}` is not a string"));
        }
        if !value.is_null() && !variable["valueFrom"].is_null() {
            report.fault(workload.object, format!("variable `{key}` has a value and takes one from elsewhere"));
        }
        for (source, reference) in entries(&variable["valueFrom"]) {
            for field in ["name", "key"] {
                if source.ends_with("KeyRef") && reference[field].as_str().is_none_or(str::is_empty) {
                    report.fault(
                        workload.object,
                        format!("variable `{key}` takes its value from a {source} without `{field}`"),
                    );
                }
            }
        }
        // The kubelet knows only those that are above.
        for used in value.as_str().into_iter().flat_map(expansions) {
            if !is_open && !names.contains(used) {
                report.fault(workload.object, format!("variable `{key}` names `$({used})`, which is not set above it"));
            }
        }
        names.insert(key);
    }
    if is_open {
        return;
    }
    for used in container.words().flat_map(expansions) {
        if !names.contains(used) {
            report.fault(
                workload.object,
                format!("the command of container `{}` names `$({used})`, which is not set", container.name()),
            );
        }
    }
}

/// The variables that `envFrom` brings.
struct Known<'b> {
    names: BTreeSet<&'b str>,
    /// Whether a source's keys cannot be known: any variable may be there.
    is_open: bool,
}

fn imported<'b>(bundle: &'b Bundle, container: Container<'b>) -> Known<'b> {
    let mut known = Known { names: BTreeSet::new(), is_open: false };
    for source in items(&container.value["envFrom"]) {
        let map = source["configMapRef"]["name"].as_str().and_then(|name| bundle.find("ConfigMap", name));
        match map {
            Some(map) if source["prefix"].is_null() => known.names.extend(data_keys(map)),
            _ => known.is_open = true,
        }
    }
    known
}

/// The names in `$(NAME)`; `$$` stands for one `$` and begins nothing.
///
/// Source: kubernetes `third_party/forked/golang/expansion/expand.go`.
fn expansions(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|open| open.split_once(')')) {
            found.push(name);
            rest = after;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::expansions;
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "environment";
    const JOB: &str = "k8s/migrate.yaml";

    #[test]
    fn names_are_good_and_single() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(JOB, "- name: VERBOSITY", "- name: 1VERBOSITY").assert_finds(
            RULE,
            Fault,
            "starts with a digit",
        );
        Sample::good()
            .edit(JOB, "          env:\n", "          env:\n            - name: VERBOSITY\n              value: a\n")
            .assert_finds(RULE, Fault, "twice");
        Sample::good().edit(JOB, "value: \"2\"", "value: 2").assert_finds(RULE, Fault, "is not a string");
    }

    #[test]
    fn a_variable_has_one_source_and_it_is_whole() {
        let deployment = "k8s/deployment.yaml";
        Sample::good()
            .edit(deployment, "              valueFrom:\n", "              value: x\n              valueFrom:\n")
            .assert_finds(RULE, Fault, "takes one from elsewhere");
        Sample::good().edit(deployment, "                  name: shop-secrets\n", "").assert_finds(
            RULE,
            Fault,
            "a secretKeyRef without `name`",
        );
        Sample::good().edit(deployment, "                  key: DATABASE_URL\n", "").assert_finds(
            RULE,
            Fault,
            "a secretKeyRef without `key`",
        );
        Sample::good()
            .edit(
                deployment,
                "            - configMapRef:\n                name: shop\n",
                "            - configMapRef: {}\n",
            )
            .assert_finds(RULE, Fault, "all variables of a configMapRef without `name`");
    }

    #[test]
    fn what_is_expanded_is_set() {
        Sample::good().edit(JOB, "$(VERBOSITY)", "$(LEVEL)").assert_finds(RULE, Fault, "names `$(LEVEL)`");
        Sample::good().edit(JOB, "$(VERBOSITY)", "$$(LEVEL)").assert_silent(RULE);
        Sample::good()
            .edit(JOB, "value: \"2\"", "value: $(LATER)\n            - name: LATER\n              value: x")
            .assert_finds(RULE, Fault, "not set above it");
        let from = |source: &str| {
            format!("          envFrom:\n            - {source}:\n                name: shop\n          env:\n")
        };
        Sample::good()
            .edit(JOB, "          env:\n", &from("configMapRef"))
            .edit(JOB, "$(VERBOSITY)", "$(LOG_LEVEL)")
            .assert_silent(RULE);
        Sample::good()
            .edit(JOB, "          env:\n", &from("secretRef"))
            .edit(JOB, "$(VERBOSITY)", "$(ANY)")
            .assert_silent(RULE);
    }

    #[test]
    fn a_doubled_dollar_is_a_dollar() {
        assert_eq!(expansions("a$(B)c$$(D)$$$(E)$F$("), ["B", "E"]);
    }
}
