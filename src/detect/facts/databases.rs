//! Databases: by driver, by the addresses in the code, and the variable that holds the address of the main one.

use std::collections::HashSet;

use super::django;
use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::environment::is_of_tests;
use crate::detect::project::{Database, Evidence, Project};
use crate::detect::python::{Expr, ExprKind, walk};

/// Drivers by normalised package name, in the order in which a database is the main one, and whether Django's backend takes it
/// (<https://docs.djangoproject.com/en/6.1/ref/databases/>).
pub(super) const DRIVERS: [(&str, Database, bool); 38] = [
    ("psycopg2", Database::Postgresql, true),
    ("psycopg2-binary", Database::Postgresql, true),
    ("psycopg", Database::Postgresql, true),
    ("psycopg-binary", Database::Postgresql, true),
    ("asyncpg", Database::Postgresql, false),
    ("pg8000", Database::Postgresql, false),
    ("aiopg", Database::Postgresql, false),
    ("psycopg2cffi", Database::Postgresql, true),
    ("psycopg-c", Database::Postgresql, true),
    ("mysqlclient", Database::Mysql, true),
    ("pymysql", Database::Mysql, true),
    ("aiomysql", Database::Mysql, false),
    ("asyncmy", Database::Mysql, false),
    ("mysql-connector-python", Database::Mysql, true),
    ("flask-mysqldb", Database::Mysql, false),
    ("mariadb", Database::Mysql, false),
    ("mssql-django", Database::Mssql, true),
    ("pyodbc", Database::Mssql, false),
    ("pymssql", Database::Mssql, false),
    ("oracledb", Database::Oracle, true),
    ("cx-oracle", Database::Oracle, true),
    ("motor", Database::Mongodb, false),
    ("pymongo", Database::Mongodb, false),
    ("mongoengine", Database::Mongodb, false),
    ("flask-pymongo", Database::Mongodb, false),
    ("flask-mongoengine", Database::Mongodb, false),
    ("beanie", Database::Mongodb, false),
    ("odmantic", Database::Mongodb, false),
    ("djongo", Database::Mongodb, false),
    ("aiosqlite", Database::Sqlite, false),
    ("pynamodb", Database::Dynamodb, false),
    ("cassandra-driver", Database::Cassandra, false),
    ("clickhouse-driver", Database::Clickhouse, false),
    ("clickhouse-connect", Database::Clickhouse, false),
    ("neo4j", Database::Neo4j, false),
    ("neomodel", Database::Neo4j, false),
    ("elasticsearch-dsl", Database::Elasticsearch, false),
    ("redis-om", Database::Redis, false),
];

/// Beginnings of addresses and names of backends in code.
const ADDRESSES: [(&str, Database); 14] = [
    ("postgresql", Database::Postgresql),
    ("postgres://", Database::Postgresql),
    ("django.db.backends.postgresql", Database::Postgresql),
    ("django.contrib.gis.db.backends.postgis", Database::Postgresql),
    ("django_prometheus.db.backends.postgresql", Database::Postgresql),
    ("mysql://", Database::Mysql),
    ("mysql+", Database::Mysql),
    ("django.db.backends.mysql", Database::Mysql),
    ("mongodb://", Database::Mongodb),
    ("mongodb+srv://", Database::Mongodb),
    ("django.db.backends.oracle", Database::Oracle),
    ("sqlite:", Database::Sqlite),
    ("sqlite+", Database::Sqlite),
    ("django.db.backends.sqlite3", Database::Sqlite),
];

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    databases(context, project);
    variable(context, project);
}

/// The dependency on a package as evidence, if a production install brings it.
pub(super) fn dependency(context: &Context<'_>, name: &str) -> Option<Evidence> {
    let found = context.manifest.at_runtime(name)?;
    Some(Evidence { file: found.file.clone(), line: found.line, text: format!("{name}{}", found.specifier) })
}

