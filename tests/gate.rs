//! The gate: what real tools and our own checks say of every generated tree. Nothing, that is.
//!
//! Each test first shows its tool a tree that is known to be bad, so that a tool which looks at nothing, or whose
//! complaints are not understood, fails instead of passing.

mod harness;

use std::path::Path;

use harness::trees::{self, Tree};
use harness::{Skip, available, tools, validators};

/// The tree that every validator has something to say about.
fn bad() -> Vec<Tree> {
    vec![Tree::read("bad", &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/bad"))]
}

/// Fails when the validator misses what is wrong with the bad tree, or finds anything in a generated one.
#[track_caller]
fn pass(name: &str, validator: impl Fn(&[Tree]) -> Result<Vec<String>, Skip>, expected: &[&str]) {
    let Some(complaints) = available(name, validator(&bad())) else { return };
    for expected in expected {
        assert!(
            complaints.iter().any(|line| line.contains(expected)),
            "{name} missed {expected:?}:\n{}",
            complaints.join("\n")
        );
    }
    let trees = trees::all();
    assert!(trees.iter().any(|tree| tree.manifests().next().is_some()), "there is no generated tree");
    let Some(complaints) = available(name, validator(&trees)) else { return };
    assert!(complaints.is_empty(), "{name} has found {}:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn our_own_checks_are_silent() {
    let expected = [
        "[selectors]",
        "[quantities]",
        "[ports]",
        "[services]",
        "[autoscalers]",
        "[kustomization]",
        "[dockerfile]",
        "[yaml-scalars]",
        "[expressions]",
    ];
    pass("own checks", |trees| Ok(validators::own_checks(trees)), &expected);
}

#[test]
fn kubernetes_validate_is_silent() {
    let expected = ["1.35: ERROR", "1.36: ERROR", "1.37: ERROR", "replica", "WARN"];
    pass("kubernetes-validate", |trees| Ok(validators::kubernetes_validate(tools::tools()?, trees)), &expected);
}

#[test]
fn strict_schemas_are_met() {
    let mut expected = vec!["schema 1.35", "schema 1.36", "schema 1.37", "replica", "knows no HorizontalPodAutoscaler"];
    if harness::schemas::custom().is_ok() {
        expected.push("bakendRefs");
    }
    pass("strict schemas", validators::strict_schemas, &expected);
}

#[test]
fn checkov_is_silent() {
    let expected = ["CKV_K8S_20", "CKV_DOCKER_3", "CKV_GHA_", "left out workflow"];
    pass("checkov", |trees| Ok(validators::checkov(tools::tools()?, trees)), &expected);
}

#[test]
fn hadolint_is_silent() {
    pass("hadolint", |trees| Ok(validators::hadolint(tools::tools()?, trees)), &["DL3007", "DL3025"]);
}

#[test]
fn zizmor_is_silent() {
    let expected = ["template-injection", "unpinned-uses", "left out bad/.github/dependabot.yml"];
    pass("zizmor", |trees| Ok(validators::zizmor(tools::tools()?, trees)), &expected);
}

#[test]
fn actionlint_is_silent() {
    pass("actionlint", validators::actionlint, &["unexpected key \"colour\"", "potentially untrusted"]);
}

#[test]
fn check_jsonschema_is_silent() {
    let expected = ["vendor.github-workflows", "require-timeout", "vendor.dependabot"];
    pass("check-jsonschema", |trees| Ok(validators::check_jsonschema(tools::tools()?, trees)), &expected);
}

#[test]
fn yamllint_is_silent() {
    pass("yamllint", |trees| Ok(validators::yamllint(tools::tools()?, trees)), &["key-duplicates"]);
}

#[test]
fn kustomize_takes_every_folder() {
    pass(
        "kustomize",
        harness::kustomize::kustomize,
        &["kustomize: bad/k8s: ", "Service/not-reviewed stands in no file", "Service/reviewed got lost"],
    );
}

#[test]
fn shellcheck_is_silent() {
    let expected = ["SC2045", "SC2154"];
    pass("shellcheck", |trees| Ok(harness::scripts::shellcheck(tools::tools()?, trees)), &expected);
}

#[test]
fn two_readers_read_the_same() {
    let expected = ["bad/k8s/config-map.yaml is read in two ways", "bad/.github/workflows/deploy.yml"];
    pass("two readers", |trees| Ok(harness::readers::disagreements(tools::tools()?, trees)), &expected);
}
