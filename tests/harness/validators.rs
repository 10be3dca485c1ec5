//! The validators that other people wrote, each run once over all trees.
//!
//! Each function gives what its tool found, one line each; a tool that looked at nothing is a finding as well, because
//! some of them skip what they cannot read and say that all is well.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::schemas::{self, VERSIONS};
use super::tools::{Said, Tools};
use super::trees::{Tree, documents, is_yaml, stage};
use super::{Skip, available};

/// Rules of yamllint: its defaults, except for what Kubernetes and GitHub files do otherwise on purpose. A program that
/// a probe runs is one string, and sealed data has no place to break.
const YAMLLINT: &str = "{extends: default, rules: {document-start: disable, line-length: {max: 240, \
     allow-non-breakable-inline-mappings: true}, \
     comments: {min-spaces-from-content: 1}, truthy: {check-keys: false}}}";

/// What checkov's bundled schema does not know; it silently leaves out a workflow that has it.
const UNKNOWN_TO_CHECKOV: &[&str] = &["attestations: write", "artifact-metadata: write", "queue: max"];

/// Writes all trees side by side, one folder each, and gives the paths of those files that `wanted` picks.
fn staged(purpose: &str, trees: &[Tree], wanted: impl Fn(&str) -> bool) -> (std::path::PathBuf, Vec<String>) {
    let root = stage(purpose);
    let mut paths = Vec::new();
    for tree in trees {
        tree.write(&root.join(&tree.name));
        paths.extend(tree.files.keys().filter(|path| wanted(path)).map(|path| format!("{}/{path}", tree.name)));
    }
    (root, paths)
}

/// The lines of what a tool said that mean trouble, or all of them when its exit code says so.
pub(super) fn complaints(said: &Said, is_complaint: impl Fn(&str) -> bool) -> Vec<String> {
    let lines: Vec<_> = said.text.lines().filter(|line| is_complaint(line)).map(str::to_owned).collect();
    if !said.success && lines.is_empty() {
        return vec![format!("failed: {}", said.text)];
    }
    lines
}

pub(super) fn no_file_found(tool: &str) -> Vec<String> {
    vec![format!("{tool}: there is no file to look at")]
}

/// kubernetes-validate, strict, for each supported version: a kind that it does not know is a warning and exit code 0.
pub(crate) fn kubernetes_validate(tools: &Tools, trees: &[Tree]) -> Vec<String> {
    let built_in = |text: &str| {
        documents(text).iter().all(|document| !schemas::is_custom(document["apiVersion"].as_str().unwrap_or_default()))
    };
    let root = stage("kubernetes-validate");
    let mut paths = Vec::new();
    for tree in trees {
        tree.write(&root.join(&tree.name));
        paths.extend(
            tree.manifests().filter(|(_, text)| built_in(text)).map(|(path, _)| format!("{}/{path}", tree.name)),
        );
    }
    if paths.is_empty() {
        return no_file_found("kubernetes-validate");
    }
    let mut found = Vec::new();
    for version in VERSIONS {
        let arguments =
            ["--strict", "--kubernetes-version", version].into_iter().map(str::to_owned).chain(paths.clone());
        let said = tools.run("kubernetes-validate", &root, arguments);
        let passed = said.text.lines().filter(|line| line.starts_with("INFO ") && line.contains(" passed ")).count();
        let failed = complaints(&said, |line| !line.starts_with("INFO "));
        if failed.is_empty() && passed != paths.len() {
            found.push(format!("kubernetes-validate {version}: looked at {passed} of {} files", paths.len()));
        }
        found.extend(failed.into_iter().map(|line| format!("kubernetes-validate {version}: {line}")));
    }
    found
}

