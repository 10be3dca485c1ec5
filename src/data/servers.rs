//! What application servers do on their own, and since which release they know an option.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{at_least, read};

const TEXT: &str = include_str!("../../data/servers.toml");

static SERVERS: LazyLock<BTreeMap<String, Server>> = LazyLock::new(|| read(TEXT));

/// One application server.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Server {
    /// The release on which all this was measured.
    pub(crate) measured: String,
    /// Seconds that an idle connection can be kept at most; 0 when every answer closes its connection.
    pub(crate) longest_keep_alive: Option<u32>,
    /// Whether `X-Forwarded-*` headers are believed from the addresses of `FORWARDED_ALLOW_IPS`.
    pub(crate) reads_forwarded: bool,
    /// Whether workers can be replaced after a number of requests while the others answer.
    pub(crate) replaces_workers: bool,
    /// Options, and the first release that knows each.
    #[serde(default)]
    pub(crate) since: BTreeMap<String, String>,
}

impl Server {
    /// What is known of `kind`.
    pub(crate) fn of(kind: &str) -> &'static Self {
        static NONE: LazyLock<Server> = LazyLock::new(Server::default);
        SERVERS.get(kind).unwrap_or(&NONE)
    }

    /// Options that `version` lacks.
    pub(crate) fn missing(&self, version: &str) -> Vec<&str> {
        let since = self.since.iter().filter(|(_, since)| !at_least(version, since));
        since.map(|(option, _)| option.as_str()).collect()
    }

    /// Whether `version` lacks options.
    pub(crate) fn is_old(&self, version: &str) -> bool {
        !self.missing(version).is_empty()
    }

    /// Whether `version` knows `option`; the newest does, and so does one that nobody names.
    pub(crate) fn knows(&self, option: &str, version: Option<&str>) -> bool {
        match (self.since.get(option), version) {
            (Some(since), Some(version)) => at_least(version, since),
            _ => true,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn read() {
        toml::from_str::<BTreeMap<String, Server>>(TEXT).unwrap();
    }

    #[test]
    fn every_server_is_known_and_old_releases_lack_options() {
        for kind in ["gunicorn", "uvicorn", "hypercorn", "granian", "uwsgi"] {
            assert!(SERVERS.contains_key(kind), "{kind}");
        }
        let uvicorn = Server::of("uvicorn");
        let knows = |version| uvicorn.knows("--timeout-graceful-shutdown", version);
        assert!(knows(None) && knows(Some("0.22")) && knows(Some("0.54.0")) && !knows(Some("0.21.1")));
        assert!(uvicorn.knows("--workers", Some("0.1")));
    }
}
