//! `app.toml` against the code that it deploys: what the one says and the other does not know.

use std::collections::BTreeSet;
use std::path::Path;

use crate::config::section::PLACEHOLDER_OWNER;
use crate::config::{Config, Document, defaults};
use crate::detect::{DetectedServer, Detection, Project, PythonBound, allows_python};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::file_set::file_name;
use crate::vocabulary::Framework;

/// Variables that no code of the project reads by name: the interpreter, the server, the framework or a library does. `*` stands for
/// any end.
const READ_BY_OTHERS: [&str; 21] = [
    "DJANGO_SETTINGS_MODULE",
    "FLASK_*",
    "PYTHON*",
    "WEB_CONCURRENCY",
    "GUNICORN_*",
    "UVICORN_*",
    "GRANIAN_*",
    "FORWARDED_ALLOW_IPS",
    "OTEL_*",
    "SENTRY_*",
    "AWS_*",
    "GOOGLE_*",
    "AZURE_*",
    "MALLOC_*",
    "OMP_*",
    "TZ",
    "LANG",
    "LC_*",
    "DD_*",
    "NEW_RELIC_*",
    "PORT",
];

/// Parts of a module's name that tell settings for development or tests.
const NOT_FOR_PRODUCTION: [&str; 8] = ["dev", "development", "local", "test", "tests", "testing", "debug", "ci"];

/// Why the code could not be held against `config`, which names a module that `detection` does not have.
pub fn unread_code(config: &Config, document: &Document, detection: &Detection) -> Diagnostic {
    let entry_point = &config.app.entrypoint;
    let module = entry_point.split_once(':').map_or(entry_point.as_str(), |(module, _)| module);
    let fault = Diagnostic::error(format!(
        "`app.entrypoint` names `{module}`, and there is no such module; the code was not looked at"
    ));
    let mut fault = document.at_value(fault, &["app", "entrypoint"], "");
    match detection {
        Detection::Application(project) => {
            if let Some(found) = &project.entrypoint {
                let dir = Some(&project.backend_dir).filter(|dir| *dir != ".");
                let dir = dir.map_or(String::new(), |dir| format!(" in `{dir}`, which `app.dir` has to name"));
                fault = fault.help(format!("the code has `{found}`{dir}"));
            }
        }
        Detection::Several(several) => {
            for candidate in &several.candidates {
                fault = fault.help(format!("`{}` is in `{}`", candidate.entrypoint, candidate.directory));
            }
        }
        Detection::Nothing(nothing) if nothing.python_files == 0 => {
            fault = fault.help("there is no Python file in this folder: give the folder of the application");
        }
        Detection::Nothing(nothing) => {
            fault = fault.help(format!("none of the {} Python files creates an application", nothing.python_files));
        }
    }
    match &config.app.dir {
        Some(dir) => fault.help(format!("modules are looked for in `{dir}`, as `app.dir` says")),
        None => fault,
    }
}

/// Everything in `config` that the code below `root`, which is `project`, contradicts. Warnings except for what cannot
/// start.
///
/// `written` holds the paths below `root` of the files that pykube wrote.
pub fn against_code(
    config: &Config,
    document: &Document,
    project: &Project,
    root: &Path,
    written: &BTreeSet<String>,
) -> Diagnostics {
    let check = Check { config, document, project, root, written };
    let mut findings = Diagnostics::default();
    findings.0.extend(check.placeholder());
    findings.0.extend(check.python());
    findings.0.extend(check.lock_file());
    findings.0.extend(check.missing_variables());
    findings.0.extend(check.unread_variables());
    findings.0.extend(check.probe_paths());
    findings.0.extend(check.settings_module());
    findings.0.extend(check.server());
    findings.0.extend(check.beat());
    findings.0.extend(super::serving::findings(config, document, project));
    findings.0.extend(super::first_deployment::findings(config, document, project, root));
    findings
}

struct Check<'a> {
    config: &'a Config,
    document: &'a Document,
    project: &'a Project,
    root: &'a Path,
    written: &'a BTreeSet<String>,
}

