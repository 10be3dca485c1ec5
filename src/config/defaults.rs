//! The defaults of `app.toml`, each once: resolving takes them, and the schema and the reference page print them.

pub(crate) mod app {
    /// The newest version of Python that most packages have wheels for.
    pub(crate) fn python() -> String {
        crate::data::PLATFORMS.python.default_version()
    }
    pub(crate) const PORT: u32 = 8_000;
    pub(crate) const DIR: &str = ".";
}

pub(crate) mod image {
    pub(crate) const TAG: &str = "0.1.0";
    pub(crate) const BASE: &str = "docker.io/library/python";
    /// With `implementation = "pypy"`.
    pub(crate) const PYPY_BASE: &str = "docker.io/library/pypy";
    pub(crate) fn debian() -> &'static str {
        crate::data::PLATFORMS.debian.newest()
    }
}

pub(crate) mod build {
    pub(crate) const DOCKERFILE: &str = "Dockerfile";
    pub(crate) const GIT_HOST: &str = "github.com";
}

pub(crate) mod server {
    pub(crate) const WORKERS: u32 = 1;
    pub(crate) const THREADS: u32 = 8;
    pub(crate) const TIMEOUT: u32 = 30;
    pub(crate) const GRACEFUL_TIMEOUT: u32 = 25;
    /// Never: after each 1,000 requests, workers of the Flask example were away so often that the slowest hundredth of the
    /// requests took over a second (docs/benchmarks.md).
    pub(crate) const MAX_REQUESTS: u32 = 0;
    /// Above ingress-nginx (60, `upstream-keepalive-timeout`) and Traefik (90, `forwardingTimeouts.idleConnTimeout`).
    pub(crate) const KEEP_ALIVE: u32 = 120;
    /// Above the 600 of Google's load balancers, which cannot be changed.
    /// Source: <https://cloud.google.com/load-balancing/docs/https#timeout-keepalive-backends>
    pub(crate) const KEEP_ALIVE_GOOGLE: u32 = 620;
}

pub(crate) mod secrets {
    pub(crate) const REFRESH: &str = "1h";
}

pub(crate) mod resources {
    /// More than the autoscaler aims at, so a node that is full gives it too.
    pub(crate) const CPU: &str = "500m";
    pub(crate) const MEMORY: &str = "512Mi";
    /// So many processes have enough of it.
    pub(crate) const FEW_PROCESSES: u32 = 4;
    /// Each process beyond them.
    pub(crate) const PROCESS_MEBIBYTES: u32 = 128;
    pub(crate) const EPHEMERAL_STORAGE: &str = "1Gi";
}

/// `[scaling]`, and `scaling` of a worker.
pub(crate) mod scaling {
    pub(crate) const MIN: u32 = 2;
    /// Of 500m: 400m, and a process can use a whole core until further pods have come.
    pub(crate) const CPU: u32 = 80;
    pub(crate) const SCALE_DOWN_SECONDS: u32 = 300;
}

pub(crate) mod rollout {
    pub(crate) const MAX_UNAVAILABLE: u32 = 0;
    pub(crate) const MAX_SURGE: &str = "25%";
    pub(crate) const DEADLINE: u32 = 600;
    pub(crate) const DRAIN_SECONDS: u32 = 10;
}

pub(crate) mod expose {
    pub(crate) const PATH: &str = "/";
}

pub(crate) mod security {
    /// Above 10000, so it meets no user of a node.
    pub(crate) const USER: u32 = 10_001;
    pub(crate) const NETWORK_POLICY: bool = true;
}

pub(crate) mod pods {
    pub(crate) const TMP: &str = "256Mi";
}

/// `[volumes.NAME]` and `[stateful]`.
pub(crate) mod volumes {
    /// Of an empty folder.
    pub(crate) const SIZE: &str = "256Mi";
    pub(crate) const ORDERED: bool = true;
}

/// `[init.NAME]` and `[sidecars.NAME]`.
pub(crate) mod containers {
    /// Of an init container with an image of its own.
    pub(crate) const INIT_CPU: &str = "100m";
    pub(crate) const SIDECAR_CPU: &str = "50m";
    pub(crate) const MEMORY: &str = "128Mi";
}

pub(crate) mod migrations {
    pub(crate) const DEADLINE: u32 = 900;
}

/// `[workers.NAME]`.
pub(crate) mod workers {
    pub(crate) const GRACE_SECONDS: u32 = 60;
    pub(crate) const REPLICAS: u32 = 1;
    pub(crate) const MIN: u32 = 1;
    pub(crate) const LENGTH: u32 = 10;
    pub(crate) const DATABASE: u32 = 0;
    pub(crate) const KEDA_NAMESPACE: &str = "keda";
}

/// `[services.NAME]`.
pub(crate) mod services {
    pub(crate) const PASSWORD_IN_URL: bool = true;
    pub(crate) const SIZE: &str = "1Gi";
    pub(crate) const EVICTION: &str = "noeviction";
    pub(crate) const CPU: &str = "100m";
    pub(crate) const MEMORY: &str = "256Mi";
    /// Of PostgreSQL: a process for each connection.
    pub(crate) const POSTGRESQL_MEMORY: &str = "512Mi";
}

pub(crate) mod monitoring {
    pub(crate) const METRICS: &str = "/metrics";
    pub(crate) const INTERVAL: &str = "30s";
}

/// `[cron.NAME]` and `[jobs.NAME]`.
pub(crate) mod runs {
    pub(crate) const TIMEZONE: &str = "Etc/UTC";
    pub(crate) const START_WITHIN: u32 = 600;
    pub(crate) const DEADLINE: u32 = 3_600;
    pub(crate) const RETRIES: u32 = 2;
    pub(crate) const HISTORY: u32 = 3;
    pub(crate) const KEEP_SECONDS: u32 = 86_400;
}

/// `[resilience.calls.NAME]`.
pub(crate) mod resilience {
    pub(crate) const CONNECTIONS: u32 = 100;
    pub(crate) const PENDING: u32 = 100;
    pub(crate) const CONNECT_TIMEOUT: &str = "3s";
    pub(crate) const FAILURES: u32 = 5;
    pub(crate) const PAUSE: &str = "30s";
}

pub(crate) mod ci {
    pub(crate) const ENABLED: bool = true;
    pub(crate) const WORKFLOW: &str = ".github/workflows/deploy.yml";
    pub(crate) const DEPENDABOT: bool = true;
    pub(crate) const BRANCH: &str = "main";
    pub(crate) const ENVIRONMENT: &str = "production";
    pub(crate) const RUNNER: &str = "ubuntu-24.04";
    /// With several `[[ci.environments]]`.
    pub(crate) const BUILD_ENVIRONMENT: &str = "build";
}

pub(crate) mod cluster {
    pub(crate) fn kubernetes() -> String {
        format!("1.{}", crate::data::PLATFORMS.kubernetes.default)
    }
    pub(crate) const MANIFESTS: &str = "k8s";
}
