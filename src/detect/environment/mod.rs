//! The environment variables that running code reads, and which of them are secret.

mod access;
mod address;
mod branch;
mod celery;
mod conditions;
mod configurations;
mod library;
mod scan;
mod scheme;
mod secret;
mod settings_class;
mod settings_usage;
mod switch;
mod wrapper;

use std::collections::{BTreeMap, BTreeSet};

use super::code::{Code, Source, is_aside, is_migration, is_test};
use super::project::{Environment, Evidence, Variable};
use super::python::{Expr, ExprKind, StmtKind, walk};
use super::tree::file_name;
use crate::credential;
pub(crate) use address::{
    ADDRESSES, DATABASE, STORES, hosts as hosts_of_address, is_local as is_local_address, is_of_tests, is_one_of,
    loopback, names_local_host, store_of, stores_in,
};
pub(crate) use secret::is_secret;
pub(crate) use switch::switch;

/// One place where a variable is read.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) name: String,
    pub(crate) place: Evidence,
    /// Whether this read fails when the variable is missing.
    pub(crate) required: bool,
    /// The literal default.
    pub(crate) default: Option<String>,
    /// Whether the code puts a value of its own in place of a missing one, which is not a literal.
    pub(crate) is_computed: bool,
    /// What the code itself says about secrecy: `SecretStr`, `cast=Secret`, a boolean or number cast.
    pub(crate) hint: Option<Hint>,
}

/// What the reading code says about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    /// Typed or cast as a secret.
    Secret,
    /// A number or a truth value: no credential, whatever its name.
    Plain,
}

/// Names that the platform or the interpreter sets, or that are the shell's own.
const FOREIGN: [&str; 38] = [
    "HOME",
    "PATH",
    "USER",
    "USERNAME",
    "LANG",
    "LC_ALL",
    "PWD",
    "SHELL",
    "TERM",
    "TMPDIR",
    "TEMP",
    "TMP",
    "HOSTNAME",
    "EDITOR",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "WERKZEUG_RUN_MAIN",
    "SERVER_SOFTWARE",
    "RUN_MAIN",
    "CI",
    "DYNO",
    "COLUMNS",
    "APPDATA",
    "LOCALAPPDATA",
    "HOMEDRIVE",
    "HOMEPATH",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "SYSTEMROOT",
    "USERPROFILE",
    "WINDIR",
    "COMSPEC",
    "DISPLAY",
    "NO_COLOR",
    "FORCE_COLOR",
    "XDG_RUNTIME_DIR",
    "LOGNAME",
    "PYTHONSTARTUP",
];

/// Reads the variables of the code below `root` (the folder that code is imported from; everything when empty).
pub(crate) fn read(code: &Code<'_>, root: &str, is_other: &dyn Fn(&str) -> bool) -> (Environment, Vec<Read>) {
    let inside = |path: &str| match code.judged_in(root, path) {
        Some(judged) => is_running(path[root.len()..].trim_start_matches('/'), judged),
        None => !path.contains('/') && is_running(path, path),
    };
    let sources: Vec<&Source> = code
        .marked()
        .filter(|source| inside(&source.path) && !is_other(&source.path) && !is_of_invoke(source))
        .collect();
    let mut reads = scan::direct(code, &sources);
    sources
        .iter()
        .filter(|source| source.may_read)
        .for_each(|source| conditions::alternatives(code, source, &mut reads));
    reads.extend(wrapper::read(code, &sources));
    reads.retain(|read| is_variable(&read.name));
    let settings = settings_class::read(code, &sources);
    reads.retain(|read| read.required || !settings.is_unused(&read.place));
    reads.extend(settings.reads);
    reads.extend(celery::read(code, &sources));
    let assigned = assigned(code, &sources);
    reads.retain(|read| is_settable(&read.name) && !assigned.contains(&read.name));
    let refused: BTreeSet<String> =
        sources.iter().filter(|source| source.may_read).flat_map(|source| conditions::refused(code, source)).collect();
    for read in reads.iter_mut().filter(|read| refused.contains(&read.name)) {
        read.required |= read.default.is_none() && !read.is_computed;
    }
    // A command that a person types is not what the service needs to start.
    for read in reads.iter_mut().filter(|read| read.place.file.contains("/management/commands/")) {
        read.required = false;
    }
    (classify(&reads), reads)
}

/// Variables that modules give a value of their own while they are imported: nobody else can.
fn assigned(code: &Code<'_>, sources: &[&Source]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources.iter().filter(|source| source.may_read) {
        for stmt in &source.module.body {
            let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind else { continue };
            for target in targets {
                if let ExprKind::Index(object, key) = &target.kind
                    && access::is_environ(code, source, object)
                    && let Some(name) = code.text(source, key)
                    // `os.environ["X"] = os.environ.get("X", "1")` takes what is there.
                    && !value.any(|expr| expr.as_str() == Some(name.as_str()))
                {
                    found.insert(name);
                }
            }
        }
    }
    found
}

/// Whether a module holds a developer's commands (invoke), not a queue's tasks.
fn is_of_invoke(source: &Source) -> bool {
    source.stem() == "tasks" && source.imports_package("invoke")
}

/// Whether a file is part of what runs: no test, migration, example, packaging or local development settings.
///
/// `path` is below the folder that code is imported from, `judged` the part of it that says what the file is for.
fn is_running(path: &str, judged: &str) -> bool {
    let name = file_name(path);
    let settings = path.contains("settings") || path.contains("config");
    let development = settings
        && matches!(
            name,
            "test.py"
                | "testing.py"
                | "tests.py"
                | "dev.py"
                | "development.py"
                | "local.py"
                | "ci.py"
                | "dev_settings.py"
                | "test_settings.py"
                | "settings_test.py"
                | "settings_dev.py"
                | "local_settings.py"
        );
    let tool = matches!(name, "setup.py" | "noxfile.py" | "conftest.py" | "fabfile.py") && !path.contains('/')
        || matches!(name, "manage.py" | "locustfile.py");
    let beside = is_test(judged) || is_aside(judged) || is_migration(judged);
    !tool && !beside && !development
}

