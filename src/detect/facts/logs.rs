//! Logs that go to files: a pod's root is read-only, and whoever looks for its logs looks at what it prints.

use crate::detect::code::{Source, is_aside, is_test};
use crate::detect::context::Context;
use crate::detect::python::{Expr, ExprKind, walk};
use crate::detect::tree::extension;

/// Classes that open a file as soon as logging is configured.
/// Source: <https://docs.python.org/3/library/logging.handlers.html>
pub(super) const HANDLERS: [&str; 4] =
    ["FileHandler", "RotatingFileHandler", "TimedRotatingFileHandler", "WatchedFileHandler"];

/// A sentence for each log of the code; `text` works paths out, and those of the repository begin with `root`.
pub(super) fn of_code(
    context: &Context<'_>,
    root: &str,
    text: impl Fn(&Source, &Expr) -> Option<String>,
) -> Vec<String> {
    let mut found = Vec::new();
    for source in context.sources().filter(|source| source.mentions("FileHandler")) {
        for expr in walk::expressions(&source.module.body) {
            let file = match &expr.kind {
                ExprKind::Call(call) if HANDLERS.contains(&call.callee()) => call.argument(0, "filename"),
                _ => {
                    let class = expr.entry("class").and_then(Expr::as_str);
                    expr.entry("filename").filter(|_| class.is_some_and(|class| class.ends_with("FileHandler")))
                }
            };
            let Some(path) = file.and_then(|file| text(source, file)) else { continue };
            let below = path.strip_prefix(root).map(|rest| rest.trim_start_matches('/'));
            found.extend(sentence(&source.evidence(expr.line).place(), below.unwrap_or(&path)));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// A sentence for each handler of an ini file that `logging.config.fileConfig` reads.
/// Source: <https://docs.python.org/3/library/logging.config.html#configuration-file-format>
pub(super) fn of_ini_files(context: &Context<'_>) -> Vec<String> {
    let tree = context.code.tree;
    let is_ini = |path: &&str| {
        matches!(extension(path), "ini" | "conf" | "cfg")
            && !is_test(path)
            && !is_aside(path)
            && !path.ends_with("alembic.ini")
    };
    let mut found = Vec::new();
    for path in tree.paths().filter(is_ini) {
        let Some(text) = tree.read(path).filter(|text| text.contains("FileHandler") && text.contains("[handler_"))
        else {
            continue;
        };
        let mut is_file = false;
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.starts_with('[') {
                is_file = false;
            } else if let Some((key, value)) = line.split_once('=') {
                match key.trim() {
                    "class" => is_file = value.trim().ends_with("FileHandler"),
                    "args" if is_file => {
                        let file = value.split(['"', '\'']).nth(1).unwrap_or_default();
                        found.extend(sentence(&format!("{path}:{number}"), file));
                    }
                    _ => {}
                }
            }
        }
    }
    found
}

fn sentence(place: &str, file: &str) -> Option<String> {
    if file.is_empty() || file.starts_with("/tmp/") || file.starts_with("/dev/") {
        return None;
    }
    Some(if file.starts_with('/') {
        format!(
            "{place} logs to {file}, which cannot be written in a pod: the process ends; log to stdout, as `pykube add logging` does"
        )
    } else {
        format!(
            "{place} logs to the file {file}, which is lost with the pod and which nobody reads there: `pykube add logging` writes to stdout"
        )
    })
}
