//! How many database connections all pods hold at one time, against what the server allows.

use std::fmt;

use crate::app::App;
use crate::app::object::Kind;
use crate::app::workload::IntOrString;
use crate::config::Config;
use crate::vocabulary::Interface;

/// `max_connections` of PostgreSQL unless its configuration says otherwise.
/// Source: <https://www.postgresql.org/docs/current/runtime-config-connection.html>
pub(crate) const SERVER_DEFAULT: u32 = 100;

/// Connections that the service leaves to others: three that PostgreSQL keeps for the superuser
/// (`superuser_reserved_connections`), the migration Job, background workers, and the person at a console.
pub(crate) const KEPT_FREE: u32 = 10;

/// Connections that an asynchronous process needs at most: they are held for a query, not for a request.
const ASYNCHRONOUS: u32 = 10;

/// Threads that gunicorn runs when `app.toml` names no number; the default of `[server] threads`.
const DEFAULT_THREADS: u32 = 8;

/// The numbers of the arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Connections {
    /// What the server allows.
    pub server: u32,
    /// What is left to others.
    pub kept_free: u32,
    /// The most replicas.
    pub replicas: u32,
    /// Pods beyond that during a rollout.
    pub surge: u32,
    /// Processes in a pod.
    pub processes: u32,
    /// Threads in a process; none for an asynchronous one.
    pub threads: Option<u32>,
}

impl Connections {
    /// Reads the numbers from what is rendered.
    #[must_use]
    pub(crate) fn of(config: &Config, app: &App, server: u32) -> Self {
        let deployment = app.objects.iter().find_map(|object| match &object.kind {
            Kind::Deployment(deployment) => Some(deployment),
            _ => None,
        });
        let most = app.objects.iter().find_map(|object| match &object.kind {
            Kind::HorizontalPodAutoscaler(autoscaler) => Some(autoscaler.max_replicas),
            _ => None,
        });
        let replicas = most.or_else(|| deployment.and_then(|deployment| deployment.replicas)).unwrap_or(1);
        let rolling = deployment.and_then(|deployment| deployment.rolling_update.as_ref());
        let is_threaded = config.app.interface() == Interface::Wsgi;
        Self {
            server,
            kept_free: KEPT_FREE,
            replicas,
            surge: rolling.map_or(0, |rolling| surge(&rolling.max_surge, replicas)),
            processes: config.server.workers.unwrap_or(1),
            threads: is_threaded.then(|| config.server.threads.unwrap_or(DEFAULT_THREADS)),
        }
    }

    /// Pods at one time.
    pub(crate) fn pods(&self) -> u32 {
        self.replicas + self.surge
    }

    /// Connections that one process may hold.
    pub(crate) fn share(&self) -> u32 {
        self.server.saturating_sub(self.kept_free) / (self.pods() * self.processes).max(1)
    }

    /// Connections that one process could use: one a thread and one for the readiness probe.
    pub(crate) fn wanted(&self) -> u32 {
        self.threads.map_or(ASYNCHRONOUS, |threads| threads + 1)
    }

    /// Size of the pool of one process.
    pub(crate) fn pool_size(&self) -> u32 {
        self.wanted().min(self.share()).max(1)
    }

    /// Connections of all threads of all pods, when each thread keeps its own.
    pub(crate) fn kept_by_threads(&self) -> u32 {
        self.pods() * self.processes * self.threads.unwrap_or(1)
    }
}

impl fmt::Display for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (spare, pods, processes) = (self.server.saturating_sub(self.kept_free), self.pods(), self.processes);
        writeln!(f, "{spare} connections = {} of the server - {} kept free", self.server, self.kept_free)?;
        writeln!(
            f,
            "{pods} pods = {} replicas + {} more in a rollout, {processes} process(es) each",
            self.replicas, self.surge
        )?;
        writeln!(f, "share of a process = {spare} / ({pods} * {processes}) = {}", self.share())?;
        let wanted = match self.threads {
            Some(threads) => format!("{threads} threads + 1 for the readiness probe"),
            None => "an asynchronous process".to_owned(),
        };
        write!(f, "wanted = {} ({wanted}); pool size = {}", self.wanted(), self.pool_size())
    }
}

/// Pods that a rollout adds; a percentage is rounded up.
/// Source: <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge>
fn surge(max_surge: &IntOrString, replicas: u32) -> u32 {
    match max_surge {
        IntOrString::Int(pods) => *pods,
        IntOrString::String(text) => {
            let percent: u32 = text.trim_end_matches('%').parse().unwrap_or(0);
            (replicas * percent).div_ceil(100)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: Connections =
        Connections { server: 100, kept_free: 10, replicas: 10, surge: 3, processes: 1, threads: Some(4) };

    #[test]
    fn a_pool_is_never_larger_than_its_share() {
        assert_eq!((SHOP.share(), SHOP.wanted(), SHOP.pool_size()), (6, 5, 5));
        let crowded = Connections { processes: 4, ..SHOP };
        assert_eq!((crowded.share(), crowded.pool_size()), (1, 1));
        let asynchronous = Connections { threads: None, server: 500, ..SHOP };
        assert_eq!(asynchronous.pool_size(), 10);
    }

    #[test]
    fn a_percentage_of_surge_is_rounded_up() {
        assert_eq!(surge(&IntOrString::String("25%".into()), 10), 3);
        assert_eq!(surge(&IntOrString::Int(2), 10), 2);
        assert_eq!(surge(&IntOrString::String("0%".into()), 10), 0);
    }

    #[test]
    fn the_arithmetic_is_shown() {
        let shown = SHOP.to_string();
        assert!(shown.contains("share of a process = 90 / (13 * 1) = 6"), "{shown}");
        assert!(shown.contains("pool size = 5"), "{shown}");
    }
}