/// Whether a text that is read can be the name of an environment variable that a person would set.
fn is_variable(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_uppercase()) && is_settable(name)
}

/// Whether a person would set a variable of this name; those of settings classes are small where these say so.
fn is_settable(name: &str) -> bool {
    name.len() > 1
        && name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !is_request_header(name)
        && !name.ends_with('_')
        && !FOREIGN.contains(&name.to_ascii_uppercase().as_str())
        && !["PYTEST_", "GITHUB_ACTION"].iter().any(|prefix| name.starts_with(prefix))
        && !matches!(
            name,
            "SCRIPT_NAME"
                | "PATH_INFO"
                | "REQUEST_METHOD"
                | "REMOTE_ADDR"
                | "SERVER_NAME_UNSET"
                | "QUERY_STRING"
                | "REMOTE_USER"
                | "CONTENT_TYPE"
                | "CONTENT_LENGTH"
        )
}

/// Whether a name is that of a request's header in a WSGI environment: `HTTP_` and a header that browsers or proxies send.
/// `HTTP_PROXY` and a project's own `HTTP_TIMEOUT` are variables.
fn is_request_header(name: &str) -> bool {
    const HEADERS: [&str; 12] = [
        "ACCEPT",
        "AUTHORIZATION",
        "CONNECTION",
        "COOKIE",
        "HOST",
        "IF_",
        "ORIGIN",
        "REFERER",
        "UPGRADE",
        "USER_AGENT",
        "X_",
        "FORWARDED",
    ];
    name.strip_prefix("HTTP_").is_some_and(|rest| HEADERS.iter().any(|header| rest.starts_with(header)))
}

/// One variable a name: required if any read requires it, the first default, sorted.
fn classify(reads: &[Read]) -> Environment {
    let mut variables: BTreeMap<&str, (Variable, Option<Hint>)> = BTreeMap::new();
    for read in reads {
        let (variable, hint) =
            variables.entry(&read.name).or_insert_with(|| (Variable::new(read.name.clone(), read.place.clone()), None));
        variable.required |= read.required;
        variable.is_computed |= read.is_computed;
        if variable.default.is_none() {
            variable.default.clone_from(&read.default);
        }
        *hint = match (*hint, read.hint) {
            (Some(Hint::Secret), _) | (_, Some(Hint::Secret)) => Some(Hint::Secret),
            (known, new) => known.or(new),
        };
    }
    let mut environment = Environment::default();
    for (mut variable, hint) in variables.into_values() {
        // A default somewhere else in the code does not help the read that has none, but a guard (`in os.environ`) does.
        let default = variable.default.take();
        variable.is_local = default.as_deref().is_some_and(|default| is_local_address(&variable.name, default));
        // The path of a file and the alias of a key hold nothing on their own.
        let is_place = |default: &str| default.len() > 1 && default.starts_with('/') || default.starts_with("alias/");
        let names_a_place = default.as_deref().is_some_and(is_place);
        let is_alias = default.as_deref().is_some_and(|default| default.starts_with("alias/"));
        let holds_one = default.as_deref().is_some_and(|default| credential::why(&variable.name, default).is_some());
        let shown = default.filter(|default| credential::may_show(&variable.name, default));
        if !is_alias && (!names_a_place && is_secret(&variable.name, hint) || holds_one) {
            variable.place.text = up_to(&variable.place.text, &variable.name);
            environment.secret.push(variable);
        } else {
            if shown.is_none() {
                variable.place.text = up_to(&variable.place.text, &variable.name);
            }
            variable.default = shown;
            environment.config.push(variable);
        }
    }
    environment
}

/// Evidence for a secret keeps the line up to the name; a default behind it may be somebody's password.
fn up_to(text: &str, name: &str) -> String {
    let end = text.find(name).map_or(0, |at| at + name.len());
    if end == text.len() { text.to_owned() } else { format!("{}…", &text[..end]) }
}

/// Lines of a module in which a default by a name is looked for: once for each read.
const MAX_LINES: u32 = 500;

/// A default as text: a literal, or a name of the module or of a class that is one.
fn value(source: &Source, expr: &Expr) -> Option<String> {
    let named = |name: &str| walk::statements(&source.module.body).find_map(|stmt| literal(stmt.assigned(name)?));
    let is_short = source.module.body.last().is_none_or(|stmt| stmt.end <= MAX_LINES);
    literal(expr).or_else(|| named(expr.as_name().filter(|_| is_short)?))
}

/// A default as text, and whether the code works it out.
fn default_of(source: &Source, default: Option<&Expr>) -> (Option<String>, bool) {
    let text = default.and_then(|expr| value(source, expr));
    let is_computed = text.is_none() && default.is_some_and(|expr| !matches!(expr.kind, ExprKind::None));
    (text, is_computed)
}

/// Whether a default is worked out by the code.
fn is_computed(source: &Source, default: Option<&Expr>) -> bool {
    default_of(source, default).1
}

/// A literal default as text.
fn literal(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Str(text) if text.len() <= 200 && !text.contains('\n') => Some(text.clone()),
        ExprKind::Int(number) => Some(number.to_string()),
        ExprKind::Bool(value) => Some(if *value { "True" } else { "False" }.to_owned()),
        _ => None,
    }
}
