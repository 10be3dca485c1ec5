//! Scripts of a workflow use variables that are set, and expressions of `env` name variables that are.
//!
//! Source: GitHub Docs "Store information in variables": the default variables begin with `GITHUB_` or `RUNNER_`; a line
//! `NAME=value` in the file `$GITHUB_ENV` sets one for the steps below.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Report, behind, name_of};
use crate::check::tree::Tree;
use crate::kube::value::{entries, items};

/// What every shell on a runner has.
const OF_THE_RUNNER: &[&str] = &["CI", "HOME", "IFS", "PATH", "PWD", "SECONDS", "SHELL", "TMPDIR", "USER"];

pub(super) fn check(tree: &Tree, report: &mut Report) {
    for (path, workflow) in &tree.workflows {
        for (id, job) in entries(&workflow["jobs"]) {
            let mut set: BTreeSet<&str> = [&workflow["env"], &job["env"]].into_iter().flat_map(names).collect();
            for step in items(&job["steps"]) {
                let own: BTreeSet<&str> = set.iter().copied().chain(names(&step["env"])).collect();
                for named in expressions(step).filter(|named| !own.contains(named)) {
                    report.fault_in(path, format!("job `{id}` reads `env.{named}`, which is not set"));
                }
                let Some(script) = step["run"].as_str() else { continue };
                let assigned = assigned(script);
                for used in used(script) {
                    let is_default =
                        used.starts_with("GITHUB_") || used.starts_with("RUNNER_") || OF_THE_RUNNER.contains(&used);
                    if !is_default && !own.contains(used) && !assigned.contains(used) {
                        report.fault_in(path, format!("a script of job `{id}` uses `${used}`, which is not set"));
                    }
                }
                if script.contains("GITHUB_ENV") {
                    set.extend(assigned);
                }
            }
        }
    }
}

fn names(variables: &Value) -> impl Iterator<Item = &str> {
    entries(variables).map(|(name, _)| name)
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The names behind `env.` in the expressions of a step.
fn expressions(step: &Value) -> impl Iterator<Item = &str> {
    let with = entries(&step["with"]).chain(entries(&step["env"])).filter_map(|(_, value)| value.as_str());
    with.flat_map(super::expressions).flat_map(|inside| behind(inside, "env.")).map(name_of)
}

/// The names in `$NAME` and `${NAME}`, outside of single quotes and comments. Shell's own (`$1`, `$?`) are left out.
fn used(script: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for line in script.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let mut is_literal = false;
        let mut is_quoted = false;
        for (place, c) in line.char_indices() {
            match c {
                '"' if !is_literal => is_quoted = !is_quoted,
                '\'' if !is_quoted => is_literal = !is_literal,
                '$' if !is_literal && !line[..place].ends_with('\\') => {
                    let rest = &line[place + 1..];
                    let name = rest.strip_prefix('{').unwrap_or(rest).split(|c| !is_name(c)).next().unwrap_or_default();
                    if name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
                        found.insert(name);
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// The names that a script sets: `NAME=`, `for NAME in`, `read NAME`; also those that it writes to a file.
fn assigned(script: &str) -> BTreeSet<&str> {
    let words: Vec<&str> = script.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '(')).collect();
    let assigned = words.iter().filter_map(|word| word.split_once('=')).map(|(name, _)| name);
    let looped = words.windows(2).filter(|pair| matches!(pair[0], "for" | "read" | "-r")).map(|pair| pair[1]);
    assigned.chain(looped).filter(|name| !name.is_empty() && name.chars().all(is_name)).collect()
}

#[cfg(test)]
mod tests {
    use super::{assigned, used};
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "scripts";

    fn with(from: &str, to: &str) -> Sample {
        Sample::good().edit(".github/workflows/deploy.yml", from, to)
    }

    #[test]
    fn variables_are_set() {
        Sample::good().assert_silent(RULE);
        with("          DIGEST:", "          SHA:").assert_finds(RULE, Fault, "uses `$DIGEST`");
        with("  IMAGE: ghcr", "  IMG: ghcr").assert_finds(RULE, Fault, "uses `$IMAGE`");
        with("  IMAGE: ghcr", "  IMG: ghcr").assert_finds(RULE, Fault, "reads `env.IMAGE`");
        with("cd k8s", "cd \"$RUNNER_TEMP\"").assert_silent(RULE);
        with("for workload in", "for object in").assert_finds(RULE, Fault, "uses `$workload`");
    }

    #[test]
    fn a_step_sets_variables_for_those_below() {
        let step = "      - name: Set\n        run: echo \"CLUSTER=a\" >> \"$GITHUB_ENV\"\n      - name: Apply\n";
        with("      - name: Apply\n", step)
            .edit(".github/workflows/deploy.yml", "cd k8s", "echo $CLUSTER")
            .assert_silent(RULE);
        with("cd k8s", "echo $CLUSTER").assert_finds(RULE, Fault, "uses `$CLUSTER`");
    }

    #[test]
    fn names_are_read_as_the_shell_does() {
        let names: Vec<_> = used("echo \"$A ${B:-x} '$C'\" '$D' \\$E $1 $? $(f \"$G\")\n# $H\n").into_iter().collect();
        assert_eq!(names, ["A", "B", "C", "G"]);
        let names: Vec<_> =
            assigned("x=$(y --z=1)\nfor w in a; do echo \"V=1\"; done; read -r u").into_iter().collect();
        assert_eq!(names, ["V", "u", "w", "x"]);
    }
}