fn databases(context: &Context<'_>, project: &mut Project) {
    let mut found: Vec<(Database, Evidence)> = Vec::new();
    for (name, database, _) in DRIVERS {
        if let Some(place) = dependency(context, name)
            && !found.iter().any(|(known, _)| *known == database)
        {
            found.push((database, place));
        }
    }
    // MongoDB drivers are often there for one integration; what the code's own addresses name is the main store.
    for (database, place) in addressed(context, project) {
        if !found.iter().any(|(known, _)| *known == database) {
            found.push((database, place));
        }
    }
    if found.is_empty() {
        // `boto3.resource("dynamodb")`: AWS's own client knows every store of theirs.
        let asks = |source: &&Source| {
            source.mentions("dynamodb")
                && walk::calls(&source.module.body).any(|(_, call)| {
                    matches!(call.callee(), "resource" | "client")
                        && call.argument(0, "service_name").and_then(Expr::as_str) == Some("dynamodb")
                })
        };
        found.extend(context.sources().find(asks).map(|source| (Database::Dynamodb, source.evidence(0))));
    }
    if found.is_empty() {
        // The standard library's driver, used directly: a file that needs a volume.
        let opens = |source: &&Source| {
            source.imports_package("sqlite3")
                && walk::calls(&source.module.body)
                    .any(|(_, call)| source.qualified(&call.function).as_deref() == Some("sqlite3.connect"))
        };
        found.extend(context.sources().find(opens).map(|source| (Database::Sqlite, source.evidence(0))));
    }
    for (database, place) in found {
        project.databases.push(database);
        project.because("databases", place);
    }
}

/// The databases whose addresses or backends the code writes down.
fn addressed(context: &Context<'_>, project: &Project) -> Vec<(Database, Evidence)> {
    let mut found: Vec<(Database, Evidence)> = Vec::new();
    // Of Django's settings, those that are chosen.
    let chain = django::chosen(context, project);
    let sets = |source: &Source| source.names("DATABASES");
    let is_chosen = |source: &&Source| {
        !sets(source)
            || !chain.iter().any(|chosen| sets(chosen))
            || chain.iter().any(|chosen| chosen.path == source.path)
    };
    for source in context.sources().filter(|source| is_settings_like(source)).filter(is_chosen) {
        // What an address is compared with is a case that the code can deal with, not one that it uses.
        let mut compared: HashSet<*const Expr> = HashSet::new();
        for expr in walk::expressions(&source.module.body) {
            if let ExprKind::Equal(left, right) = &expr.kind {
                compared.extend([std::ptr::from_ref::<Expr>(left), std::ptr::from_ref::<Expr>(right)]);
            }
            if compared.contains(&std::ptr::from_ref(expr)) {
                continue;
            }
            let Some(text) = expr.as_str().filter(|text| !text.contains(' ')) else { continue };
            let database =
                ADDRESSES.iter().filter(|(start, _)| text.starts_with(start)).map(|(_, database)| *database).next();
            if let Some(database) = database.filter(|database| !found.iter().any(|(known, _)| known == database)) {
                found.push((database, source.evidence(expr.line)));
            }
        }
    }
    found
}

/// Whether addresses in a module are about the application's own stores.
fn is_settings_like(source: &Source) -> bool {
    let path = source.path.as_str();
    ["settings", "config", "database", "db", "engine", "session", "storage", "extensions", "models", "env"]
        .iter()
        .any(|word| path.contains(word))
        || !path.contains('/')
        || matches!(source.stem(), "main" | "app" | "__init__" | "core")
}

/// The variable that holds the address of the main database.
fn variable(context: &Context<'_>, project: &mut Project) {
    const NAMES: [&str; 10] = [
        "DATABASE_URL",
        "SQLALCHEMY_DATABASE_URI",
        "SQLALCHEMY_DATABASE_URL",
        "DATABASE_URI",
        "DB_URL",
        "DB_URI",
        "POSTGRES_URL",
        "DATABASE_DSN",
        "MONGODB_URI",
        "MONGODB_URL",
    ];
    let has = |name: &str| context.reads.iter().any(|read| read.name == name);
    project.database_variable = NAMES.into_iter().find(|name| has(name)).map(str::to_owned).or_else(|| {
        let suffixes = ["_DATABASE_URL", "_DATABASE_URI", "_DB_URL", "_SQLALCHEMY_DATABASE_URI"];
        context
            .reads
            .iter()
            .map(|read| &read.name)
            .find(|name| suffixes.iter().any(|suffix| name.ends_with(suffix)) && !is_of_tests(name))
            .cloned()
    });
}
