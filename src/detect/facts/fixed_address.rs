//! Addresses of stores that the code writes down and that no variable changes: loopback and names of compose services.

use super::django;
use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::environment::{hosts_of_address, is_local_address, is_one_of, names_local_host, store_of};
use crate::detect::project::Project;
use crate::detect::python::{Call, Class, Expr, ExprKind, Stmt, StmtKind};
use crate::vocabulary::Framework;

/// Most that are named.
const MOST: usize = 6;

/// Schemes of databases, brokers and caches.
const SCHEMES: &str = "postgres postgresql mysql mariadb mongodb mongodb+srv redis rediss valkey amqp amqps pyamqp memcached mssql oracle cockroachdb";

/// Client libraries whose objects are made with a host.
const CLIENTS: [&str; 13] = [
    "redis",
    "valkey",
    "aioredis",
    "psycopg",
    "psycopg2",
    "asyncpg",
    "pymysql",
    "MySQLdb",
    "mysql",
    "pymongo",
    "motor",
    "pika",
    "pymemcache",
];

/// Classes of surroundings that are not production's.
const NOT_PRODUCTION: [&str; 4] = ["Dev", "Test", "Local", "Debug"];

/// What is said about each.
pub(super) fn warnings(context: &Context<'_>, project: &Project) -> Vec<String> {
    let chain = django::chosen(context, project);
    let is_chosen = |source: &&Source| {
        let is_settings = source.path.contains("settings") || source.names("INSTALLED_APPS");
        project.framework != Framework::Django || !is_settings || chain.iter().any(|chosen| chosen.path == source.path)
    };
    // Settings that something else brings, or that a file of the machine replaces: what is here may not be what runs.
    let is_elsewhere = project.settings_module.as_deref().is_some_and(|module| !context.has_module(module));
    let loads = ["from_envvar", "from_pyfile", "from_prefixed_env"];
    let is_loaded = context.sources().any(|source| loads.iter().any(|word| source.mentions(word)));
    let is_replaced = |source: &Source| {
        (is_elsewhere || is_loaded) && (source.path.contains("settings") || source.path.contains("config"))
    };
    let mut found: Vec<(String, String)> = Vec::new();
    for source in context.sources().filter(is_chosen).filter(|source| !is_replaced(source)) {
        block(context, source, &source.module.body, &mut found);
    }
    found.dedup();
    let sentence = |(place, host): (String, String)| {
        format!(
            "{place} hard-codes the address {host}, which does not work in a pod, and nothing in app.toml changes it: let the code read \
             it from a variable"
        )
    };
    found.into_iter().take(MOST).map(sentence).collect()
}

/// Looks through statements that always run; what is under a condition may be for other surroundings.
fn block(context: &Context<'_>, source: &Source, body: &[Stmt], found: &mut Vec<(String, String)>) {
    for stmt in body {
        match &stmt.kind {
            StmtKind::If { .. } | StmtKind::Try { .. } | StmtKind::Expr(Expr { kind: ExprKind::Str(_), .. }) => {}
            StmtKind::Class(class) if is_of_others(class) => {}
            _ if stmt.blocks().iter().any(|block| !block.is_empty()) => {
                stmt.blocks().into_iter().for_each(|inner| block(context, source, inner, found));
            }
            _ => {
                let hosts = fixed(source, stmt);
                // Of few statements only: each is held against all reads.
                if !hosts.is_empty() && found.len() < 2 * MOST && !may_be_replaced(context, source, stmt) {
                    found.extend(hosts.into_iter().map(|(line, host)| (source.evidence(line).place(), host)));
                }
            }
        }
    }
}

fn is_of_others(class: &Class) -> bool {
    NOT_PRODUCTION.iter().any(|word| class.name.contains(word))
}

/// Whether a variable is read in the statement, or it makes the default of one.
fn may_be_replaced(context: &Context<'_>, source: &Source, stmt: &Stmt) -> bool {
    let names: Vec<&str> = match &stmt.kind {
        StmtKind::Assign { targets, .. } => targets.iter().filter_map(Expr::as_name).collect(),
        _ => Vec::new(),
    };
    context.reads.iter().any(|read| {
        let is_here = read.place.file == source.path && (stmt.line..=stmt.end).contains(&read.place.line);
        is_here || names.iter().any(|name| read.place.text.contains(name))
    }) || names.iter().any(|name| name.contains("DEFAULT"))
}

/// The hosts that a statement writes down, each with its line.
fn fixed(source: &Source, stmt: &Stmt) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind
        && let Some(text) = value.as_str().filter(|text| !text.contains("://"))
        && targets.iter().filter_map(Expr::set_name).any(|name| is_of_store(name) && is_local_address(name, text))
    {
        found.push((value.line, text.to_owned()));
    }
    let is_of_stores =
        |name: &str| ["DATABASES", "CACHES", "RQ_QUEUES", "CHANNEL_LAYERS", "HUEY", "Q_CLUSTER"].contains(&name);
    let is_dictionary = match &stmt.kind {
        StmtKind::Assign { targets, .. } => targets.iter().filter_map(Expr::set_name).any(is_of_stores),
        _ => false,
    };
    for expr in stmt.exprs() {
        expr.visit(&mut |expr| match &expr.kind {
            ExprKind::Str(text) => found.extend(host_of(text).map(|host| (expr.line, host))),
            ExprKind::Dict(items) if is_dictionary => {
                for (key, value) in items {
                    let key = key.as_ref().and_then(Expr::as_str).unwrap_or_default();
                    let text = value.as_str().filter(|text| !text.contains("://") && names_local_host(text));
                    let is_host = matches!(key, "HOST" | "host")
                        || key == "LOCATION" && text.is_some_and(|text| text.contains(':'));
                    found.extend(text.filter(|_| is_host).map(|text| (value.line, text.to_owned())));
                }
            }
            ExprKind::Call(call) => found.extend(of_client(source, call).map(|host| (expr.line, host))),
            _ => {}
        });
    }
    found
}

fn is_of_store(name: &str) -> bool {
    name.split_once('_').is_some_and(|(first, _)| store_of(first).is_some())
}

/// The host of an address of a store that no pod has.
fn host_of(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let bare = scheme.split('+').next().unwrap_or(scheme);
    let is_store = is_one_of(SCHEMES, bare) && !text.contains([' ', '{', '%', '$']);
    let host = hosts_of_address(rest);
    (is_store && !host.is_empty() && names_local_host(rest)).then(|| host.to_owned())
}

/// The host that a client is made with; Redis' own asks the pod itself where it is given none.
fn of_client(source: &Source, call: &Call) -> Option<String> {
    let origin = source.qualified(&call.function)?;
    let package = origin.split('.').next()?;
    // `redis.enqueue_job("grind")` of an object that is only called like the library makes no connection.
    let connects = call.callee().starts_with(char::is_uppercase) || matches!(call.callee(), "connect" | "create_pool");
    if !CLIENTS.contains(&package) || package == origin || !connects || !source.imports_package(package) {
        return None;
    }
    let given = call.argument(0, "host");
    if let Some(text) = given.and_then(Expr::as_str) {
        return (!text.contains(['/', '=', ' ']) && names_local_host(text)).then(|| text.to_owned());
    }
    let is_bare = call.arguments.is_empty()
        && !call
            .keywords
            .iter()
            .any(|(name, _)| matches!(name.as_str(), "" | "host" | "connection_pool" | "unix_socket_path"));
    let is_redis = matches!(package, "redis" | "valkey") && matches!(call.callee(), "Redis" | "StrictRedis" | "Valkey");
    (is_bare && is_redis).then(|| "localhost, its default".to_owned())
}
