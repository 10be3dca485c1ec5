//! Which variables a new `app.toml` sets, and to what.

use serde::Serialize;

use super::addresses::{self, Asked};
use super::written;
use crate::credential;
use crate::detect::{Project, Variable};
use crate::vocabulary::Framework;

/// Most optional variables that are listed as comments.
const MOST_LISTED: usize = 40;

/// One line of `[config]` or `[secrets.env]`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    /// Name of the variable.
    pub(super) name: String,
    /// Its value, or `secret/key`.
    pub(super) value: String,
    /// Whether the line is a comment, to be opened by hand.
    pub(super) off: bool,
    /// What is behind it.
    pub(super) note: String,
}

/// Lines of both sections, and the variables that only the user can fill.
pub(super) struct Lines {
    pub(super) config: Vec<Line>,
    pub(super) secrets: Vec<Line>,
    pub(super) advice: Vec<String>,
}

/// Chooses the lines for `project`; `host` is the one that the probes send.
pub(super) fn lines(project: &Project, name: &str, host: Option<&str>) -> Lines {
    let mut config = Vec::new();
    let mut advice = Vec::new();
    if let (Framework::Django, Some(module)) = (project.framework, &project.settings_module) {
        config.push(set("DJANGO_SETTINGS_MODULE", module.clone()));
    }
    let hosts_variable = project.allowed_hosts.as_ref().and_then(|hosts| hosts.variable.as_deref());
    let hosts_are_json = project.allowed_hosts.as_ref().is_some_and(|hosts| hosts.is_json);
    let host = host.map(|host| if hosts_are_json { format!("[\"{host}\"]") } else { host.to_owned() });
    let asked = Asked::of(project);
    advice.extend(asked.advice.iter().cloned());
    let mut listed = 0;
    for variable in &project.environment.config {
        if config.iter().any(|line: &Line| line.name == variable.name) || is_set_by_the_platform(&variable.name) {
            continue;
        }
        let known = known_value(project, variable, hosts_variable, host.as_deref())
            .or_else(|| of_the_image(project, &variable.name));
        match known {
            Some(value) => config.push(Line { note: place(variable), ..set(&variable.name, value) }),
            None if asked.needs(variable) || asked.is_engine(&variable.name) => {
                let place = place(variable);
                if !asked.is_engine(&variable.name) {
                    advice.push(open_value(variable, &place));
                }
                let note = format!("required, {place}");
                config.push(Line { off: true, note, ..set(&variable.name, String::new()) });
            }
            None if asked.shows(variable) => {
                let default = variable.default.clone().unwrap_or_default();
                // What the code works out itself is not replaced by nothing.
                let off = variable.default.is_none();
                config.push(Line { off, note: place(variable), ..set(&variable.name, default) });
            }
            None if listed < MOST_LISTED => {
                listed += 1;
                let default = variable.default.clone().unwrap_or_default();
                config.push(Line { off: true, note: place(variable), ..set(&variable.name, default) });
            }
            None => {}
        }
    }
    // What libraries and the C library read: `LANG`, `TZ`.
    for variable in project.image_variables.iter().filter(|variable| variable.left.is_none()) {
        let secret = || project.environment.secret.iter().any(|secret| secret.name == variable.name);
        if !config.iter().any(|line| line.name == variable.name) && !secret() {
            config.push(Line { note: variable.place.place(), ..set(&variable.name, variable.value.clone()) });
        }
    }
    let mut secrets = secrets(project, name, &asked);
    // An address that holds no password, and that the claim needs.
    if let (Some(address), Some(variable)) = (written::moved_address(project), &project.database_variable) {
        let note =
            secrets.iter().find(|line| line.name == *variable).map_or_else(String::new, |line| line.note.clone());
        secrets.retain(|line| line.name != *variable);
        config.retain(|line| line.name != *variable);
        config.push(Line { note, ..set(variable, address) });
    }
    Lines { config, secrets, advice }
}

/// What is said about a variable that the service needs and that has no value.
fn open_value(variable: &Variable, place: &str) -> String {
    let name = &variable.name;
    let store = if addresses::is_of_a_database(name) { "database" } else { "broker" };
    if variable.required {
        format!("{name} has no default ({place}): set it in [config]")
    } else if variable.default.is_some() {
        format!("{name} is empty unless it is set ({place}), and the {store} needs it: set it in [config]")
    } else {
        format!("{name} is None unless it is set ({place}), and the {store} needs it: set it in [config]")
    }
}

/// The value that the project's own image gives to a variable.
fn of_the_image(project: &Project, name: &str) -> Option<String> {
    let own = project.image_variables.iter().find(|variable| variable.name == name && variable.left.is_none());
    own.map(|variable| variable.value.clone())
}

