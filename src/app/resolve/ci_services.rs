//! `[ci] services`: databases and brokers beside the tests.

use std::collections::BTreeMap;

use super::super::value::Tag;
use super::super::workflow::ServiceContainer;
use super::environment::Environment;
use super::faults::Faults;
use crate::data::{IMAGES, Image, Images};

/// A server that the tests of many applications need.
struct Known {
    /// Its name in `app.toml`, in the workflow, and of its host for other containers.
    name: &'static str,
    image: fn(&Images) -> &Image,
    port: u32,
    /// Variables of the container. It lives for one run of the tests and is reached from the same machine only, so it
    /// asks for no password where it can do without.
    env: &'static [(&'static str, &'static str)],
    health: &'static str,
    /// Variables of applications that hold its URL, the usual one first.
    variables: &'static [&'static str],
    url: &'static str,
}

/// Sources of the variables: the pages of the images (<https://hub.docker.com/_/postgres> and so on). Health: while the images of PostgreSQL and MySQL make the database, a
/// first server answers on the socket only, so they are asked by TCP; MariaDB's own script does as much
/// (<https://github.com/docker-library/postgres/blob/master/docker-entrypoint.sh>,
/// <https://mariadb.com/kb/en/using-healthcheck-sh/>).
const KNOWN: [Known; 7] = [
    Known {
        name: "postgresql",
        image: |images| &images.postgresql,
        port: 5_432,
        env: &[("POSTGRES_DB", "test"), ("POSTGRES_HOST_AUTH_METHOD", "trust")],
        health: "pg_isready --host 127.0.0.1",
        variables: &["DATABASE_URL", "POSTGRES_URL", "SQLALCHEMY_DATABASE_URI"],
        url: "postgresql://postgres@localhost:5432/test",
    },
    Known {
        name: "mysql",
        image: |images| &images.mysql,
        port: 3_306,
        env: &[("MYSQL_ALLOW_EMPTY_PASSWORD", "yes"), ("MYSQL_DATABASE", "test")],
        health: "mysqladmin ping --host 127.0.0.1",
        variables: &["DATABASE_URL", "MYSQL_URL", "SQLALCHEMY_DATABASE_URI"],
        url: "mysql://root@127.0.0.1:3306/test",
    },
    Known {
        name: "mariadb",
        image: |images| &images.mariadb,
        port: 3_306,
        env: &[("MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", "yes"), ("MARIADB_DATABASE", "test")],
        health: "healthcheck.sh --connect --innodb_initialized",
        variables: &["DATABASE_URL", "MYSQL_URL", "SQLALCHEMY_DATABASE_URI"],
        url: "mysql://root@127.0.0.1:3306/test",
    },
    Known {
        name: "redis",
        image: |images| &images.redis,
        port: 6_379,
        env: &[],
        health: "valkey-cli ping",
        variables: &["REDIS_URL", "CACHE_URL"],
        url: "redis://localhost:6379",
    },
    Known {
        name: "rabbitmq",
        image: |images| &images.rabbitmq,
        port: 5_672,
        env: &[],
        health: "rabbitmq-diagnostics -q ping",
        variables: &["CELERY_BROKER_URL", "BROKER_URL", "RABBITMQ_URL", "AMQP_URL"],
        // The account that the image comes with.
        url: "amqp://guest:guest@localhost:5672//",
    },
    Known {
        name: "mongodb",
        image: |images| &images.mongodb,
        port: 27_017,
        env: &[],
        health: "mongosh --quiet --eval 1",
        variables: &["MONGODB_URL", "MONGO_URL"],
        url: "mongodb://localhost:27017/test",
    },
    Known {
        name: "memcached",
        image: |images| &images.memcached,
        port: 11_211,
        env: &[],
        health: "timeout 2 bash -c '</dev/tcp/127.0.0.1/11211'",
        variables: &["MEMCACHED_URL", "MEMCACHED_HOST"],
        url: "localhost:11211",
    },
];

/// The containers beside the tests, and the variables that lead there, as far as `test_env` has them not.
pub(super) fn resolve(
    written: &[String],
    environment: &Environment,
    test_env: &mut BTreeMap<String, String>,
    faults: &mut Faults<'_>,
) -> Vec<ServiceContainer> {
    let mut containers: Vec<ServiceContainer> = Vec::new();
    for (index, text) in written.iter().enumerate() {
        let position = index.to_string();
        let path = ["ci", "services", position.as_str()];
        let (name, tag) = text.split_once(':').map_or((text.as_str(), None), |(name, tag)| (name, Some(tag)));
        let Some(known) = KNOWN.iter().find(|known| known.name == name) else {
            let all = KNOWN.map(|known| format!("`{}`", known.name)).join(", ");
            faults
                .refuse(&path, &format!("must be one of {all}, with a tag behind `:` where another version is meant"));
            continue;
        };
        let image = (known.image)(&IMAGES);
        let tag: Tag = faults.parse_or(tag, &image.tag, &path);
        if containers.iter().any(|other| other.port_mapping == format!("{0}:{0}", known.port)) {
            faults.refuse(&path, "takes a port that another one has");
            continue;
        }
        for variable in variables_of(known, environment) {
            test_env.entry(variable.to_owned()).or_insert_with(|| known.url.to_owned());
        }
        containers.push(ServiceContainer {
            name: known.name,
            image: format!("{}:{tag}", image.image),
            env: known.env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            port_mapping: format!("{0}:{0}", known.port),
            options: format!(
                "--health-cmd \"{}\" --health-interval 5s --health-timeout 5s --health-retries 30",
                known.health
            ),
        });
    }
    containers
}

/// Those of the server's variables that the application is told to read, or the usual one.
fn variables_of(known: &Known, environment: &Environment) -> Vec<&'static str> {
    let read: Vec<&str> = known.variables.iter().filter(|name| environment.sets(name)).copied().collect();
    if read.is_empty() { known.variables.iter().take(1).copied().collect() } else { read }
}
