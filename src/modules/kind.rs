//! The modules that `pykube add` knows, and the table of the templates that write them.

use crate::vocabulary::Framework;
use std::fmt;

/// A module that `pykube add` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum ModuleKind {
    /// Endpoints for the probes of the kubelet.
    Health,
    /// Metrics for Prometheus.
    Metrics,
    /// Logs as lines of JSON.
    Logging,
    /// Database connections sized for the server.
    DbPool,
    /// A file that Celery's worker and beat keep touching.
    Heartbeat,
}

/// How the module reaches the database, as far as its text depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Django's own connections.
    Django,
    /// The engine of Flask-SQLAlchemy.
    FlaskSqlalchemy,
    /// An engine of SQLAlchemy that is a global of the service.
    Engine,
    /// SQLAlchemy, whose engine is made where no module reaches it.
    SqlalchemyUrl,
    /// psycopg 3.
    Psycopg,
    /// psycopg 2.
    Psycopg2,
    /// asyncpg.
    Asyncpg,
}

impl Access {
    /// The word that templates know it by.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Django => "django",
            Self::FlaskSqlalchemy => "flask-sqlalchemy",
            Self::Engine => "sqlalchemy",
            Self::SqlalchemyUrl => "sqlalchemy-url",
            Self::Psycopg => "psycopg",
            Self::Psycopg2 => "psycopg2",
            Self::Asyncpg => "asyncpg",
        }
    }

    /// Whether it goes through SQLAlchemy.
    pub(crate) fn is_sqlalchemy(self) -> bool {
        matches!(self, Self::FlaskSqlalchemy | Self::Engine | Self::SqlalchemyUrl)
    }
}

impl ModuleKind {
    pub(crate) const ALL: [Self; 5] = [Self::Health, Self::Metrics, Self::Logging, Self::DbPool, Self::Heartbeat];

    /// What is typed for it.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Metrics => "metrics",
            Self::Logging => "logging",
            Self::DbPool => "db-pool",
            Self::Heartbeat => "heartbeat",
        }
    }

    /// The Python module's name; `logging` would hide the standard library's in a flat project.
    #[must_use]
    pub(crate) fn module(self) -> &'static str {
        match self {
            Self::Logging => "json_logs",
            Self::DbPool => "db_pool",
            Self::Health | Self::Metrics | Self::Heartbeat => self.word(),
        }
    }

    /// The folder and file of its template below `templates/`; the one of its tests begins with `test_`.
    /// None when there is none for the framework's way to the database.
    pub(crate) fn template(self, framework: Framework, access: Option<Access>) -> Option<(&'static str, &'static str)> {
        let folder = match framework {
            Framework::Django => "python/django",
            Framework::Flask => "python/flask",
            Framework::FastApi => "python/fastapi",
        };
        match self {
            Self::Heartbeat => Some(("python", "heartbeat.py")),
            Self::Health => Some((folder, "health.py")),
            Self::Metrics => Some((folder, "metrics.py")),
            Self::Logging => Some((folder, "json_logs.py")),
            Self::DbPool => match (framework, access) {
                (Framework::Django, _) | (_, Some(Access::Psycopg)) => Some((folder, "db_pool.py")),
                (_, Some(access)) if access.is_sqlalchemy() => Some(("python", "sqlalchemy_db_pool.py")),
                _ => None,
            },
        }
    }
}

impl fmt::Display for ModuleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
