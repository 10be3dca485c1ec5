//! `[services.NAME]`: what the application talks to, in the cluster or outside.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::defaults;

use super::ResourcesSection;

/// A server that the application talks to: `kind` for one in the cluster, `external` for one outside.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ServiceSection {
    /// A server of that kind in the cluster: a StatefulSet with a volume, a headless Service and a NetworkPolicy. One
    /// replica; a managed service has more.
    pub kind: Option<ServiceKind>,
    /// Host name of a server outside the cluster: an ExternalName Service gives it a name in the namespace.
    pub external: Option<String>,
    /// Port of the server. Default: that of the kind, or of `postgresql` for a name such as `db` or `postgres`.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u32>,
    /// Variable that points the application at it: a URL for a kind, the host for `external`.
    /// Default: `DATABASE_URL` for `postgresql`, `NAME_URL` for `redis`, or `NAME_HOST` and `NAME_PORT`; empty for none.
    pub env: Option<String>,
    /// `kind`: where the password is, as `secret/key`. Default: `APP-NAME/password`. The provider of `[secrets]` makes it, as it makes all others.
    pub secret: Option<String>,
    /// `kind`: variable that holds the password. Default: `NAME_PASSWORD`.
    pub password_env: Option<String>,
    /// `kind`: the URL holds the password, which may then hold only characters that a URL allows.
    #[schemars(extend("default" = defaults::services::PASSWORD_IN_URL))]
    pub password_in_url: Option<bool>,
    /// `postgresql`: driver in the URL of the application, for SQLAlchemy: `psycopg`, `asyncpg`. Default: none.
    pub driver: Option<String>,
    /// `redis`: number of the database in the URL. Default: none, which is 0.
    #[schemars(range(min = 0, max = 1_000))]
    pub database: Option<u32>,
    /// `kind`: image with a fixed tag or a digest. Default: Valkey, the open-source fork of Redis; the official image
    /// of PostgreSQL.
    pub image: Option<String>,
    /// `kind`: how much its volume holds.
    #[schemars(extend("default" = defaults::services::SIZE))]
    pub size: Option<String>,
    /// `kind`: StorageClass of its volume. Default: the cluster's own.
    pub class: Option<String>,
    /// `redis`: what happens when its memory is full: `noeviction` refuses writes, which a queue needs; a cache takes
    /// `allkeys-lru` or another policy.
    #[schemars(extend("default" = defaults::services::EVICTION))]
    pub eviction: Option<String>,
    /// `kind`: what it asks for and may use. Default: `100m` CPU and `256Mi` memory; `512Mi` for PostgreSQL.
    #[serde(default)]
    pub resources: ResourcesSection,
    /// `external`: use the host name itself and render no Service: a certificate is checked against the name that was
    /// asked for.
    #[serde(default)]
    pub direct: bool,
}

/// A server that runs in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ServiceKind {
    /// Redis or Valkey: broker, cache, results.
    Redis,
    /// PostgreSQL, for staging and small services: one replica, without failover. Database and user are called after the
    /// application. No backup is made: `kubectl exec NAME-0 -- pg_dump --username USER DATABASE` prints one. Another major
    /// version does not read its data: dump before, restore after.
    Postgresql,
}
