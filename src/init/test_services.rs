//! `[ci] services` and the variables that lead the tests there.

use super::environment::dummy;
use crate::credential;
use crate::detect::{Database, Project};

/// A server of `[ci] services`: its name, images that are it, its port, user, and the scheme of its address.
struct Known {
    name: &'static str,
    images: &'static [&'static str],
    port: &'static str,
    user: &'static str,
    /// The address that the workflow sets in the usual variables, as `[ci] services` documents it.
    url: &'static str,
    /// The variables that it sets.
    set: &'static [&'static str],
}

const KNOWN: [Known; 6] = [
    Known {
        name: "postgresql",
        images: &["postgres"],
        port: "5432",
        user: "postgres",
        url: "postgresql://postgres@localhost:5432/test",
        set: &["DATABASE_URL", "POSTGRES_URL", "SQLALCHEMY_DATABASE_URI"],
    },
    Known {
        name: "mysql",
        images: &["mysql"],
        port: "3306",
        user: "root",
        url: "mysql://root@127.0.0.1:3306/test",
        set: &["DATABASE_URL", "MYSQL_URL", "SQLALCHEMY_DATABASE_URI"],
    },
    Known {
        name: "mariadb",
        images: &["mariadb"],
        port: "3306",
        user: "root",
        url: "mysql://root@127.0.0.1:3306/test",
        set: &["DATABASE_URL", "MYSQL_URL", "SQLALCHEMY_DATABASE_URI"],
    },
    Known {
        name: "redis",
        images: &["redis", "valkey"],
        port: "6379",
        user: "",
        url: "redis://localhost:6379/0",
        set: &["REDIS_URL", "CACHE_URL"],
    },
    Known {
        name: "rabbitmq",
        images: &["rabbitmq"],
        port: "5672",
        user: "guest",
        url: "amqp://localhost:5672//",
        set: &["CELERY_BROKER_URL", "BROKER_URL", "RABBITMQ_URL", "AMQP_URL"],
    },
    Known {
        name: "mongodb",
        images: &["mongo"],
        port: "27017",
        user: "",
        url: "mongodb://localhost:27017/test",
        set: &["MONGODB_URL", "MONGO_URL"],
    },
];

/// The servers beside the tests, and the variables of the tests.
pub(super) struct TestServices {
    pub(super) services: Vec<String>,
    pub(super) env: Vec<(String, String)>,
}

impl TestServices {
    /// Those of the project's own workflow; else the database that its settings cannot do without.
    pub(super) fn of(project: &Project) -> Self {
        let tag = |known: &Known| {
            let image = project.test_services.iter().find(|image| is_image(known, image))?;
            let (_, tag) = image.rsplit_once(':')?;
            // Redis runs as Valkey here, which counts its versions otherwise.
            let digits = tag.split('-').next().unwrap_or_default();
            let is_version = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
            (is_version && known.name != "redis").then(|| digits.to_owned())
        };
        let is_required = |name: &str| {
            let environment = &project.environment;
            environment
                .config
                .iter()
                .chain(&environment.secret)
                .any(|variable| variable.required && belongs(name, &variable.name))
        };
        let main = project.databases.first().copied();
        let is_main = |known: &Known| match known.name {
            "postgresql" => main == Some(Database::Postgresql),
            "mysql" => main == Some(Database::Mysql),
            "mongodb" => main == Some(Database::Mongodb),
            _ => false,
        };
        let started = |known: &Known| project.test_services.iter().position(|image| is_image(known, image));
        let mut used: Vec<&Known> = KNOWN
            .iter()
            .filter(|known| started(known).is_some() || is_main(known) && is_required(known.name))
            .collect();
        // Workflows that try MySQL and MariaDB in turn: beside one job there is one server a port.
        let all = used.clone();
        used.retain(|known| {
            let rank = |known: &Known| (!is_main(known), started(known));
            !all.iter().any(|other| other.port == known.port && rank(other) < rank(known))
        });
        let services = used.iter().map(|known| match tag(known) {
            Some(tag) => format!("{}:{tag}", known.name),
            None => known.name.to_owned(),
        });
        Self { services: services.collect(), env: variables(project, &used) }
    }
}

fn is_image(known: &Known, image: &str) -> bool {
    let name = image.split(['@', ':']).next().unwrap_or(image).rsplit('/').next().unwrap_or(image);
    known.images.contains(&name)
}

/// The variables that lead to the servers, and dummies for others that the settings insist on.
fn variables(project: &Project, used: &[&Known]) -> Vec<(String, String)> {
    let environment = &project.environment;
    let read = environment.config.iter().chain(&environment.secret).map(|variable| variable.name.as_str());
    let mut found: Vec<(String, String)> = Vec::new();
    for name in read.chain(project.build_environment.iter().map(String::as_str)) {
        if found.iter().any(|(known, _)| known == name) {
            continue;
        }
        let server = used.iter().find(|known| known.set.contains(&name) || belongs(known.name, name));
        let value = match server {
            // The workflow sets it by itself.
            Some(known) if known.set.contains(&name) => continue,
            Some(known) => part(known, name),
            None => None,
        };
        let insisted = || project.build_environment.iter().any(|wanted| wanted == name).then(|| dummy(project, name));
        found.extend(value.or_else(insisted).map(|value| (name.to_owned(), value)));
    }
    found.sort();
    found
}

/// Whether a variable is about the server, by its name.
fn belongs(server: &str, variable: &str) -> bool {
    let words: Vec<&str> = variable.split('_').collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    match server {
        "postgresql" => has(&[
            "DB",
            "DATABASE",
            "POSTGRES",
            "POSTGRESQL",
            "PG",
            "PGHOST",
            "PGUSER",
            "PGPASSWORD",
            "PGDATABASE",
            "SQL",
            "RDS",
        ]),
        "mysql" | "mariadb" => has(&["DB", "DATABASE", "MYSQL", "MARIADB", "SQL", "RDS"]),
        "redis" => has(&["REDIS", "CACHE", "BROKER", "CELERY", "RQ"]),
        "rabbitmq" => has(&["RABBITMQ", "AMQP", "BROKER", "CELERY"]),
        _ => has(&["MONGO", "MONGODB"]),
    }
}

/// The part of the server's address that a variable holds; nothing for one that is about something else.
fn part(known: &Known, variable: &str) -> Option<String> {
    let last = variable.rsplit('_').next()?;
    let value = match last {
        "HOST" | "HOSTNAME" | "SERVER" | "PGHOST" | "ADDR" => {
            known.url.split("://").nth(1)?.rsplit('@').next()?.split(':').next()?
        }
        "PORT" => known.port,
        "USER" | "USERNAME" | "PGUSER" if !known.user.is_empty() => known.user,
        // The servers of tests ask for none.
        "PASSWORD" | "PASS" | "PWD" | "PGPASSWORD" if known.name == "postgresql" => credential::DUMMY,
        "NAME" | "DB" | "DATABASE" | "PGDATABASE" if known.name != "redis" => "test",
        "URL" | "URI" | "DSN" | "BACKEND" | "BROKER" => known.url,
        _ => return None,
    };
    Some(value.to_owned())
}