/// The same schemas through another validator, which tells all faults, and the schemas of custom resources.
pub(crate) fn strict_schemas(trees: &[Tree]) -> Result<Vec<String>, Skip> {
    schemas::kubernetes()?;
    available("schemas of custom resources", schemas::custom());
    let mut found = Vec::new();
    for tree in trees {
        for (path, text) in tree.manifests() {
            for document in documents(text) {
                let document = serde_json::to_value(document).unwrap();
                for version in VERSIONS {
                    let faults = schemas::validate(&document, version);
                    found.extend(
                        faults.into_iter().map(|fault| format!("schema {version}: {}/{path}: {fault}", tree.name)),
                    );
                }
            }
        }
    }
    Ok(found)
}

/// checkov for manifests, Dockerfiles and workflows in one run.
pub(crate) fn checkov(tools: &Tools, trees: &[Tree]) -> Vec<String> {
    let root = stage("checkov");
    let mut workflows = BTreeSet::new();
    for tree in trees {
        tree.write(&root.join(&tree.name));
        for (path, text) in tree.workflows() {
            let lines = text
                .lines()
                .filter(|line| !UNKNOWN_TO_CHECKOV.iter().any(|unknown| line.trim_start().starts_with(unknown)));
            let name = format!("{}-{}", tree.name, path.rsplit('/').next().unwrap());
            let folder = root.join(".github/workflows");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(&name), lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
            workflows.insert(name);
        }
        // The tool would look at the copy with the two permissions as well, and leave it out.
        let _ = std::fs::remove_dir_all(root.join(&tree.name).join(".github"));
    }
    // CKV_K8S_43 needs digests: the workflow sets them at deployment, `digests_are_set` looks at that.
    let arguments = ["--directory", ".", "--skip-download", "--skip-check", "CKV_K8S_43", "--output", "json"];
    let frameworks = ["--framework", "kubernetes", "dockerfile", "github_actions"];
    let said = tools.run("checkov", &root, arguments.into_iter().chain(frameworks));
    let Ok(report) = serde_json::from_str::<Json>(&said.output) else { return vec![format!("checkov: {}", said.text)] };
    let reports = report.as_array().cloned().unwrap_or_else(|| vec![report]);
    let mut found = Vec::new();
    for framework in &frameworks[1..] {
        let Some(report) = reports.iter().find(|report| report["check_type"] == *framework) else {
            found.push(format!("checkov: looked at nothing for {framework}"));
            continue;
        };
        if report["summary"]["passed"].as_u64().unwrap_or(0) == 0 || report["summary"]["parsing_errors"] != 0 {
            found.push(format!(
                "checkov: looked at nothing for {framework}, or could not read it: {}",
                report["summary"]
            ));
        }
        for failed in report["results"]["failed_checks"].as_array().into_iter().flatten() {
            let text = |key: &str| failed[key].as_str().unwrap_or_default().to_owned();
            found.push(format!(
                "checkov: {}: {}: {}: {}",
                text("file_path"),
                text("resource"),
                text("check_id"),
                text("check_name")
            ));
        }
        if *framework == "github_actions" {
            let passed = report["results"]["passed_checks"].as_array().into_iter().flatten();
            let seen: BTreeSet<_> =
                passed.filter_map(|check| check["file_path"].as_str()?.rsplit('/').next()).collect();
            let unseen = workflows.iter().filter(|name| !seen.contains(name.as_str()));
            found.extend(unseen.map(|name| format!("checkov: left out workflow {name}")));
        }
    }
    found
}

/// hadolint over all Dockerfiles.
pub(crate) fn hadolint(tools: &Tools, trees: &[Tree]) -> Vec<String> {
    let (root, paths) = staged("hadolint", trees, |path| path == "Dockerfile");
    if paths.is_empty() {
        return no_file_found("hadolint");
    }
    let arguments = ["--no-color", "--failure-threshold", "style"].into_iter().map(str::to_owned).chain(paths);
    complaints(&tools.run("hadolint", &root, arguments), |line| !line.trim().is_empty())
}

