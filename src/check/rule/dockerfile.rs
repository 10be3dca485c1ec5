//! A Dockerfile whose images parse, whose stages exist, and whose process is neither a shell nor root.

use super::Report;
use crate::check::tree::Tree;
use crate::kube::dockerfile::{Dockerfile, exec_form};
use crate::kube::grammar::image_reference::ImageReference;

pub(super) fn check(tree: &Tree, report: &mut Report) {
    for (path, dockerfile) in &tree.dockerfiles {
        bases(path, dockerfile, report);
        copies(path, dockerfile, report);
        process(path, dockerfile, report);
        directives(path, tree.files.get(path).unwrap_or_default(), report);
    }
}

fn bases(path: &str, dockerfile: &Dockerfile, report: &mut Report) {
    let mut stages: Vec<&str> = Vec::new();
    for stage in dockerfile.stages() {
        let base = dockerfile.expand(stage.base);
        let is_known = stages.contains(&base.as_str()) || base == "scratch";
        match ImageReference::parse(&base) {
            _ if is_known => {}
            None => report
                .fault_in(path, format!("line {}: base `{base}` is an image that no builder can parse", stage.line)),
            Some(reference) if !reference.is_pinned() => {
                report.policy_in(path, format!("line {}: base `{base}` is not pinned", stage.line));
            }
            Some(_) => {}
        }
        stages.extend(stage.name);
    }
    if stages.is_empty() && dockerfile.all("FROM").next().is_none() {
        report.fault_in(path, "has no `FROM`");
    }
}

/// `COPY --from` and `--mount=from=` name a stage or an image.
fn copies(path: &str, dockerfile: &Dockerfile, report: &mut Report) {
    let stages: Vec<_> = dockerfile.stages().filter_map(|stage| stage.name).collect();
    for instruction in &dockerfile.instructions {
        let flags = instruction.arguments.split_ascii_whitespace().take_while(|word| word.starts_with("--"));
        let sources = flags.filter_map(|flag| match flag.strip_prefix("--mount=") {
            Some(options) => options.split(',').find_map(|option| option.strip_prefix("from=")),
            None => flag.strip_prefix("--from="),
        });
        for source in sources {
            let is_image = source.contains(['/', ':', '@']) && ImageReference::parse(source).is_some();
            if !is_image && !stages.contains(&source) {
                report
                    .fault_in(path, format!("line {}: copies from `{source}`, which is not a stage", instruction.line));
            }
        }
    }
}

fn process(path: &str, dockerfile: &Dockerfile, report: &mut Report) {
    for keyword in ["CMD", "ENTRYPOINT"] {
        for instruction in dockerfile.runtime().iter().filter(|instruction| instruction.keyword == keyword) {
            if exec_form(instruction).is_none() {
                report.fault_in(
                    path,
                    format!("line {}: `{keyword}` is in shell form; the shell receives the signals", instruction.line),
                );
            }
        }
    }
    if dockerfile.effective("CMD").is_none() && dockerfile.effective("ENTRYPOINT").is_none() {
        report.fault_in(path, "has no `CMD`; the base image's runs");
    }
    match dockerfile.effective("USER") {
        None => report.fault_in(path, "has no `USER`; the process runs as root"),
        Some(user) => {
            let is_number = |part: &str| part.parse::<u32>().is_ok_and(|id| id > 0);
            if !user.arguments.split(':').all(is_number) {
                // The kubelet cannot tell from a name whether it is root.
                report.fault_in(path, format!("line {}: user `{}` is not a number above 0", user.line, user.arguments));
            }
        }
    }
    for port in dockerfile.runtime().iter().filter(|instruction| instruction.keyword == "EXPOSE") {
        let number = port.arguments.split('/').next().unwrap_or_default();
        if !number.parse::<u16>().is_ok_and(|number| number > 0) {
            report.fault_in(path, format!("line {}: exposes `{}`, which is not a port", port.line, port.arguments));
        }
    }
}

/// A parser directive counts on the first line only; below anything else it is a comment like others.
fn directives(path: &str, text: &str, report: &mut Report) {
    for (number, line) in text.lines().enumerate().skip(1) {
        if line.starts_with("# syntax=") {
            report.fault_in(
                path,
                format!("line {}: `{line}` is not on the first line, where it would count", number + 1),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "dockerfile";

    fn with(from: &str, to: &str) -> Sample {
        Sample::good().edit("Dockerfile", from, to)
    }

    #[test]
    fn bases_parse_and_are_fixed() {
        Sample::good().assert_silent(RULE);
        with("3.14-slim-trixie", "3.13,<3.14").assert_finds(RULE, Fault, "`docker.io/library/python:3.13,<3.14`");
        with("ARG PYTHON=3.14-slim-trixie", "ARG OTHER=1").assert_finds(RULE, Fault, "python:`");
        with("uv:0.13.9", "uv:latest").assert_finds(RULE, Policy, "is not pinned");
        with("uv:0.13.9", "uv").assert_finds(RULE, Policy, "is not pinned");
    }

    #[test]
    fn stages_exist() {
        with("--from=build", "--from=builder").assert_finds(RULE, Fault, "`builder`, which is not a stage");
        with("--from=uv", "--from=ghcr.io/astral-sh/uv:0.13.9").assert_silent(RULE);
        with("RUN --mount=type=bind,", "RUN --mount=type=bind,from=gone,").assert_finds(RULE, Fault, "`gone`");
    }

    #[test]
    fn the_process_is_no_shell_and_not_root() {
        with(
            "CMD [\"gunicorn\", \"--config\", \"/app/gunicorn.conf.py\", \"config.wsgi:application\"]",
            "CMD gunicorn config.wsgi",
        )
        .assert_finds(RULE, Fault, "`CMD` is in shell form");
        with("CMD [\"gunicorn\"", "LABEL a=[\"gunicorn\"").assert_finds(RULE, Fault, "has no `CMD`");
        with("USER 10001:10001\n", "").assert_finds(RULE, Fault, "runs as root");
        for bad in ["app", "0", "10001:app", "0:0"] {
            with("USER 10001:10001", &format!("USER {bad}")).assert_finds(RULE, Fault, "not a number above 0");
        }
        with("EXPOSE 8000", "EXPOSE 80000").assert_finds(RULE, Fault, "not a port");
    }

    #[test]
    fn the_syntax_line_comes_first() {
        with("# syntax=docker/dockerfile:1\n", "# checkov:skip=X: y\n# syntax=docker/dockerfile:1\n")
            .assert_finds(RULE, Fault, "line 2");
    }
}
