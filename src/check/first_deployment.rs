//! `app.toml` against what the code needs of the place that it runs in: addresses, hosts, folders, packages. What is wrong here
//! shows in the first deployment.

use std::path::Path;

use super::provided::provides;
use crate::config::Document;
use crate::config::section::{Config, ExposeKind};
use crate::data::ServerFacts;
use crate::detect::{DATABASE, Evidence, Migrations, Project, Switch, Variable, WrittenPlace, loopback, stores_in};
use crate::diagnostic::Diagnostic;
use crate::file_set::file_name;
use crate::vocabulary::{APP_FOLDER, Framework, allowed_hosts};

/// Everything that does not fit.
pub(super) fn findings(config: &Config, document: &Document, project: &Project, root: &Path) -> Vec<Diagnostic> {
    let first = FirstDeployment { config, document, project, root };
    let mut found = first.code();
    found.extend(first.entry_point());
    found.extend(first.values());
    found.extend(first.debugging_unset());
    found.extend(first.defaults());
    if config.app.framework == Framework::Django {
        found.extend(first.hosts());
        found.extend(first.redirect());
        found.extend(first.static_root());
    }
    found.extend(first.revisions());
    found.extend(first.sqlite());
    found.extend(first.written());
    found.extend(first.system_packages());
    found
}

struct FirstDeployment<'a> {
    config: &'a Config,
    document: &'a Document,
    project: &'a Project,
    root: &'a Path,
}

