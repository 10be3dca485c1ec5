//! `pykube init`: reads the code, writes `app.toml`, says what was found and what was not.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use super::Directory;
use super::directory::open_project;
use super::exit::{Exit, examples};
use crate::app::Options;
use crate::config::{Config, Document, FILE_NAME};
use crate::detect::{self, Detection, NamedApplication, Project};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::init::Step;
use crate::{render, screen, write};

/// Arguments of `pykube init`.
#[derive(Debug, clap::Args)]
pub(crate) struct InitArguments {
    #[command(flatten)]
    directory: Directory,

    /// Overwrite the app.toml that is there.
    #[arg(long)]
    force: bool,

    /// Add what the code says now to the app.toml that is there; nothing in it is changed.
    #[arg(long, conflicts_with = "force")]
    update: bool,

    /// What the server imports, where detection cannot settle it: package.module:attribute.
    #[arg(long, value_name = "MODULE:ATTR")]
    entrypoint: Option<String>,

    /// Run `pykube render` afterwards.
    #[arg(long)]
    render: bool,
}

/// What `--help` has below the options.
pub(crate) fn help() -> String {
    examples(
        &[
            ("pykube init --render", "from the code to everything in one step"),
            ("pykube init --entrypoint shop.main:app", "where several applications could be meant"),
        ],
        &[],
    )
}

/// Detects, writes `app.toml` and prints what it believes.
pub(crate) fn run(arguments: &InitArguments, quiet: bool) -> anyhow::Result<Exit> {
    let root = &arguments.directory.directory;
    let target = open_project(root)?;
    let there = target.app_toml_bytes()?;
    let path = root.join(FILE_NAME);
    if there.is_some() && !arguments.force && !arguments.update {
        let fault = Diagnostic::error(format!("`{}` already exists; nothing was written", path.display()));
        return Err(Diagnostics::from(
            fault.help("`pykube init --update` adds what the code says now, `pykube init --force` overwrites it"),
        )
        .into());
    }
    let old = there.as_deref().filter(|_| arguments.update).map(String::from_utf8_lossy);
    let detection = detected(arguments, old.as_deref())?;
    let project = match &detection {
        Detection::Application(project) if project.entrypoint.is_some() => project,
        _ => {
            write!(screen::stderr(), "{}", detect::text(&detection, false))?;
            return Ok(Exit::Trouble);
        }
    };
    let (mut text, advice) = crate::init::app_toml(root, project)?;
    let changes = match &old {
        Some(old) => {
            let update = crate::init::update(old, &text)?;
            text = update.text;
            Some(update.changes)
        }
        None => None,
    };
    // What is written must be readable: a value of the repository that is not is our fault, said before anything is lost.
    let (config, document) = crate::config::parse(FILE_NAME.into(), text.clone())?;
    crate::app::resolve(&config, &document, &crate::app::Options::default())?;
    target.apply(&target.plan_app_toml(there.as_deref(), text.clone())?, false)?;
    // The render takes the lock of the folder itself.
    drop(target);
    if let Some(changes) = changes {
        return if quiet { Ok(Exit::Success) } else { say_changes(&changes) };
    }
    let steps = steps(root, &config, &document, &text, arguments.render)?;
    if !quiet {
        let next = if arguments.render { "" } else { "; next: pykube render" };
        say(&detection, project, &advice, &format!("wrote {}{next}", path.display()))?;
    }
    let mut exit = Exit::Success;
    if arguments.render {
        exit = super::render::run(&super::render::RenderArguments::for_directory(root.clone()), quiet)?;
    }
    if !quiet {
        say_steps(&steps)?;
    }
    Ok(exit)
}

