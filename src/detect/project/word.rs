//! The words that answers are made of: one fixed spelling each, in JSON, in text and in `app.toml`.

use std::fmt;

use serde::Serialize;

/// Declares an enumeration whose variants have one fixed spelling in JSON, in text and in `app.toml`.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// The word for it in JSON and `app.toml`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// The web frameworks that are known.
    Framework {
        /// Django.
        Django = "django",
        /// Flask, Quart excepted.
        Flask = "flask",
        /// `FastAPI`.
        FastApi = "fastapi",
    }
}

impl Framework {
    /// The framework's name as people write it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Django => "Django",
            Self::Flask => "Flask",
            Self::FastApi => "FastAPI",
        }
    }
}

words! {
    /// How a server calls the application.
    Interface {
        /// PEP 3333.
        Wsgi = "wsgi",
        /// Asynchronous Server Gateway Interface.
        Asgi = "asgi",
    }
}

words! {
    /// What installs the dependencies.
    PackageManager {
        /// pip.
        Pip = "pip",
        /// uv.
        Uv = "uv",
        /// Poetry.
        Poetry = "poetry",
        /// PDM.
        Pdm = "pdm",
        /// Pipenv.
        Pipenv = "pipenv",
        /// conda or mamba.
        Conda = "conda",
        /// Hatch environments.
        Hatch = "hatch",
    }
}

words! {
    /// Application servers.
    ServerKind {
        /// Gunicorn.
        Gunicorn = "gunicorn",
        /// Uvicorn, `fastapi run` included.
        Uvicorn = "uvicorn",
        /// Hypercorn.
        Hypercorn = "hypercorn",
        /// Granian.
        Granian = "granian",
        /// uWSGI.
        Uwsgi = "uwsgi",
        /// Daphne.
        Daphne = "daphne",
        /// Waitress.
        Waitress = "waitress",
    }
}

words! {
    /// Databases.
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
        /// Oracle.
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
    /// Caches.
    Cache {
        /// Redis or Valkey.
        Redis = "redis",
        /// Memcached.
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
        /// pytest.
        Pytest = "pytest",
        /// `manage.py test`.
        Django = "django",
        /// The standard library's own.
        Unittest = "unittest",
    }
}

words! {
    /// Linters.
    Linter {
        /// Ruff.
        Ruff = "ruff",
        /// Flake8.
        Flake8 = "flake8",
    }
}