impl Check<'_> {
    /// What `pykube init` writes where it does not know the owner, left as it was.
    fn placeholder(&self) -> Option<Diagnostic> {
        let repository = &self.config.image.repository;
        let (owners, name) = repository.rsplit_once('/')?;
        if !owners.split('/').any(|part| part == PLACEHOLDER_OWNER) {
            return None;
        }
        let fault = Diagnostic::warning(format!("`{repository}` is a placeholder: the image cannot be pushed there"));
        let help = format!("put your own registry and owner in: `ghcr.io/OWNER/{name}`");
        Some(self.document.at_value(fault, &["image", "repository"], "").help(help))
    }

    /// The image's Python against what the project says of it: the tests and the lock file are about another one.
    fn python(&self) -> Vec<Diagnostic> {
        let written = self.config.app.python.clone().unwrap_or_else(defaults::app::python);
        let Some(minor) = written.strip_prefix("3.").and_then(|minor| minor.parse().ok()) else { return Vec::new() };
        let bounds = self.project.python_bounds.iter().filter(|bound| !allows_python(&bound.specifier, minor));
        let finding = |bound: &PythonBound| {
            let PythonBound { specifier, place: evidence } = bound;
            let place = evidence.place();
            let path: &[&str] =
                if self.config.app.python.is_some() { &["app", "python"] } else { &["app", "framework"] };
            let fault =
                Diagnostic::warning(format!("the image has Python {written}, and `{place}` asks for `{specifier}`"));
            self.document.at_value(fault, path, "").help("say the same in both: `[app] python`, and that file")
        };
        bounds.map(finding).collect()
    }

    fn lock_file(&self) -> Option<Diagnostic> {
        let written = self.config.build.lock.as_deref().unwrap_or(self.config.build.manager.default_lock());
        if self.root.join(written).is_file() {
            return None;
        }
        let fault = Diagnostic::error(format!("`build.lock` names `{written}`, and there is no such file"));
        let path: &[&str] = if self.config.build.lock.is_some() { &["build", "lock"] } else { &["app", "framework"] };
        let fault = self.document.at_value(fault, path, "");
        Some(match &self.project.lockfile {
            Some(found) => fault.help(format!("the code has `{found}`")),
            None => fault,
        })
    }

    /// Read without a default, and provided by nothing: the process exits at startup.
    fn missing_variables(&self) -> Vec<Diagnostic> {
        let environment = &self.project.environment;
        let lines = [("config", &environment.config), ("secrets.env", &environment.secret)];
        let mut findings = Vec::new();
        for (section, variables) in lines {
            for variable in variables.iter().filter(|variable| {
                variable.required && !self.provides(&variable.name) && self.is_part(&variable.place.file)
            }) {
                let fault = Diagnostic::warning(format!(
                    "`{}` is read without a default, and app.toml does not provide it",
                    variable.name
                ));
                findings.push(fault.help(format!("read at {}; it belongs in [{section}]", variable.place.place())));
            }
        }
        findings
    }

    fn provides(&self, name: &str) -> bool {
        super::provided::provides(self.config, name)
    }

    /// Provided, and read by nothing that can be seen.
    fn unread_variables(&self) -> Vec<Diagnostic> {
        let known = |name: &str| {
            let environment = &self.project.environment;
            environment.config.iter().chain(&environment.secret).any(|variable| variable.name == name)
                || READ_BY_OTHERS
                    .iter()
                    .any(|other| other.strip_suffix('*').map_or(name == *other, |start| name.starts_with(start)))
        };
        let config = self.config.config.keys().map(|name| (name, vec!["config", name.as_str()]));
        let secrets = self.config.secrets.env.keys().map(|name| (name, vec!["secrets", "env", name.as_str()]));
        config
            .chain(secrets)
            .filter(|(name, _)| !known(name))
            .map(|(name, path)| {
                let fault = Diagnostic::warning(format!("`{name}` is provided, and no code here reads it"));
                self.document.at_key(fault, &path, "").help("a misspelled name, or one that a library reads")
            })
            .collect()
    }

    /// A path that no route of the application answers; where it has no health route at all, a library may serve one.
    fn probe_paths(&self) -> Vec<Diagnostic> {
        let (served, beside): (Vec<_>, Vec<_>) =
            self.project.served.iter().partition(|served| self.is_part(&served.file));
        let is_served = |path: &str| served.iter().any(|served| served.path == path);
        let health = self.project.health.iter().map(|health| health.path.as_str());
        let known: Vec<&str> = health.filter(|path| is_served(path)).collect();
        let mut findings = Vec::new();
        for (key, section) in [
            ("liveness", &self.config.probes.liveness),
            ("readiness", &self.config.probes.readiness),
            ("startup", &self.config.probes.startup),
        ] {
            let Some(path) = section.as_ref().and_then(crate::config::section::ProbeSection::path) else { continue };
            let answering: Vec<_> = served.iter().filter(|served| answers(&served.path, path)).collect();
            if let Some(login) = answering.iter().map(|served| served.login.as_ref()).collect::<Option<Vec<_>>>()
                && let Some(reason) = login.first()
            {
                let fault =
                    Diagnostic::warning(format!("`probes.{key}` requests `{path}`, which needs a login: {reason}"));
                let fault = fault.help("a probe has no credentials; `pykube add health` writes paths without a login");
                findings.push(self.document.at_value(fault, &["probes", key], ""));
            }
            if !answering.is_empty() {
                continue;
            }
            let fault = if let Some(route) = beside.iter().find(|served| answers(&served.path, path)) {
                let place = format!("{}:{}", route.file, route.line);
                Diagnostic::warning(format!(
                    "`probes.{key}` requests `{path}`, which only `{place}` answers, and the application does not use that module"
                ))
                .help(self.way_in(&route.file))
            } else if known.is_empty() {
                continue;
            } else {
                Diagnostic::warning(format!("`probes.{key}` requests `{path}`, and no route of that path was found"))
                    .help(format!("health routes of the code: {}", known.join(", ")))
            };
            findings.push(self.document.at_value(fault, &["probes", key], ""));
        }
        findings
    }

    /// Whether the module at `path` runs with the application; one that `pykube add` wrote does nothing by being imported.
    fn is_part(&self, path: &str) -> bool {
        let Some(reach) = &self.project.reach else { return true };
        if self.written.contains(path) { reach.uses(path) } else { reach.imports(path) }
    }

    /// How a module becomes part of the application.
    fn way_in(&self, path: &str) -> String {
        if self.written.contains(path) {
            let module = file_name(path).trim_end_matches(".py").replace('_', "-");
            format!("`pykube add {module}` prints the lines that wire it in")
        } else {
            format!("import it from what `{}` runs", self.config.app.entrypoint)
        }
    }

    fn settings_module(&self) -> Option<Diagnostic> {
        if self.config.app.framework != Framework::Django {
            return None;
        }
        let (module, written) = match self.config.config.get("DJANGO_SETTINGS_MODULE") {
            Some(module) => (module.as_str(), true),
            None => (self.project.settings_default.as_deref().or(self.project.settings_module.as_deref())?, false),
        };
        if !module.split(['.', '_']).any(|part| NOT_FOR_PRODUCTION.contains(&part)) {
            return None;
        }
        let fault = Diagnostic::warning(format!("`{module}` is a settings module for development or tests"));
        let path: &[&str] = if written { &["config", "DJANGO_SETTINGS_MODULE"] } else { &["app", "framework"] };
        let fault = self.document.at_value(fault, path, "");
        Some(match &self.project.settings_module {
            Some(found) if found != module => fault.help(format!("[config] DJANGO_SETTINGS_MODULE = \"{found}\"")),
            _ => fault.help("[config] DJANGO_SETTINGS_MODULE names the one for production"),
        })
    }

    /// A schedule that no process plans never comes.
    fn beat(&self) -> Option<Diagnostic> {
        let celery = self.project.celery.as_ref().filter(|celery| celery.beat)?;
        let plans =
            |command: &str| command.split_whitespace().any(|word| word == "beat" || word == "-B" || word == "--beat");
        if self.config.workers.values().any(|worker| plans(&worker.command)) {
            return None;
        }
        let fault = Diagnostic::warning("the code has a Celery schedule, and no worker runs beat");
        Some(fault.help(format!("[workers.beat] command = \"celery -A {} beat\", singleton = true", celery.app)))
    }

    /// The server must be installed with the runtime dependencies, or beside them.
    fn server(&self) -> Option<Diagnostic> {
        if self.config.server.command.is_some() {
            return None;
        }
        let kind = self.config.server_kind();
        let name = kind.package();
        let declared = self.project.installed_servers.contains(&DetectedServer::Known(kind));
        let beside = self.config.build.packages.iter().any(|package| package.to_ascii_lowercase().starts_with(name));
        if declared || beside {
            return None;
        }
        let fault = Diagnostic::warning(format!("{name} is not among the runtime dependencies of the project"));
        let path: &[&str] = if self.config.server.kind.is_some() { &["server", "kind"] } else { &["app", "framework"] };
        Some(
            self.document
                .at_value(fault, path, "the server")
                .help(format!("add it there, or pinned to [build] packages: \"{name}==…\"")),
        )
    }
}