impl FirstDeployment<'_> {
    fn at(&self, fault: Diagnostic, path: &[&str]) -> Diagnostic {
        self.document.at_value(fault, path, "")
    }

    /// Whether a file is not code, or is code that runs with the application.
    fn runs(&self, file: &str) -> bool {
        !file.ends_with(".py") || self.project.reach.as_ref().is_none_or(|reach| reach.imports(file))
    }

    /// What the code itself says that fails anywhere but on a developer's machine.
    fn code(&self) -> Vec<Diagnostic> {
        let faults = self.project.pitfalls.faults.iter();
        faults
            .map(|fault| {
                let place = fault.place.place();
                Diagnostic::warning(format!("{place}: {}", fault.message)).help(fault.help.as_str())
            })
            .collect()
    }

    fn entry_point(&self) -> Option<Diagnostic> {
        let missing = self.project.serving.missing_attribute.as_ref()?;
        let (module, attribute) = self.config.app.entrypoint.split_once(':')?;
        let message = format!("`{module}` has no `{attribute}`: the server exits at startup");
        let fault = self.at(Diagnostic::error(message), &["app", "entrypoint"]);
        Some(match missing.as_str() {
            "" => fault,
            other => fault.help(format!("the code has `{module}:{other}`")),
        })
    }

    /// Values of `[config]` that work only on a developer's machine.
    fn values(&self) -> Vec<Diagnostic> {
        self.config.config.iter().filter_map(|(name, value)| self.value(name, value)).collect()
    }

    fn value(&self, name: &str, value: &str) -> Option<Diagnostic> {
        let (message, help) = if let Some(host) = loopback(value).filter(|_| self.config.sidecars.is_empty())
            && stores_in(name).next().is_some()
        {
            let message = format!("`{name}` is `{host}`, the pod itself, and nothing answers there");
            (message, format!("the address of the server as the cluster knows it: {name} = \"…\""))
        } else if self.is_debugging(name, value) {
            let off = self.project.environment.debug_switch(name).map_or("false", |switch| switch.off(None));
            (
                "`DEBUG` is on: every error shows settings and code to any visitor".to_owned(),
                format!("{name} = \"{off}\""),
            )
        } else if name.ends_with("CSRF_TRUSTED_ORIGINS")
            && let Some(origin) = value.split([',', ' ']).find(|origin| !origin.is_empty() && !origin.contains("://"))
        {
            let message =
                format!("`{origin}` in `{name}` has no scheme, and Django's own check of it fails at startup");
            (message, format!("write `https://{origin}`"))
        } else {
            return None;
        };
        Some(self.at(Diagnostic::warning(message), &["config", name]).help(help))
    }

    /// Whether a value switches debugging on, by how the code reads it, else by the usual names and words.
    fn is_debugging(&self, name: &str, value: &str) -> bool {
        let by_code = self.project.environment.debug_switch(name).and_then(|switch| switch.is_on(value));
        by_code.unwrap_or_else(|| {
            let is_usual = ["DEBUG", "DJANGO_DEBUG", "FLASK_DEBUG", "APP_DEBUG"].contains(&name);
            is_usual && ["true", "1", "yes", "on"].iter().any(|word| value.trim().eq_ignore_ascii_case(word))
        })
    }

    /// Debugging that is on as long as nobody switches it off.
    fn debugging_unset(&self) -> Vec<Diagnostic> {
        let unset = |switch: &&Switch| switch.is_on_unset && !provides(self.config, &switch.variable);
        let open = self.project.environment.debug.iter().filter(unset).filter(|switch| self.runs(&switch.place.file));
        open.map(|switch| {
            let (name, place) = (&switch.variable, switch.place.place());
            let message = format!("{place}: `DEBUG` is on as long as `{name}` is not provided");
            Diagnostic::warning(message).help(format!("[config] {name} = \"{}\"", switch.off(None)))
        })
        .collect()
    }

    /// Variables that nothing provides and whose default is for a developer's machine.
    fn defaults(&self) -> Vec<Diagnostic> {
        let environment = &self.project.environment;
        let all = environment.config.iter().chain(&environment.secret);
        let is_open = |variable: &&Variable| {
            variable.is_local
                && !variable.required
                && stores_in(&variable.name).next().is_some()
                && !self.is_beside_sqlite(variable)
                && !provides(self.config, &variable.name)
                && self.runs(&variable.place.file)
        };
        // What the code itself writes there is reported already.
        let is_reported = |variable: &&Variable| {
            self.project.pitfalls.faults.iter().any(|fault| fault.place.place() == variable.place.place())
        };
        all.filter(is_open)
            .filter(|variable| !is_reported(variable))
            .map(|variable| {
                let (name, place) = (&variable.name, variable.place.place());
                let message = format!(
                    "{place}: `{name}` is not provided, and its default is the address on a developer's machine"
                );
                Diagnostic::warning(message).help(format!("put {name} in [config] or [secrets.env]"))
            })
            .collect()
    }

    /// Whether a variable is about the server that the settings have beside the SQLite file.
    fn is_beside_sqlite(&self, variable: &Variable) -> bool {
        let choice = self
            .project
            .sqlite_choice
            .as_ref()
            .filter(|choice| choice.other.as_ref().is_some_and(|other| other.file == variable.place.file));
        choice.is_some() && stores_in(&variable.name).any(|store| store == DATABASE)
    }

    /// Hosts that Django answers 400 to: that of the probes, and the public ones.
    fn hosts(&self) -> Vec<Diagnostic> {
        let Some(allowed) = self.project.allowed_hosts.as_ref().filter(|hosts| hosts.is_certain) else {
            return Vec::new();
        };
        let value = allowed.variable.as_ref().map(|variable| (variable, self.config.config.get(variable)));
        let (known, at): (Vec<&str>, _) = match value {
            None => (allowed.literal.iter().map(String::as_str).collect(), None),
            Some((variable, Some(value))) => (allowed_hosts::words(value).collect(), Some(variable)),
            Some((_, None)) => return Vec::new(),
        };
        let is_allowed = |host: &str| allowed_hosts::hold(known.iter().copied(), host);
        let expose = &self.config.expose;
        let public = expose.host.iter().chain(&expose.aliases).filter(|host| !host.starts_with('*'));
        let probe = self.config.probes.host.iter().filter(|_| at.is_none());
        let hosts = public.map(|host| (host, false)).chain(probe.map(|host| (host, true)));
        let mut found: Vec<Diagnostic> = Vec::new();
        for (host, is_probe) in hosts.filter(|(host, _)| !is_allowed(host)) {
            let who = if is_probe { "the Host of the probes" } else { "the public host" };
            let message = format!("`{host}`, {who}, is not among the hosts of `ALLOWED_HOSTS`: Django answers 400");
            found.push(match at {
                Some(variable) => self
                    .at(Diagnostic::warning(message), &["config", variable])
                    .help(format!("add `{host}` to `{variable}`")),
                None => Diagnostic::warning(format!("{}: {message}", allowed.place.place()))
                    .help(format!("add `{host}` to `ALLOWED_HOSTS`")),
            });
        }
        found
    }

    /// With neither a header that Django believes nor a server that does, `https` never arrives.
    fn redirect(&self) -> Option<Diagnostic> {
        let at = self.project.serving.ssl_redirect.as_ref()?;
        let server = self.config.server_kind();
        let is_proxied = matches!(self.config.expose.kind(), ExposeKind::Ingress | ExposeKind::Gateway);
        if self.project.serving.trusts_proxy || is_proxied && ServerFacts::of(server.as_str()).reads_forwarded {
            return None;
        }
        let message =
            "`SECURE_SSL_REDIRECT` answers every request with a redirect: Django cannot tell which came over https";
        let help = "SECURE_PROXY_SSL_HEADER = (\"HTTP_X_FORWARDED_PROTO\", \"https\") in the settings";
        Some(Diagnostic::warning(format!("{}: {message}", at.place())).help(help))
    }

    fn static_root(&self) -> Option<Diagnostic> {
        let step = self.config.build.steps.iter().position(|step| step.contains("collectstatic"))?.to_string();
        let settings = self.project.serving.lacks_static_root.as_ref()?;
        let message = format!(
            "`collectstatic` needs `STATIC_ROOT`, which the settings do not set ({}): the build fails there",
            settings.file
        );
        let fault = self.at(Diagnostic::error(message), &["build", "steps", &step]);
        Some(fault.help("STATIC_ROOT = BASE_DIR / \"staticfiles\" in the settings"))
    }

    /// A migration that finds nothing to do, or no folder.
    fn revisions(&self) -> Option<Diagnostic> {
        let command = self.config.migrations.command.as_deref()?;
        let (what, help) = match self.project.migrations? {
            Migrations::FlaskMigrate if command.contains("db upgrade") => {
                ("`flask db upgrade`", "flask db init && flask db migrate, and commit the folder that they write")
            }
            Migrations::Alembic if command.contains("alembic") => {
                ("`alembic upgrade`", "alembic revision --autogenerate, and commit what it writes")
            }
            _ => return None,
        };
        if self.project.pitfalls.revision.is_some() {
            return None;
        }
        let message =
            format!("{what} has nothing to apply: the repository holds no migration, and no table is created");
        Some(self.at(Diagnostic::warning(message), &["migrations", "command"]).help(help))
    }

    /// Where the process may write, below the root of the image.
    fn is_writable(&self, path: &str) -> bool {
        let full = if path.starts_with('/') { path.to_owned() } else { format!("{APP_FOLDER}/{path}") };
        let below = |folder: &str| {
            let folder = if folder.starts_with('/') { folder.to_owned() } else { format!("{APP_FOLDER}/{folder}") };
            let folder = folder.trim_end_matches('/');
            full == folder || full.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let folders = self.config.security.writable.iter();
        let mounts = self.config.volumes.values().map(|volume| &volume.mount);
        let stateful = self.config.stateful.iter().flat_map(|stateful| stateful.volumes.values());
        let name = file_name(path);
        folders.chain(mounts).chain(stateful.map(|volume| &volume.mount)).any(|folder| below(folder))
            || below("/tmp")
            || below("/dev")
            || self.config.build.steps.iter().any(|step| step.contains("ln -s") && step.contains(name))
    }

    fn sqlite(&self) -> Option<Diagnostic> {
        let file = self.project.sqlite_file.as_ref().filter(|_| self.project.sqlite_choice.is_none())?;
        // A file that is committed and that nothing writes again is read where it is.
        let is_kept = self.root.join(&file.path).is_file() && self.project.migrations.is_none();
        if is_kept || self.is_writable(&file.path) || !self.runs(&file.place.file) {
            return None;
        }
        let (pods, _) = self.config.scaling.bounds();
        let message = format!(
            "{}: the SQLite file `{}` is in a read-only folder of the image, and each of {pods} pods would have its own",
            file.place.place(),
            file.path
        );
        let help = "[volumes.data] with `mount` where the file is, one replica and [rollout] strategy = \"recreate\"; or a database server";
        Some(Diagnostic::warning(message).help(help))
    }

    fn written(&self) -> Vec<Diagnostic> {
        let folder = |written: &WrittenPlace| {
            let folder = written.path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
            if written.is_folder { Some(written.path.clone()) } else { folder }
        };
        // A folder that is there is only made where it is not.
        let is_there = |written: &WrittenPlace, folder: &str| {
            written.is_folder && self.root.join(folder).read_dir().is_ok_and(|mut entries| entries.next().is_some())
        };
        let mut found: Vec<Diagnostic> = Vec::new();
        for written in &self.project.written {
            let Some(folder) = folder(written).filter(|folder| !is_there(written, folder)) else { continue };
            if self.runs(&written.place.file) && !self.is_writable(&written.path) && !self.is_writable(&folder) {
                let message =
                    format!("{}: the process writes to `{folder}`, and the image is read-only", written.place.place());
                found.push(Diagnostic::warning(message).help(format!("[security] writable = [\"{folder}\"]")));
            }
        }
        found
    }

    /// Debian packages without which the dependencies are not built or not loaded.
    fn system_packages(&self) -> Option<Diagnostic> {
        let build = &self.config.build;
        let lacks = |wanted: &[String], there: &dyn Fn(&String) -> bool| -> Vec<String> {
            wanted.iter().filter(|name| !there(name)).cloned().collect()
        };
        let wanted = &self.project.system_packages;
        let at_run = lacks(&wanted.runtime, &|name| build.system.contains(name));
        let at_build = lacks(&wanted.build, &|name| build.build_system.contains(name) || build.system.contains(name));
        if at_run.is_empty() && at_build.is_empty() {
            return None;
        }
        let evidence: &[Evidence] = self.project.evidence.get("system_packages").map_or(&[], Vec::as_slice);
        let places: Vec<String> = evidence.iter().map(|one| format!("{} ({})", one.place(), one.text)).collect();
        let message = format!(
            "{} needs Debian packages that the image lacks: {}",
            places.join(", "),
            [at_run.as_slice(), at_build.as_slice()].concat().join(", ")
        );
        let line = |key: &str, names: &[String]| {
            let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            (!names.is_empty()).then(|| format!("{key} = [{}]", quoted.join(", ")))
        };
        let lines = [line("system", &at_run), line("build-system", &at_build)].into_iter().flatten();
        let help = format!("[build] {}", lines.collect::<Vec<_>>().join(", "));
        Some(Diagnostic::warning(message).help(help))
    }
}