fn secrets(project: &Project, name: &str, asked: &Asked) -> Vec<Line> {
    let mut lines = Vec::new();
    for variable in &project.environment.secret {
        let is_file = project.sqlite_choice.is_some() || project.sqlite_file.is_some();
        let is_left = is_file && project.database_variable.as_deref() == Some(&variable.name);
        let needed = !is_left
            && !asked.is_composed(&variable.name)
            && (asked.needs(variable)
            || asked.has(&variable.name)
            || project.database_variable.as_deref() == Some(&variable.name)
            // Every process must have the same one, or sessions break from the second pod on.
            || variable.name.ends_with("SECRET_KEY") && !is_of_a_service(&variable.name));
        let reference = format!("{name}-secrets/{}", variable.name);
        lines.push(Line { off: !needed, note: place(variable), ..set(&variable.name, reference) });
    }
    lines
}

/// Whether a key is one of somebody else's service, such as `STRIPE_SECRET_KEY`, and not what signs sessions.
fn is_of_a_service(name: &str) -> bool {
    const SERVICES: &str = "AWS S3 MINIO STRIPE PAYPAL RAZORPAY PAYSTACK GOOGLE RECAPTCHA HCAPTCHA TURNSTILE CAPTCHA GITHUB FACEBOOK TWITTER \
                            TWILIO AZURE CLOUDFLARE R2 ALGOLIA MAILGUN MAILJET BACKBLAZE B2 SPACES WASABI LANGFUSE CLERK";
    name.split('_').any(|word| SERVICES.split_ascii_whitespace().any(|service| service == word))
}

/// A value that follows from the variable's name and what is known of the project.
fn known_value(
    project: &Project,
    variable: &Variable,
    hosts_variable: Option<&str>,
    host: Option<&str>,
) -> Option<String> {
    let name = variable.name.as_str();
    if Some(name) == hosts_variable {
        return host.map(ToString::to_string);
    }
    if let Some(switch) = project.environment.debug_switch(name) {
        let stated = variable.stated.clone().filter(|stated| switch.is_on(stated) == Some(false));
        return Some(stated.unwrap_or_else(|| switch.off(variable.default.as_deref()).to_owned()));
    }
    if let Some(stated) = &variable.stated {
        return Some(stated.clone());
    }
    let last = name.rsplit('_').next().unwrap_or_default();
    if last == "DEBUG"
        && (name == "DEBUG" || name.starts_with("DJANGO_") || name.starts_with("FLASK_") || name.starts_with("APP_"))
    {
        return Some(if variable.default.as_deref() == Some("True") { "False" } else { "false" }.into());
    }
    None
}

/// Variables that the manifests or the image set already.
fn is_set_by_the_platform(name: &str) -> bool {
    [
        "DJANGO_SETTINGS_MODULE",
        "WEB_CONCURRENCY",
        "FORWARDED_ALLOW_IPS",
        "PATH",
        "HOME",
        "PYTHONPATH",
        "PORT",
        "HOSTNAME",
        // The official Python images: `ENV` of github.com/docker-library/python.
        "GPG_KEY",
        "PYTHON_SHA256",
        "PYTHON_VERSION",
        // The kubelet: kubernetes.io/docs/concepts/services-networking/service, "Environment variables".
        "KUBERNETES_SERVICE_HOST",
        "KUBERNETES_SERVICE_PORT",
    ]
    .contains(&name)
}

fn set(name: &str, value: String) -> Line {
    Line { name: name.to_owned(), value, off: false, note: String::new() }
}

fn place(variable: &Variable) -> String {
    match variable.place.line {
        0 => variable.place.file.clone(),
        line => format!("{}:{line}", variable.place.file),
    }
}

/// A dummy for a variable that settings insist on while static files are collected or tests are run: never a real value.
pub(super) fn dummy(project: &Project, name: &str) -> String {
    let form = project.build_values.get(name).filter(|form| !form.is_empty());
    form.cloned().unwrap_or_else(|| by_name(name).to_owned())
}

fn by_name(name: &str) -> &'static str {
    let upper = name.to_ascii_uppercase();
    let has = |word: &str| upper.contains(word);
    if has("DATABASE") && (has("URL") || has("URI") || has("DSN")) {
        "sqlite:////tmp/build.sqlite3"
    } else if (has("REDIS") || has("CACHE") || has("CELERY") || has("BROKER")) && (has("URL") || has("URI")) {
        "redis://localhost:6379/0"
    } else if upper.ends_with("DSN") {
        // As Sentry writes them; nothing is sent while an image is built.
        "https://public@localhost/1"
    } else if has("URL") || has("URI") || has("ENDPOINT") {
        "http://localhost"
    } else if upper.ends_with("PORT")
        || upper.ends_with("_ID")
        || upper.ends_with("TIMEOUT")
        || upper.ends_with("SECONDS")
    {
        "1"
    } else if upper.ends_with("DEBUG") || upper.starts_with("USE_") || upper.starts_with("ENABLE") {
        "false"
    } else if has("HOSTS") || upper.ends_with("HOST") {
        "localhost"
    } else {
        credential::DUMMY
    }
}
