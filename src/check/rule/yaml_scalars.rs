//! No YAML text holds a plain scalar that two readers take for two things, nor any form that we never write.

use super::Report;
use crate::file_set::RelativePath;

use crate::kube::yaml::plain_scalar::doubt;
use crate::kube::yaml::scanner::{Kind, Token, tokens};

pub(super) fn check(path: &RelativePath, text: &str, report: &mut Report) {
    if !path.is_yaml() {
        return;
    }
    let is_workflow = path.is_workflow();
    for token in tokens(text).iter().filter(|token| Token::is_plain(token)) {
        let place = format!("{}:{}", token.line, token.column);
        if token.kind == Kind::Foreign {
            report.fault_in(
                path,
                format!("{place}: `{}` is an anchor, alias, tag, directive or broken line", token.text),
            );
            continue;
        }
        // GitHub's reader knows `on` as a key, and every workflow writes it so.
        if is_workflow && token.kind == Kind::Key && token.column == 1 && token.text == "on" {
            continue;
        }
        if let Some(doubt) = doubt(token.text) {
            let why = doubt.why;
            report.fault_in(path, format!("{place}: `{}` {why}; it needs double quotes", token.text));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::Fault;
    use crate::check::fixture::Sample;

    const RULE: &str = "yaml-scalars";

    #[test]
    fn what_readers_disagree_over_is_quoted() {
        let with = |value: &str| Sample::good().edit("k8s/config-map.yaml", "info", value);
        with("\"yes\"").assert_silent(RULE);
        with("1.4.2").assert_silent(RULE);
        for bad in ["yes", "y", "1e3", "0o17", "12:30", "2026-01-01", "123e456", "~", "3.10"] {
            with(bad).assert_finds(RULE, Fault, &format!("`{bad}`"));
        }
        Sample::good().edit("k8s/config-map.yaml", "LOG_LEVEL", "no").assert_finds(
            RULE,
            Fault,
            "8:3: `no` is a boolean",
        );
        Sample::good().edit("k8s/config-map.yaml", "data:\n", "data: &x\n").assert_finds(RULE, Fault, "anchor");
    }

    #[test]
    fn on_is_a_key_of_workflows_only() {
        Sample::good().assert_silent(RULE);
        Sample::good()
            .edit(".github/workflows/deploy.yml", "push:\n    b", "on:\n    b")
            .assert_finds(RULE, Fault, "`on`");
        Sample::good().edit("k8s/namespace.yaml", "metadata:", "on: 1\nmetadata:").assert_finds(RULE, Fault, "`on`");
    }
}
