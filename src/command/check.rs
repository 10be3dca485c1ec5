//! `pykube check`: everything that can be known without a cluster.

use std::io::Write as _;

use super::Directory;
use super::exit::{Exit, examples};
use crate::app::Options;
use crate::check::{against_code, check, unread_code};
use crate::config;
use crate::detect::{NamedApplication, detect, detect_named};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::modules::unused_modules;
use crate::{render, screen, write};

/// Arguments of `pykube check`.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    directory: Directory,
}

/// What `--help` has below the options.
pub(crate) fn help() -> String {
    examples(
        &[
            ("pykube check", "app.toml, the code against it, and what would be rendered"),
            ("pykube check services/shop", "the project in another folder"),
        ],
        &[(Exit::Found, "something was found")],
    )
}

/// Prints what is wrong with `app.toml`, with the code against it, and with what would be rendered.
///
/// Exit code 2 when the code could not be looked at: a check that saw nothing has found nothing out.
pub(crate) fn run(arguments: &CheckArguments, quiet: bool) -> anyhow::Result<Exit> {
    let root = &arguments.directory.directory;
    let (config, document) = config::load(root)?;
    let app = render::resolved_from(&config, &document, root, &Options::default())?;
    let files = render::render(&app)?;
    let named = NamedApplication {
        folder: config.app.dir.as_deref().unwrap_or("."),
        entrypoint: &config.app.entrypoint,
        framework: config.app.framework,
        interface: config.app.interface(),
        settings: config.config.get("DJANGO_SETTINGS_MODULE").map(String::as_str),
    };
    let written = write::written_paths(root);
    let (mut findings, is_blind) = match detect_named(root, &named, &written)? {
        Some(project) => {
            let mut findings = against_code(&config, &document, &project, root, &written);
            findings.0.extend(unused_modules(&config, &document, &project, &written));
            (findings, false)
        }
        None => (Diagnostics::from(unread_code(&config, &document, &detect(root)?)), true),
    };
    findings.0.extend(check(&files).iter().map(|finding| Diagnostic::error(finding.to_string())));
    let mut out = screen::stdout();
    if findings.0.is_empty() {
        if !quiet {
            writeln!(out, "{} files, nothing found", files.len())?;
        }
        return Ok(Exit::Success);
    }
    writeln!(out, "{}", findings.render(true))?;
    let count = findings.0.len();
    writeln!(out, "\n{count} {}", if count == 1 { "finding" } else { "findings" })?;
    Ok(if is_blind { Exit::Trouble } else { Exit::Found })
}
