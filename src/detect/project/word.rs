//! The words that answers are made of: one fixed spelling each, in JSON and in text.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::vocabulary::{ServerKind, words};

words! {
    /// What installs the dependencies.
    PackageManager {
        Pip = "pip",
        Uv = "uv",
        Poetry = "poetry",
        Pdm = "pdm",
        Pipenv = "pipenv",
        /// conda or mamba.
        Conda = "conda",
        /// Hatch environments.
        Hatch = "hatch",
    }
}

/// The server of a project: one that `app.toml` knows too, or one that another takes the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetectedServer {
    /// `fastapi run` is uvicorn.
    Known(ServerKind),
    Daphne,
    Waitress,
}

impl DetectedServer {
    /// All of them, best first where a project names several.
    pub(crate) const ALL: [Self; 7] = [
        Self::Known(ServerKind::Gunicorn),
        Self::Known(ServerKind::Uvicorn),
        Self::Known(ServerKind::Granian),
        Self::Known(ServerKind::Hypercorn),
        Self::Known(ServerKind::Uwsgi),
        Self::Daphne,
        Self::Waitress,
    ];

    /// The word for it in JSON, which is the name of its package too.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Known(kind) => kind.as_str(),
            Self::Daphne => "daphne",
            Self::Waitress => "waitress",
        }
    }
}

impl fmt::Display for DetectedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for DetectedServer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

words! {
    Database {
        /// `PostgreSQL`.
        Postgresql = "postgresql",
        /// `MySQL` or `MariaDB`.
        Mysql = "mysql",
        /// `SQLite`.
        Sqlite = "sqlite",
        /// `MongoDB`.
        Mongodb = "mongodb",
        /// Amazon `DynamoDB`.
        Dynamodb = "dynamodb",
        /// Redis used as the main store.
        Redis = "redis",
        /// Microsoft SQL Server.
        Mssql = "mssql",
        Oracle = "oracle",
        /// Apache Cassandra.
        Cassandra = "cassandra",
        /// Elasticsearch or `OpenSearch` as the main store.
        Elasticsearch = "elasticsearch",
        /// `ClickHouse`.
        Clickhouse = "clickhouse",
        /// `Neo4j`.
        Neo4j = "neo4j",
    }
}

words! {
    /// Brokers of background workers.
    Broker {
        /// Redis or Valkey.
        Redis = "redis",
        /// `RabbitMQ`.
        Rabbitmq = "rabbitmq",
        /// Amazon SQS.
        Sqs = "sqs",
    }
}

words! {
    Cache {
        /// Redis or Valkey.
        Redis = "redis",
        Memcached = "memcached",
        /// Memory of one process.
        Locmem = "locmem",
    }
}

words! {
    /// What migrates the database.
    Migrations {
        /// `manage.py migrate`.
        Django = "django",
        /// `alembic upgrade head`.
        Alembic = "alembic",
        /// `flask db upgrade`.
        FlaskMigrate = "flask-migrate",
    }
}

words! {
    /// Test runners.
    TestRunner {
        Pytest = "pytest",
        /// `manage.py test`.
        Django = "django",
        /// The standard library's own.
        Unittest = "unittest",
    }
}

words! {
    Linter {
        Ruff = "ruff",
        /// Flake8.
        Flake8 = "flake8",
    }
}
