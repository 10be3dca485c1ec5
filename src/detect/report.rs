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
pub fn json(detection: &Detection) -> Value {
    match detection {
        Detection::Application(project) => value!(project),
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
            object.insert("warnings".to_owned(), value!(nothing.warnings));
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

/// The answer as a colleague would tell it; `verbose` lists the variables.
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

impl Project {
    /// The first place that speaks for a field.
    fn place_of(&self, field: &str) -> String {
        place(self.evidence.get(field).and_then(|known| known.first()))
    }
}

fn summary(project: &Project, verbose: bool) -> String {
    let mut out = String::new();
    let name = one_line(project.name.as_deref().unwrap_or("this"));
    let version = project.framework_version.as_ref().map_or(String::new(), |version| format!(" {version}"));
    let interface = project.interface.as_str().to_ascii_uppercase();
    let title = project.framework.title();
    let _ = writeln!(out, "{name} is a {title}{version} application, served as {interface}\n");
    line(
        &mut out,
        "entry point",
        project.entrypoint.as_deref().unwrap_or("none found"),
        &project.place_of("entrypoint"),
    );
    if project.backend_dir != "." {
        line(&mut out, "code", &format!("{}/", project.backend_dir), "");
    }
    if let Some(module) = &project.settings_module {
        let default =
            project.settings_default.as_ref().map_or(String::new(), |default| format!(" (otherwise {default})"));
        line(&mut out, "settings", module, &format!("{}{default}", project.place_of("settings_module")));
    }
    if let Some(python) = &project.python {
        line(&mut out, "python", python, &project.place_of("python"));
    }
    packages(&mut out, project);
    servers(&mut out, project, &project.place_of("server"));
    stores(&mut out, project);
    steps(&mut out, project);
    endpoints(&mut out, project);
    variables(&mut out, project, verbose);
    account(&mut out, project, verbose);
    warnings(&mut out, &project.warnings);
    out
}

fn stores(out: &mut String, project: &Project) {
    let databases: Vec<&str> = project.databases.iter().map(|database| database.as_str()).collect();
    let databases = if databases.is_empty() { "none found".to_owned() } else { databases.join(", ") };
    line(out, "database", &databases, &project.place_of("databases"));
    if let Some(broker) = project.broker {
        line(out, "broker", broker.as_str(), &project.place_of("broker"));
    }
    if let Some(cache) = project.cache {
        line(out, "cache", cache.as_str(), &project.place_of("cache"));
    }
}

/// What runs beside the server, before it, and while the image is built.
fn steps(out: &mut String, project: &Project) {
    for process in &project.processes {
        line(out, &process.name, &process.command, &place(Some(&process.place)));
    }
    if project.static_files {
        line(out, "static files", "collectstatic at build", &project.place_of("static"));
    }
    if let Some(command) = &project.migrate_command {
        line(out, "migrations", command, &project.place_of("migrations"));
    }
}

/// Lines of the deployment files that are named when there is no room for all.
const MOST_NAMED: usize = 6;

/// What became of the lines of the deployment files: how many of each file, and those that went nowhere; with `verbose` all.
fn account(out: &mut String, project: &Project, verbose: bool) {
    if project.account.is_empty() {
        return;
    }
    let taken = project.account.iter().filter(|line| line.is_taken).count();
    line(out, "read", &format!("{taken} of {} lines used", project.account.len()), &files_of(project));
    let shown = project.account.iter().filter(|line| verbose || !line.is_taken);
    for read in shown.clone().take(if verbose { usize::MAX } else { MOST_NAMED }) {
        let sign = if read.is_taken { "+" } else { "-" };
        let what = one_line(&read.what);
        let _ = writeln!(out, "    {sign} {}  {what}: {}", one_line(&read.place.place()), read.why);
    }
    let more = shown.count().saturating_sub(MOST_NAMED);
    if more > 0 && !verbose {
        let _ = writeln!(out, "    - {more} more: pykube detect --verbose");
    }
}

/// The deployment files that were read, each once.
fn files_of(project: &Project) -> String {
    let mut files: Vec<String> = project.account.iter().map(|line| one_line(&line.place.file)).collect();
    files.dedup();
    let more = if files.len() > 2 { ", …" } else { "" };
    files.truncate(2);
    format!("{}{more}", files.join(", "))
}

fn warnings(out: &mut String, warnings: &[String]) {
    if !warnings.is_empty() {
        out.push_str("\nPlease check:\n");
    }
    for warning in warnings {
        let _ = writeln!(out, "  ! {warning}");
    }
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
        line(out, "port", &port.to_string(), &project.place_of("port"));
    }
}

fn endpoints(out: &mut String, project: &Project) {
    if project.health.is_empty() {
        line(out, "probes", "none found", "");
    }
    for (number, health) in project.health.iter().enumerate() {
        let depth = match health.deep {
            Some(true) => " (calls other services)",
            Some(false) => " (calls nothing)",
            None => " (what it calls is unknown)",
        };
        let shown = place(project.evidence.get("health").and_then(|known| known.get(number)));
        line(out, if number == 0 { "probes" } else { "" }, &format!("{}{depth}", health.path), &shown);
    }
    let metrics = if project.metrics { project.metrics_path.as_deref().unwrap_or("served") } else { "none found" };
    line(out, "metrics", metrics, &project.place_of("metrics"));
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
    let mut out = format!("found {} applications; choose one\n", several.candidates.len());
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
    warnings(&mut out, &several.warnings);
    out
}

fn absence(nothing: &Nothing) -> String {
    let mut out = "no Django, Flask or FastAPI application here\n".to_owned();
    for reason in &nothing.reasons {
        let shown = place(reason.place.as_ref());
        let shown = if shown.is_empty() { String::new() } else { format!(" ({shown})") };
        let _ = writeln!(out, "  {}{shown}", reason.text);
    }
    let _ = writeln!(out, "  looked at {} Python files", nothing.python_files);
    out.push_str("help: pass another directory if the application is elsewhere\n");
    warnings(&mut out, &nothing.warnings);
    out
}
