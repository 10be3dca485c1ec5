//! The shell scripts inside of generated files: steps of workflows, and commands of containers that are given to a shell.

use serde_yaml::Value;

use super::tools::Tools;
use super::trees::{Tree, documents, stage};
use super::validators::{complaints, no_file_found};

/// shellcheck over every script. (hadolint looks at those of the Dockerfiles.)
pub(crate) fn shellcheck(tools: &Tools, trees: &[Tree]) -> Vec<String> {
    let root = stage("shellcheck");
    let mut names = Vec::new();
    for tree in trees {
        for (path, text) in tree.workflows() {
            for (number, script) in steps(text).iter().enumerate() {
                let name = format!("{}-{}-{number}.sh", tree.name, path.replace('/', "-").trim_start_matches('.'));
                // How the runner starts a step that names no shell.
                std::fs::write(root.join(&name), format!("#!/usr/bin/env bash\nset -e\n{script}\n")).unwrap();
                names.push(name);
            }
        }
        for (path, text) in tree.manifests() {
            let mut scripts = Vec::new();
            for document in documents(text) {
                shell_commands(&document, &mut scripts);
            }
            for (number, script) in scripts.iter().enumerate() {
                let name = format!("{}-{}-{number}.sh", tree.name, path.replace('/', "-"));
                std::fs::write(root.join(&name), format!("#!/bin/sh\n{script}\n")).unwrap();
                names.push(name);
            }
        }
    }
    if names.is_empty() {
        return no_file_found("shellcheck");
    }
    let arguments = ["--color=never", "--format=gcc", "--severity=style"].into_iter().map(str::to_owned).chain(names);
    complaints(&tools.run("shellcheck", &root, arguments), |line| !line.trim().is_empty())
}

/// The `run:` of every step.
fn steps(workflow: &str) -> Vec<String> {
    // A text that no YAML reader takes is the business of other validators.
    let workflow: Value = serde_yaml::from_str(workflow).unwrap_or_default();
    let jobs = workflow["jobs"].as_mapping().cloned().unwrap_or_default();
    let steps = jobs.into_iter().flat_map(|(_, job)| job["steps"].as_sequence().cloned().unwrap_or_default());
    steps.filter_map(|step| step["run"].as_str().map(str::to_owned)).collect()
}

/// The script in `[sh, -c, SCRIPT]`, wherever a command is.
fn shell_commands(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Mapping(mapping) => {
            for (key, value) in mapping {
                if key.as_str() == Some("command")
                    && let Some([shell, flag, script, ..]) = value.as_sequence().map(Vec::as_slice)
                    && shell.as_str().is_some_and(|shell| shell.ends_with("sh"))
                    && flag.as_str().is_some_and(|flag| flag.starts_with('-') && flag.ends_with('c'))
                {
                    // The kubelet makes one `$` of two.
                    found.extend(script.as_str().map(|script| script.replace("$$", "$")));
                }
                shell_commands(value, found);
            }
        }
        Value::Sequence(list) => list.iter().for_each(|item| shell_commands(item, found)),
        _ => {}
    }
}
