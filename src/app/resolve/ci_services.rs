//! `[ci] services`: databases and brokers beside the tests.

use std::collections::BTreeMap;

use super::super::value::Tag;
use super::super::workflow::ServiceContainer;
use super::environment::Environment;
use super::faults::Faults;

/// A server that the tests of many applications need.
struct Known {
    /// Its name in `app.toml`, in the workflow, and of its host for other containers.
    name: &'static str,
    image: &'static str,
    /// The newest release with long support, else the newest; `app.toml` may name another.
    tag: &'static str,
    port: u32,
    /// Variables of the container. It lives for one run of the tests and is reached from the same machine only, so it
    /// asks for no password where it can do without.
    env: &'static [(&'static str, &'static str)],
    health: &'static str,
    /// Variables of applications that hold its URL, the usual one first.
    variables: &'static [&'static str],
    url: &'static str,
}

/// Sources of the tags: <https://github.com/docker-library/official-images/tree/master/library> and, for Valkey,
/// <https://endoflife.date/valkey>, both as of August 2026. Sources of the variables: the pages of the images
/// (<https://hub.docker.com/_/postgres> and so on). Health: while the images of PostgreSQL and MySQL make the database, a
/// first server answers on the socket only, so they are asked by TCP; MariaDB's own script does as much
/// (<https://github.com/docker-library/postgres/blob/master/docker-entrypoint.sh>,
/// <https://mariadb.com/kb/en/using-healthcheck-sh/>).
const KNOWN: [Known; 7] = [
    Known {
        name: "postgresql",
        image: "docker.io/library/postgres",
        tag: "18.6",
        port: 5_432,
        env: &[("POSTGRES_DB", "test"), ("POSTGRES_HOST_AUTH_METHOD", "trust")],
        health: "pg_isready --host 127.0.0.1",
        variables: &["DATABASE_URL", "POSTGRES_URL", "SQLALCHEMY_DATABASE_URI"],
        url: "postgresql://postgres@localhost:5432/test",
    },
    Known {
        name: "mysql",
        image: "docker.io/library/mysql",
        tag: "9.7.2",
        port: 3_306,
        env: &[("MYSQL_ALLOW_EMPTY_PASSWORD", "yes"), ("MYSQL_DATABASE", "test")],
        health: "mysqladmin ping --host 127.0.0.1",
        variables: &["DATABASE_URL", "MYSQL_URL", "SQLALCHEMY_DATABASE_URI"],
        url: "mysql://root@127.0.0.1:3306/test",
    },
    Known {
        name: "mariadb",
        image: "docker.io/library/mariadb",
        tag: "12.3.2",
        port: 3_306,
        env: &[("MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", "yes"), ("MARIADB_DATABASE", "test")],
        health: "healthcheck.sh --connect --innodb_initialized",
        variables: &["DATABASE_URL", "MYSQL_URL", "SQLALCHEMY_DATABASE_URI"],
        url: "mysql://root@127.0.0.1:3306/test",
    },
    Known {
        name: "redis",
        image: "docker.io/valkey/valkey",
        tag: "9.1.1",
        port: 6_379,
        env: &[],
        health: "valkey-cli ping",
        variables: &["REDIS_URL", "CACHE_URL"],
        url: "redis://localhost:6379",
    },
    Known {
        name: "rabbitmq",
        image: "docker.io/library/rabbitmq",
        tag: "4.3.5",
        port: 5_672,
        env: &[],
        health: "rabbitmq-diagnostics -q ping",
        variables: &["CELERY_BROKER_URL", "BROKER_URL", "RABBITMQ_URL", "AMQP_URL"],
        // The account that the image comes with.
        url: "amqp://guest:guest@localhost:5672//",
    },
    Known {
        name: "mongodb",
        image: "docker.io/library/mongo",
        tag: "8.0.29",
        port: 27_017,
        env: &[],
        health: "mongosh --quiet --eval 1",
        variables: &["MONGODB_URL", "MONGO_URL"],
        url: "mongodb://localhost:27017/test",
    },
    Known {
        name: "memcached",
        image: "docker.io/library/memcached",
        tag: "1.6.45",
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
        let tag: Tag = faults.parse_or(tag, known.tag, &path);
        if containers.iter().any(|other| other.port_mapping == format!("{0}:{0}", known.port)) {
            faults.refuse(&path, "takes a port that another one has");
            continue;
        }
        for variable in variables_of(known, environment) {
            test_env.entry(variable.to_owned()).or_insert_with(|| known.url.to_owned());
        }
        containers.push(ServiceContainer {
            name: known.name,
            image: format!("{}:{tag}", known.image),
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
