//! `kind = "redis"`: Redis or Valkey.

use super::super::super::pod::{Container, EnvVar, ProbeHandler, VolumeMount};
use super::super::faults::Faults;
use super::common::{Common, DATA, probe};
use crate::config::defaults::services as defaults;
use crate::config::section::ServiceSection;

pub(super) const PORT_NAME: &str = "redis";

/// The server's port.
pub(super) const PORT: u32 = 6_379;

/// User of the server: not the application's, and above 10000 as that one is.
pub(super) const USER: u32 = 10_002;

/// Policies for a full memory.
/// Source: <https://valkey.io/topics/lru-cache/>
const EVICTIONS: [&str; 8] = [
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
];

/// The variable that the client of both projects takes the password from, in every version; `VALKEYCLI_AUTH` came with
/// Valkey 9.0 and is the same (<https://github.com/valkey-io/valkey/pull/2334>).
const CLIENT_PASSWORD: &str = "REDISCLI_AUTH";

/// Programs of one of the two projects.
struct Programs {
    server: &'static str,
    client: &'static str,
}

impl Programs {
    /// Those in `image`.
    fn of(image: &str) -> Self {
        if image.contains("valkey") {
            Self { server: "valkey-server", client: "valkey-cli" }
        } else {
            Self { server: "redis-server", client: "redis-cli" }
        }
    }
}

/// What is special to the server.
#[derive(Clone, Debug)]
pub(super) struct Redis {
    /// What happens when its memory is full.
    eviction: &'static str,
    /// Number in the URL.
    database: Option<u32>,
}

impl Redis {
    pub(super) fn resolve(name: &str, section: &ServiceSection, faults: &mut Faults<'_>) -> Self {
        Self { eviction: eviction(name, section, faults), database: section.database }
    }

    /// The URL for the application; `password` begins with a colon.
    pub(super) fn url(&self, password: &str, address: &str) -> String {
        let credentials = if password.is_empty() { String::new() } else { format!("{password}@") };
        let database = self.database.map(|number| format!("/{number}")).unwrap_or_default();
        format!("redis://{credentials}{address}{database}")
    }

    pub(super) fn container(&self, server: &Common, port: u32, container: Container) -> Container {
        let programs = Programs::of(&server.image);
        // A quarter is left for the copy that the server makes of changed pages while it writes its data down.
        let bytes = server.resources.memory_limit.thousandths() / 1_000.0 * 0.75;
        let port = port.to_string();
        let words: [&str; 17] = [
            programs.server,
            "--port",
            &port,
            "--dir",
            "/data",
            "--appendonly",
            "yes",
            "--save",
            "",
            "--maxmemory",
            &format!("{bytes:.0}"),
            "--maxmemory-policy",
            self.eviction,
            "--protected-mode",
            "yes",
            "--requirepass",
            // Put in by the kubelet; the server takes it out of its own title in the list of processes.
            &format!("$({CLIENT_PASSWORD})"),
        ];
        // `-e`: an answer that is an error, such as while the data is being loaded, is a failure.
        let ping = [programs.client, "-p", &port, "-e", "ping"].map(ToString::to_string).to_vec();
        Container {
            command: words.map(ToString::to_string).to_vec(),
            env: vec![EnvVar {
                comment: Some("Read by the client of the readiness probe, too."),
                ..EnvVar::from_secret(CLIENT_PASSWORD.into(), server.password.clone())
            }],
            readiness_probe: Some(probe(ProbeHandler::Exec { command: ping }, 10)),
            volume_mounts: vec![VolumeMount::new(DATA, "/data")],
            ..container
        }
    }
}

fn eviction(name: &str, section: &ServiceSection, faults: &mut Faults<'_>) -> &'static str {
    let written = section.eviction.as_deref().unwrap_or(defaults::EVICTION);
    EVICTIONS.into_iter().find(|known| *known == written).unwrap_or_else(|| {
        let known = EVICTIONS.map(|known| format!("`{known}`")).join(", ");
        faults.refuse(&["services", name, "eviction"], &format!("must be one of {known}"));
        defaults::EVICTION
    })
}
