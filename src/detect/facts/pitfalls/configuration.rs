//! Configuration of Flask and FastAPI in the code: addresses of the pod itself, keys that each process makes, sessions of one pod.

use std::collections::BTreeMap;

use super::{fault, on_the_pod};
use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::project::{CodeFault, Project};
use crate::detect::python::{Expr, ExprKind, Stmt, StmtKind};

/// Names, in capitals, of what holds the address of a server.
const SERVERS: [&str; 10] = [
    "SQLALCHEMY_DATABASE_URI",
    "SQLALCHEMY_DATABASE_URL",
    "DATABASE_URL",
    "DATABASE_URI",
    "MONGO_URI",
    "MONGODB_SETTINGS",
    "REDIS_URL",
    "CACHE_REDIS_URL",
    "CELERY_BROKER_URL",
    "BROKER_URL",
];

/// Functions that give something else each time.
const RANDOM: [&str; 6] = ["urandom", "token_hex", "token_urlsafe", "token_bytes", "uuid4", "get_random_secret_key"];

/// Calls after which values in the code hold only until the environment or a file says otherwise.
const OTHERWISE: [&str; 4] = ["from_envvar(", "from_prefixed_env(", "from_pyfile(", "from_file("];

pub(super) fn find(context: &Context<'_>, project: &Project, faults: &mut Vec<CodeFault>) {
    let imports = |source: &&Source| project.reach.as_ref().is_none_or(|reach| reach.imports(&source.path));
    let mut settings = Vec::new();
    if context.sources().any(|source| OTHERWISE.iter().any(|word| source.mentions(word))) {
        return;
    }
    for source in context.sources().filter(imports) {
        collect(source, &source.module.body, false, &mut settings);
    }
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for setting in &settings {
        *places.entry(setting.name.to_ascii_uppercase()).or_default() += 1;
    }
    for Setting { source, name, value, is_choice } in &settings {
        let upper = name.to_ascii_uppercase();
        if *is_choice || places[&upper] > 1 {
            continue;
        }
        if SERVERS.contains(&upper.as_str()) {
            on_the_pod(name, |line| source.evidence(line), value, faults);
        }
        if upper == "SECRET_KEY" && is_random(value) {
            let message = format!(
                "each process makes its own `{name}`: what one signs the next refuses, and users are logged out"
            );
            let help = "os.environ[\"SECRET_KEY\"], and SECRET_KEY in [secrets.env]";
            faults.push(fault(source.evidence(value.line), message, help));
        }
        if upper == "SESSION_TYPE" && matches!(value.as_str(), Some("filesystem" | "cachelib")) {
            let message =
                "sessions are kept in files of one pod: the next request reaches another pod and is logged out";
            let help = "keep them in Redis or the database: SESSION_TYPE = \"redis\"";
            faults.push(fault(source.evidence(value.line), message, help));
        }
    }
}

/// A value that the code gives to a setting.
struct Setting<'s> {
    source: &'s Source,
    name: &'s str,
    value: &'s Expr,
    /// Whether it is in a branch: it is one of several.
    is_choice: bool,
}

/// `app.config["NAME"] = value`, `app.secret_key = value`, `NAME = value` of a module or a class, and keywords of
/// `app.config.update` and `from_mapping`.
fn collect<'s>(source: &'s Source, body: &'s [Stmt], is_choice: bool, found: &mut Vec<Setting<'s>>) {
    let setting = |name, value| Setting { source, name, value, is_choice };
    for stmt in body {
        match &stmt.kind {
            // `name: type = value` is a field that pydantic and the like take from elsewhere.
            StmtKind::Assign { targets, value: Some(value), annotation: None, .. } => {
                let name = targets.first().and_then(|target| match &target.kind {
                    ExprKind::Index(object, key) if object.last_name() == Some("config") => key.as_str(),
                    ExprKind::Attr(_, name) => Some(name.as_str()),
                    _ => target.as_name(),
                });
                found.extend(name.map(|name| setting(name, value)));
            }
            StmtKind::Expr(value) => {
                if let Some(call) = value.as_call().filter(|call| matches!(call.callee(), "update" | "from_mapping"))
                    && call.receiver().is_some_and(|receiver| receiver.ends_with("config"))
                {
                    found.extend(call.keywords.iter().map(|(name, value)| setting(name, value)));
                }
            }
            StmtKind::Function(function) => collect(source, &function.body, is_choice, found),
            StmtKind::Class(class) => collect(source, &class.body, is_choice, found),
            StmtKind::Block { body, .. } => collect(source, body, is_choice, found),
            _ => stmt.blocks().into_iter().for_each(|block| collect(source, block, true, found)),
        }
    }
}

/// `os.urandom(24)`, `secrets.token_hex()`, `uuid.uuid4().hex`, `str(uuid.uuid4())`.
fn is_random(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Attr(object, _) => is_random(object),
        ExprKind::Call(call) if RANDOM.contains(&call.callee()) => true,
        ExprKind::Call(call) => match &call.function.kind {
            ExprKind::Name(name) if name == "str" => call.arguments.first().is_some_and(is_random),
            ExprKind::Attr(object, method) => matches!(method.as_str(), "hex" | "decode") && is_random(object),
            _ => false,
        },
        _ => false,
    }
}
