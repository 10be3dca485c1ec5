//! The manifests, images and objects that a workflow names are those of the tree.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Report;
use crate::check::tree::{Bundle, Tree};
use crate::kube::object::Object;
use crate::kube::value::{entries, items};
use crate::kube::workload::Workload;

pub(super) fn check(tree: &Tree, report: &mut Report) {
    let objects = || tree.bundles.iter().flat_map(Bundle::workloads).map(|workload: Workload| workload.object);
    let workloads: BTreeSet<String> = objects().map(shown).collect();
    let jobs: BTreeSet<&str> =
        objects().filter(|object| object.identity.kind == "Job").map(|job| job.identity.name.as_str()).collect();
    let namespaces: BTreeSet<&str> = objects().filter_map(Object::namespace).collect();
    let images: BTreeSet<&str> = tree.bundles.iter().flat_map(Bundle::repositories).collect();
    for (path, workflow) in &tree.workflows {
        let mut texts = Vec::new();
        super::texts(workflow, &mut texts);
        let overlays: Vec<(&Value, &str)> = overlays(tree, workflow).collect();
        for word in texts.iter().flat_map(|text| text.split(is_separator)) {
            if !overlays.iter().any(|(_, folder)| *folder == word) {
                manifests(tree, path, word, report);
            }
            rollout(&workloads, path, word, report);
        }
        image(tree, path, &texts, report);
        for (key, value, holder) in variables(workflow) {
            let known = match key {
                // The project's own kustomization may put the objects where it likes.
                "NAMESPACE" if overlays.iter().any(|(other, _)| *other == holder) => continue,
                _ if value.contains('$') || objects().next().is_none() => continue,
                "IMAGE" => &images,
                "NAMESPACE" => &namespaces,
                _ if key.ends_with("_JOB") => &jobs,
                _ => continue,
            };
            if !known.contains(value) {
                report.fault_in(path, format!("`{key}` is `{value}`, which does not exist"));
            }
        }
        let words: BTreeSet<&str> = texts.iter().flat_map(|text| text.split(is_separator)).collect();
        let verifies = texts.iter().any(|text| text.contains("kubectl rollout status"));
        for object in objects().filter(|object| ROLLED_OUT.contains(&object.identity.kind.as_str())) {
            if verifies && !words.contains(shown(object).as_str()) {
                report.policy_in(path, format!("never waits for `{}`", shown(object)));
            }
        }
    }
}

/// Kinds that `kubectl rollout status` can wait for.
const ROLLED_OUT: &[&str] = &["DaemonSet", "Deployment", "StatefulSet"];

/// `kind/name`, as `kubectl` takes it.
fn shown(object: &Object) -> String {
    format!("{}/{}", object.identity.kind.to_ascii_lowercase(), object.identity.name)
}

/// The variables of the workflow, its jobs and their steps.
fn variables(workflow: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let jobs = entries(&workflow["jobs"]).map(|(_, job)| job);
    let holders =
        std::iter::once(workflow).chain(jobs.flat_map(|job| std::iter::once(job).chain(items(&job["steps"]))));
    holders
        .flat_map(|holder| entries(&holder["env"]).filter_map(move |(key, value)| Some((key, value.as_str()?, holder))))
}

/// Folders of the project's own that a job applies, with what sets the variable: `MANIFESTS` that are in no folder of
/// the tree.
fn overlays<'v>(tree: &'v Tree, workflow: &'v Value) -> impl Iterator<Item = (&'v Value, &'v str)> {
    let is_ours =
        |folder: &str| tree.bundles.iter().any(|bundle| folder == bundle.folder || is_below(folder, bundle.folder));
    variables(workflow)
        .filter(move |(key, folder, _)| *key == "MANIFESTS" && !is_ours(folder))
        .map(|(_, folder, holder)| (holder, folder))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ';' | '|' | '(' | ')' | '&' | '<' | '>' | '{' | '}')
}

