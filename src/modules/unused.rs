//! Modules that `pykube add` wrote and that nothing uses: the lines that put them in were forgotten.

use std::collections::BTreeSet;

use super::kind::ModuleKind;
use crate::config::{Config, Document};
use crate::detect::Project;
use crate::diagnostic::Diagnostic;

/// A finding for each module among `written`, the files that pykube wrote, that does not run with `project`.
pub(crate) fn unused_modules(
    config: &Config,
    document: &Document,
    project: &Project,
    written: &BTreeSet<String>,
) -> Vec<Diagnostic> {
    let Some(reach) = &project.reach else { return Vec::new() };
    let modules = written.iter().filter_map(|path| Some((path, kind_of(path)?)));
    let unused = modules.filter(|(path, kind)| !reach.uses(path) && !is_known_otherwise(*kind, config));
    let finding = |(path, kind): (&String, ModuleKind)| {
        let entry_point = &config.app.entrypoint;
        let fault =
            Diagnostic::warning(format!("`{path}` does nothing: no module that `{entry_point}` runs makes use of it"));
        let fault = fault.help(format!("`pykube add {kind}` prints the lines that wire it in"));
        match key(kind, config) {
            Some(key) => document.at_value(fault, &key, "relies on it"),
            None => fault,
        }
    };
    unused.map(finding).collect()
}

fn kind_of(path: &str) -> Option<ModuleKind> {
    let stem = path.rsplit('/').next()?.strip_suffix(".py")?;
    ModuleKind::ALL.into_iter().find(|kind| kind.module() == stem)
}

/// Whether something else than an import uses the module, or another finding tells that nothing does.
fn is_known_otherwise(kind: ModuleKind, config: &Config) -> bool {
    match kind {
        // The probes that ask its paths are looked at one by one.
        ModuleKind::Health => config.probes.liveness.is_some() || config.probes.readiness.is_some(),
        // gunicorn runs it on its own.
        ModuleKind::Logging => config.server.log_config.is_some(),
        ModuleKind::Metrics | ModuleKind::DbPool | ModuleKind::Heartbeat => false,
    }
}

/// The key of `app.toml` that relies on the module.
fn key(kind: ModuleKind, config: &Config) -> Option<Vec<&str>> {
    match kind {
        ModuleKind::Metrics => {
            config.monitoring.as_ref()?.metrics.as_ref()?;
            Some(vec!["monitoring", "metrics"])
        }
        ModuleKind::Heartbeat => {
            let (name, _) = config.workers.iter().find(|(_, worker)| worker.heartbeat.is_some())?;
            Some(vec!["workers", name, "heartbeat"])
        }
        ModuleKind::Health | ModuleKind::Logging | ModuleKind::DbPool => None,
    }
}