/// Whether a route, its parameters as written, answers `path`; a slash at the end makes no difference here.
fn answers(route: &str, path: &str) -> bool {
    let parts = |text: &str| text.trim_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let path = path.split('?').next().unwrap_or(path);
    let (route, path) = (parts(route), parts(path));
    let is_parameter = |part: &str| part.contains(['<', '{', '(', '[', '*', '\\']);
    // `<path:rest>` and regular expressions may stand for any number of parts.
    let open = route.iter().position(|part| part.contains("path:") || part.contains(['(', '*', '\\']));
    let fixed = open.unwrap_or(route.len());
    (open.is_some() && path.len() >= fixed || route.len() == path.len())
        && route[..fixed].iter().zip(&path).all(|(route, path)| route == path || is_parameter(route))
}

#[cfg(test)]
mod tests {
    use super::answers;

    #[test]
    fn routes_with_and_without_parameters() {
        assert!(
            answers("/api/version/", "/api/version")
                && answers("/", "/")
                && answers("/shops/<int:shop>/up", "/shops/1/up")
        );
        assert!(answers("/files/{rest:path}", "/files/a") && answers("/static/<path:name>", "/static/a/b"));
        assert!(!answers("/api/version", "/api") && !answers("/health", "/healthz") && !answers("/a/<b>", "/a"));
        assert!(answers("/health", "/health?simple=1"));
    }
}
