//! The answer as text for people and as JSON for programs.

use std::fmt::Write as _;

use serde_json::{Map, Value, json as value};

use super::project::{Detection, Evidence, Nothing, Project, Several};
use crate::screen::one_line;

/// Width of the first column of the summary.
const LABEL: usize = 13;
/// Width of the second column, up to the place.
const WIDTH: usize = 36;

/// The answer as one JSON object; the fields are those of `docs/detection.md`.
#[must_use]
pub fn json(detection: &Detection) -> Value {
    match detection {
        Detection::Application(project) => application(project),
        Detection::Several(several) => {
            let mut object = empty();
            object.insert("candidates".to_owned(), value!(several.candidates));
            object.insert("warnings".to_owned(), value!(several.warnings));
            Value::Object(object)
        }
        Detection::Nothing(nothing) => {
            let mut object = empty();
            object.insert("looked_at".to_owned(), value!({ "python_files": nothing.python_files }));
            object.insert("reasons".to_owned(), value!(nothing.reasons));
            Value::Object(object)
        }
    }
}

/// Every field of the contract, nothing found.
fn empty() -> Map<String, Value> {
    let fields = value!({
        "framework": null, "entrypoint": null, "interface": null, "backend_dir": null, "settings_module": null, "python": null,
        "package_manager": null, "lockfile": null, "dependency_files": [], "port": null, "env": { "config": [], "secret": [] },
        "celery": null, "databases": [], "broker": null, "cache": null, "static": false, "health": [], "metrics": false,
        "migrations": null, "warnings": [], "candidates": [], "evidence": {}
    });
    match fields {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn application(project: &Project) -> Value {
    let names = |variables: &[super::project::Variable]| {
        variables.iter().map(|variable| variable.name.clone()).collect::<Vec<_>>()
    };
    let health: Vec<&str> = project.health.iter().map(|health| health.path.as_str()).collect();
    let mut object = Map::new();
    let mut put = |key: &str, found: Value| object.insert(key.to_owned(), found);
    put("name", value!(project.name));
    put("framework", value!(project.framework));
    put("framework_version", value!(project.framework_version));
    put("entrypoint", value!(project.entrypoint));
    put("interface", value!(project.interface));
    put("other_entrypoint", value!(project.other_entrypoint));
    put("backend_dir", value!(project.backend_dir));
    put("settings_module", value!(project.settings_module));
    put("settings_default", value!(project.settings_default));
    put("python", value!(project.python));
    put("python_requires", value!(project.python_requires));
    put("package_manager", value!(project.package_manager));
    put("lockfile", value!(project.lockfile));
    put("dependency_files", value!(project.dependency_files));
    put("groups", value!(project.groups));
    put("install_project", value!(project.install_project));
    put("port", value!(project.port));
    put("server", value!(project.server));
    put("env", value!({ "config": names(&project.environment.config), "secret": names(&project.environment.secret) }));
    put("variables", value!({ "config": project.environment.config, "secret": project.environment.secret }));
    put("celery", value!(project.celery));
    put("databases", value!(project.databases));
    put("database_variable", value!(project.database_variable));
    put("broker", value!(project.broker));
    put("cache", value!(project.cache));
    put("static", value!(project.static_files));
    put("static_root", value!(project.static_root));
    put("build_environment", value!(project.build_environment));
    put("health", value!(health));
    put("health_details", value!(project.health));
    put("metrics", value!(project.metrics));
    put("metrics_path", value!(project.metrics_path));
    put("migrations", value!(project.migrations));
    put("migrate_command", value!(project.migrate_command));
    put("processes", value!(project.processes));
    put("allowed_hosts", value!(project.allowed_hosts));
    put("system_packages", value!(project.system_packages));
    put("test_runner", value!(project.test_runner));
    put("linter", value!(project.linter));
    put("warnings", value!(project.warnings));
    put("candidates", value!([]));
    put("evidence", value!(project.evidence));
    Value::Object(object)
}

/// The answer as a colleague would tell it; `verbose` lists the variables.
#[must_use]
pub fn text(detection: &Detection, verbose: bool) -> String {
    match detection {
        Detection::Application(project) => summary(project, verbose),
        Detection::Several(several) => choice(several),
        Detection::Nothing(nothing) => absence(nothing),
    }
}

/// One line of the summary: a label, a value, and the place that shows it.
fn line(out: &mut String, label: &str, what: &str, place: &str) {
    let padded = format!("  {label:<LABEL$} {what:<WIDTH$} {place}");
    out.push_str(padded.trim_end());
    out.push('\n');
}

fn place(evidence: Option<&Evidence>) -> String {
    match evidence {
        // A file name may hold a line feed; the line is ours.
        Some(evidence) if evidence.line > 0 => format!("{}:{}", one_line(&evidence.file), evidence.line),
        Some(evidence) => one_line(&evidence.file),
        None => String::new(),
    }
}

fn summary(project: &Project, verbose: bool) -> String {
    let at = |field: &str| place(project.evidence.get(field).and_then(|known| known.first()));
    let mut out = String::new();
    let name = one_line(project.name.as_deref().unwrap_or("this"));
    let version = project.framework_version.as_ref().map_or(String::new(), |version| format!(" {version}"));
    let interface = project.interface.as_str().to_ascii_uppercase();
    let _ = writeln!(out, "{name} is a {}{version} application, served as {interface}\n", project.framework.title());
    line(&mut out, "entry point", project.entrypoint.as_deref().unwrap_or("none found"), &at("entrypoint"));
    if project.backend_dir != "." {
        line(&mut out, "code", &format!("{}/", project.backend_dir), "");
    }
    if let Some(module) = &project.settings_module {
        let default =
            project.settings_default.as_ref().map_or(String::new(), |default| format!(" (otherwise {default})"));
        line(&mut out, "settings", module, &format!("{}{default}", at("settings_module")));
    }
    line(&mut out, "python", project.python.as_deref().unwrap_or("none found"), &at("python"));
    packages(&mut out, project);
    servers(&mut out, project, &at("server"));
    let databases: Vec<&str> = project.databases.iter().map(|database| database.as_str()).collect();
    line(
        &mut out,
        "database",
        if databases.is_empty() { "none found".to_owned() } else { databases.join(", ") }.as_str(),
        &at("databases"),
    );
    for (label, found, field) in [
        ("broker", project.broker.map(super::Broker::as_str), "broker"),
        ("cache", project.cache.map(super::Cache::as_str), "cache"),
    ] {
        if let Some(found) = found {
            line(&mut out, label, found, &at(field));
        }
    }
    for process in &project.processes {
        line(&mut out, &process.name, &process.command, &place(Some(&process.place)));
    }
    if project.static_files {
        line(&mut out, "static files", "collectstatic at build", &at("static"));
    }
    if let Some(command) = &project.migrate_command {
        line(&mut out, "migrations", command, &at("migrations"));
    }
    endpoints(&mut out, project);
    variables(&mut out, project, verbose);
    if !project.warnings.is_empty() {
        out.push_str("\nLook at these:\n");
        for warning in &project.warnings {
            let _ = writeln!(out, "  ! {warning}");
        }
    }
    out
}

fn packages(out: &mut String, project: &Project) {
    let frozen = if project.lockfile.is_some() { ", locked" } else { "" };
    let manager =
        project.package_manager.map_or_else(|| "none found".to_owned(), |manager| format!("{manager}{frozen}"));
    let file = project.lockfile.clone().or_else(|| project.dependency_files.first().cloned()).unwrap_or_default();
    line(out, "packages", &manager, &file);
    if !project.system_packages.runtime.is_empty() {
        line(out, "system", &project.system_packages.runtime.join(" "), "");
    }
}

fn servers(out: &mut String, project: &Project, at: &str) {
    let Some(server) = &project.server else { return line(out, "server", "none found", "") };
    let config = server.config.as_ref().map_or(String::new(), |config| format!(", {config} kept"));
    line(out, "server", server.kind.as_str(), &format!("{at}{config}"));
    if let Some(port) = project.port {
        line(out, "port", &port.to_string(), &place(project.evidence.get("port").and_then(|known| known.first())));
    }
}

fn endpoints(out: &mut String, project: &Project) {
    let at = |field: &str| place(project.evidence.get(field).and_then(|known| known.first()));
    if project.health.is_empty() {
        line(out, "probes", "none found", "");
    }
    for (number, health) in project.health.iter().enumerate() {
        let depth = match health.deep {
            Some(true) => " (asks the database)",
            Some(false) | None => "",
        };
        let shown = place(project.evidence.get("health").and_then(|known| known.get(number)));
        line(out, if number == 0 { "probes" } else { "" }, &format!("{}{depth}", health.path), &shown);
    }
    let metrics = if project.metrics { project.metrics_path.as_deref().unwrap_or("served") } else { "none found" };
    line(out, "metrics", metrics, &at("metrics"));
}

fn variables(out: &mut String, project: &Project, verbose: bool) {
    let (config, secret) = (&project.environment.config, &project.environment.secret);
    let count = config.len() + secret.len();
    let counts = format!("{count} read: {} settings, {} secrets", config.len(), secret.len());
    line(out, "variables", &counts, if verbose || count == 0 { "" } else { "(--verbose lists them)" });
    if verbose {
        for (kind, list) in [("config", config), ("secret", secret)] {
            for variable in list {
                let required = if variable.required { ", required" } else { "" };
                line(out, "", &format!("{} ({kind}{required})", variable.name), &place(Some(&variable.place)));
            }
        }
    }
}

fn choice(several: &Several) -> String {
    let mut out = format!("{} applications here; say which one\n", several.candidates.len());
    for candidate in &several.candidates {
        let folder = if candidate.directory == "." { ".".to_owned() } else { format!("{}/", candidate.directory) };
        let title = candidate.framework.title();
        let _ = writeln!(
            out,
            "  {folder:<16} {title:<8} {:<28} {}:{}",
            candidate.entrypoint, candidate.file, candidate.line
        );
    }
    if let Some(first) = several.candidates.first() {
        let _ = write!(out, "help: pykube detect {}", first.directory);
    }
    out.push('\n');
    out
}

fn absence(nothing: &Nothing) -> String {
    let mut out = "no Django, Flask or FastAPI application here\n".to_owned();
    for reason in &nothing.reasons {
        let shown = place(reason.place.as_ref());
        let shown = if shown.is_empty() { String::new() } else { format!(" ({shown})") };
        let _ = writeln!(out, "  {}{shown}", reason.text);
    }
    let _ = writeln!(
        out,
        "  looked at {} Python files; give the folder of the application if it is another",
        nothing.python_files
    );
    out
}