/// zizmor as an auditor, over workflows and Dependabot files.
pub(crate) fn zizmor(tools: &Tools, trees: &[Tree]) -> Vec<String> {
    let (root, paths) = staged("zizmor", trees, |path| path.starts_with(".github/"));
    if paths.is_empty() {
        return no_file_found("zizmor");
    }
    let arguments = ["--offline", "--no-progress", "--persona", "auditor", "--format", "json"];
    let said = tools.run("zizmor", &root, arguments.into_iter().map(str::to_owned).chain(paths.clone()));
    let Ok(Json::Array(findings)) = serde_json::from_str(&said.output) else {
        return vec![format!("zizmor: {}", said.text)];
    };
    let place = |finding: &Json| finding["locations"][0]["symbolic"]["key"].to_string();
    let line = |finding: &Json| format!("zizmor: {}: {} {}", finding["ident"], finding["desc"], place(finding));
    // A file that it cannot read is a warning and exit code 0.
    let was_read =
        |path: &&String| said.text.lines().any(|line| line.contains("completed") && line.ends_with(path.as_str()));
    let left_out = paths.iter().filter(|path| !was_read(path)).map(|path| format!("zizmor: left out {path}"));
    findings.iter().map(line).chain(left_out).collect()
}

/// Schemas of workflows (with a time limit for each job) and of Dependabot files.
pub(crate) fn check_jsonschema(tools: &Tools, trees: &[Tree]) -> Vec<String> {
    let is_workflow = |path: &str| path.starts_with(".github/workflows/");
    let is_dependabot = |path: &str| path == ".github/dependabot.yml";
    let mut found = Vec::new();
    for (schema, wanted) in [
        ("vendor.github-workflows", &is_workflow as &dyn Fn(&str) -> bool),
        ("custom.github-workflows-require-timeout", &is_workflow),
        ("vendor.dependabot", &is_dependabot),
    ] {
        let (root, paths) = staged("check-jsonschema", trees, wanted);
        if paths.is_empty() {
            continue;
        }
        let arguments = ["--builtin-schema", schema].into_iter().map(str::to_owned).chain(paths);
        let said = tools.run("check-jsonschema", &root, arguments);
        if !said.success {
            found.push(format!("check-jsonschema {schema}: {}", said.text));
        }
    }
    found
}

/// What actionlint 1.7.12 does not know yet: `queue` of a concurrency group is from May 2026.
/// Source: <https://github.blog/changelog/2026-05-07-github-actions-concurrency-groups-now-allow-larger-queues>
const UNKNOWN_TO_ACTIONLINT: &str = "unexpected key \"queue\" for \"concurrency\" section";

/// actionlint over every workflow: types of expressions, contexts, and inputs of actions. Scripts are shellcheck's own test.
pub(crate) fn actionlint(trees: &[Tree]) -> Result<Vec<String>, Skip> {
    let (root, paths) = staged("actionlint", trees, |path| path.starts_with(".github/workflows/"));
    if paths.is_empty() {
        return Ok(no_file_found("actionlint"));
    }
    let program = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";
    let arguments = ["-oneline", "-shellcheck=", "-pyflakes=", "-ignore", UNKNOWN_TO_ACTIONLINT];
    let said = super::tools::of_go(program, &root, arguments.into_iter().map(str::to_owned).chain(paths))?;
    Ok(complaints(&said, |line| !line.starts_with("exit status ")))
}

/// yamllint over every YAML file.
pub(crate) fn yamllint(tools: &Tools, trees: &[Tree]) -> Vec<String> {
    let (root, paths) = staged("yamllint", trees, is_yaml);
    if paths.is_empty() {
        return no_file_found("yamllint");
    }
    let arguments =
        ["--strict", "--format", "parsable", "--config-data", YAMLLINT].into_iter().map(str::to_owned).chain(paths);
    complaints(&tools.run("yamllint", &root, arguments), |line| !line.trim().is_empty())
}

/// What pykube itself has against the trees.
pub(crate) fn own_checks(trees: &[Tree]) -> Vec<String> {
    let found = trees.iter().flat_map(|tree| {
        pykube::check::check(&tree.file_set()).into_iter().map(|finding| format!("{}/{finding}", tree.name))
    });
    found.collect()
}