/// A word that begins with a folder of manifests names a file or folder that is there.
fn manifests(tree: &Tree, path: &str, word: &str, report: &mut Report) {
    let word = word.trim_end_matches('/');
    let Some((root, _)) = word.split_once('/') else { return };
    let is_ours =
        tree.bundles.iter().any(|bundle| bundle.folder.split('/').next() == Some(root) && !bundle.folder.is_empty());
    // Shell patterns and variables are filled in when the step runs.
    if !is_ours || word.contains(['*', '$', '?', '[']) {
        return;
    }
    let is_there = tree.files.get(word).is_some() || tree.files.iter().any(|(known, _)| is_below(known.as_str(), word));
    if !is_there {
        report.fault_in(path, format!("names `{word}`, which does not exist"));
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// `deployment/shop` names a workload of the tree.
fn rollout(workloads: &BTreeSet<String>, path: &str, word: &str, report: &mut Report) {
    const KINDS: &[&str] = &["deployment", "statefulset", "daemonset", "job", "cronjob"];
    let Some((kind, name)) = word.split_once('/') else { return };
    let is_name = !name.is_empty() && !name.contains(['$', '/', '.', '*']);
    if KINDS.contains(&kind) && is_name && !workloads.contains(word) {
        report.fault_in(path, format!("waits for `{word}`, which does not exist"));
    }
}

/// What is built is what the kustomization fills in.
fn image(tree: &Tree, path: &str, texts: &[&str], report: &mut Report) {
    let builds = texts.iter().any(|text| text.starts_with("docker/build-push-action@"));
    for (_, kustomization) in tree.bundles.iter().filter_map(|bundle| bundle.kustomization.as_ref()) {
        for name in items(&kustomization["images"]).filter_map(|image| image["name"].as_str()) {
            let is_named = texts.iter().flat_map(|text| text.split(is_separator)).any(|word| {
                word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '@', ',']))
            });
            if builds && !is_named {
                report.fault_in(path, format!("builds an image and never names `{name}`, which the manifests run"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "workflow-names";
    const WORKFLOW: &str = ".github/workflows/deploy.yml";

    #[test]
    fn manifests_are_there() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(WORKFLOW, "k8s/migrate.yaml", "k8s/migration.yaml").assert_finds(
            RULE,
            Fault,
            "`k8s/migration.yaml`",
        );
        Sample::good().edit(WORKFLOW, "cd k8s", "cd k8s/production").assert_finds(RULE, Fault, "`k8s/production`");
        Sample::good().edit(WORKFLOW, "cd k8s", "cd k8s/").assert_silent(RULE);
    }

    #[test]
    fn workloads_are_there() {
        Sample::good().edit(WORKFLOW, "deployment/shop", "deployment/web").assert_finds(
            RULE,
            Fault,
            "`deployment/web`",
        );
        Sample::good().edit(WORKFLOW, "deployment/shop ", "deployment/shop job/shop-migrate ").assert_silent(RULE);
    }

    #[test]
    fn variables_name_what_is_there() {
        let with = |variable: &str| Sample::good().edit(WORKFLOW, "  IMAGE:", &format!("  {variable}\n  IMAGE:"));
        with("NAMESPACE: shop").assert_silent(RULE);
        with("NAMESPACE: web").assert_finds(RULE, Fault, "`NAMESPACE` is `web`");
        with("MIGRATION_JOB: shop-migrate").assert_silent(RULE);
        Sample::good().edit(WORKFLOW, "IMAGE: ghcr.io/acme/shop", "IMAGE: ghcr.io/acme/web").assert_finds(
            RULE,
            Fault,
            "`IMAGE` is `ghcr.io/acme/web`",
        );
        with("MIGRATION_JOB: shop-migrate-1").assert_finds(RULE, Fault, "`MIGRATION_JOB` is `shop-migrate-1`");
    }

    #[test]
    fn the_projects_own_kustomization_is_its_own() {
        let with = |variable: &str| Sample::good().edit(WORKFLOW, "  IMAGE:", &format!("  {variable}\n  IMAGE:"));
        with("MANIFESTS: deploy/staging\n  NAMESPACE: shop-staging").assert_silent(RULE);
        with("MANIFESTS: k8s").assert_silent(RULE);
        with("MANIFESTS: k8s/staging").assert_finds(RULE, Fault, "`k8s/staging`");
        with("MANIFESTS: k8s\n  NAMESPACE: shop-staging").assert_finds(RULE, Fault, "`NAMESPACE` is `shop-staging`");
    }

    #[test]
    fn every_rollout_is_waited_for() {
        Sample::good().edit(WORKFLOW, " deployment/shop-beat", "").assert_finds(
            RULE,
            Policy,
            "never waits for `deployment/shop-beat`",
        );
    }

    #[test]
    fn the_image_is_the_one_that_runs() {
        Sample::good().edit(WORKFLOW, "IMAGE: ghcr.io/acme/shop", "IMAGE: ghcr.io/acme/web").assert_finds(
            RULE,
            Fault,
            "never names `ghcr.io/acme/shop`",
        );
        Sample::good().edit(WORKFLOW, "IMAGE: ghcr.io/acme/shop", "IMAGE: ghcr.io/acme/shop-web").assert_finds(
            RULE,
            Fault,
            "never names",
        );
    }
}