/// What the code says; of the application that `old`, the text of an `app.toml`, names, where there is one.
fn detected(arguments: &InitArguments, old: Option<&str>) -> anyhow::Result<Detection> {
    let root = &arguments.directory.directory;
    let written = write::written_paths(root);
    let mut detection = match old {
        Some(old) => known(root, old, &written)?,
        None => detect::explain(root, &written)?.0,
    };
    if let (Detection::Several(several), Some(entrypoint)) = (&detection, &arguments.entrypoint)
        && let Some(candidate) = several.candidates.iter().find(|candidate| candidate.entrypoint == *entrypoint)
    {
        let wanted = NamedApplication {
            folder: &candidate.directory,
            entrypoint,
            framework: candidate.framework,
            interface: candidate.framework.default_interface(),
            settings: None,
        };
        if let Some(project) = detect::detect_named(root, &wanted, &written)? {
            detection = Detection::Application(Box::new(project));
        }
    }
    if let Detection::Application(project) = &mut detection {
        if let Some(entrypoint) = &arguments.entrypoint {
            project.entrypoint = Some(entrypoint.clone());
        }
        // What is shown is what app.toml says: another manager than the project's own may install the dependencies.
        if project.package_manager.is_some() {
            project.package_manager = Some(crate::init::manager(root, project));
        }
    }
    Ok(detection)
}

/// What the code says of the application that `old`, the text of an `app.toml`, names.
fn known(root: &Path, old: &str, written: &BTreeSet<String>) -> anyhow::Result<Detection> {
    let (config, _) = crate::config::parse(FILE_NAME.into(), old.to_owned())?;
    let wanted = NamedApplication {
        folder: config.app.dir.as_deref().unwrap_or("."),
        entrypoint: &config.app.entrypoint,
        framework: config.app.framework,
        interface: config.app.interface(),
        settings: config.config.get("DJANGO_SETTINGS_MODULE").map(String::as_str),
    };
    Ok(match detect::detect_named(root, &wanted, written)? {
        Some(mut project) => {
            project.name = Some(config.app.name.clone());
            Detection::Application(Box::new(project))
        }
        None => detect::explain(root, written)?.0,
    })
}

/// The steps from here to the first release.
fn steps(
    root: &Path,
    config: &Config,
    document: &Document,
    text: &str,
    is_rendered: bool,
) -> anyhow::Result<Vec<Step>> {
    let app = render::resolved_from(config, document, root, &Options::default())?;
    let files = render::render(&app)?;
    let workflow = files.iter().find(|(path, _)| path.is_workflow()).map(|(_, text)| text);
    Ok(crate::init::next_steps(config, text, workflow, is_rendered))
}

fn say_steps(steps: &[Step]) -> anyhow::Result<()> {
    let mut out = screen::stdout();
    writeln!(out, "\nTo the first release:")?;
    for (number, step) in (1..).zip(steps) {
        writeln!(out, "  {number}. {}", step.what)?;
        for command in &step.commands {
            writeln!(out, "       {command}")?;
        }
    }
    Ok(())
}

/// What an update added, and where app.toml and the code say different things.
fn say_changes(changes: &[String]) -> anyhow::Result<Exit> {
    let mut out = screen::stdout();
    if changes.is_empty() {
        writeln!(out, "app.toml has all that the code says; nothing was changed")?;
    }
    for change in changes {
        writeln!(out, "  {}", screen::one_line(change))?;
    }
    if !changes.is_empty() {
        writeln!(out, "\n+ was added, ~ is left for you to decide; next: pykube check")?;
    }
    Ok(Exit::Success)
}

/// What was detected, what to look at, and `last`.
fn say(detection: &Detection, project: &Project, advice: &[String], last: &str) -> anyhow::Result<()> {
    let mut out = screen::stdout();
    write!(out, "{}", detect::text(detection, false))?;
    // The summary ends with its own list of warnings, where there are any.
    if !advice.is_empty() && project.warnings.is_empty() {
        writeln!(out, "\nPlease check:")?;
    }
    for line in advice {
        writeln!(out, "  ! {line}")?;
    }
    writeln!(out, "\n{last}")?;
    Ok(())
}
