//! Expressions of a workflow name jobs, steps and outputs that exist; no expression is inside a script; actions are
//! pinned to a commit.
//!
//! Source: GitHub Docs "Contexts reference" (`needs`, `steps`) and "Secure use reference".

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Report, behind, expressions, name_of, texts};
use crate::check::tree::Tree;
use crate::kube::value::{entries, items};

pub(super) fn check(tree: &Tree, report: &mut Report) {
    for (path, workflow) in &tree.workflows {
        for (id, job) in entries(&workflow["jobs"]) {
            let needs = needs(&job["needs"]);
            for needed in needs.iter().filter(|needed| workflow["jobs"][**needed].is_null()) {
                report.fault_in(path, format!("job `{id}` needs `{needed}`, which is not a job"));
            }
            let steps: BTreeSet<&str> = items(&job["steps"]).filter_map(|step| step["id"].as_str()).collect();
            let mut all = Vec::new();
            texts(job, &mut all);
            let conditions = std::iter::once(job).chain(items(&job["steps"])).filter_map(|one| one["if"].as_str());
            for expression in all.into_iter().flat_map(expressions).chain(conditions) {
                for (job_id, output) in outputs(expression, "needs.") {
                    if !needs.contains(job_id) {
                        report.fault_in(path, format!("job `{id}` reads `needs.{job_id}`, which it does not need"));
                    } else if workflow["jobs"][job_id]["outputs"][output].is_null() {
                        report.fault_in(
                            path,
                            format!("job `{id}` reads output `{output}` of job `{job_id}`, which has no such output"),
                        );
                    }
                }
                for (step, _) in outputs(expression, "steps.").filter(|(step, _)| !steps.contains(step)) {
                    report.fault_in(path, format!("job `{id}` reads `steps.{step}`, which is not one of its steps"));
                }
            }
            items(&job["steps"]).for_each(|step| self::step(path, id, step, report));
        }
    }
}

/// `needs:` is a name or a list of names.
fn needs(value: &Value) -> BTreeSet<&str> {
    value.as_str().into_iter().chain(items(value).filter_map(Value::as_str)).collect()
}

/// The names in `needs.NAME.outputs.OUTPUT` or `steps.NAME.outputs.OUTPUT`.
fn outputs<'e>(expression: &'e str, context: &'e str) -> impl Iterator<Item = (&'e str, &'e str)> {
    behind(expression, context).filter_map(|rest| {
        let mut parts = rest.split('.');
        let name = parts.next()?;
        let output = parts.next().filter(|part| *part == "outputs").and(parts.next())?;
        Some((name, name_of(output)))
    })
}

fn step(path: &str, job: &str, step: &Value, report: &mut Report) {
    if step["run"].as_str().is_some_and(|script| script.contains("${{")) {
        report.fault_in(path, format!("a script of job `{job}` holds an expression, whose value becomes code"));
    }
    let Some(action) = step["uses"].as_str() else { return };
    let is_pinned = action.split_once('@').is_some_and(|(_, revision)| {
        revision.len() == 40 && revision.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    });
    if !is_pinned && !action.starts_with("./") {
        report.policy_in(path, format!("action `{action}` is not pinned to a commit"));
    }
}

#[cfg(test)]
mod tests {
    use super::outputs;
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "expressions";

    fn with(from: &str, to: &str) -> Sample {
        Sample::good().edit(".github/workflows/deploy.yml", from, to)
    }

    #[test]
    fn jobs_steps_and_outputs_exist() {
        Sample::good().assert_silent(RULE);
        with("needs: [build]", "needs: [built]").assert_finds(RULE, Fault, "needs `built`, which is not a job");
        with("needs: [build]", "needs: build").assert_silent(RULE);
        with("    needs: [build]\n", "").assert_finds(RULE, Fault, "`needs.build`, which it does not need");
        with("needs.build.outputs.digest", "needs.build.outputs.sha").assert_finds(RULE, Fault, "no such output");
        with("id: push", "id: pushed").assert_finds(RULE, Fault, "`steps.push`, which is not one of its steps");
        with("    environment: production\n", "    environment: production\n    if: needs.test.outputs.x == 'y'\n")
            .assert_finds(RULE, Fault, "`needs.test`");
    }

    #[test]
    fn scripts_hold_no_expression() {
        with("cd k8s", "cd ${{ github.ref }}").assert_finds(RULE, Fault, "becomes code");
    }

    #[test]
    fn actions_are_pinned() {
        with("@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7").assert_finds(
            RULE,
            Policy,
            "`actions/checkout@v7`",
        );
    }

    #[test]
    fn contexts_are_told_from_lookalikes() {
        let found = |expression| outputs(expression, "needs.").collect::<Vec<_>>();
        assert_eq!(found(" needs.a.outputs.b-c == steps.d.outputs.e "), [("a", "b-c")]);
        assert_eq!(found("github.needs.a.outputs.b || myneeds.a.outputs.b || needs.a.result"), []);
    }
}
