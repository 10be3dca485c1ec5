//! `[app]`: what is run.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::defaults;

use crate::vocabulary::{Framework, Interface};

/// What is run: its name, its framework and where its entry point is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AppSection {
    /// Name of the application and first part of the name of every object: a DNS label of at most 40 characters.
    pub name: String,
    /// The web framework.
    pub framework: Framework,
    /// What the server imports: `package.module:attribute`, or `package.module:factory()`.
    pub entrypoint: String,
    /// Protocol between server and application. Default: `asgi` for FastAPI, `wsgi` for Django and Flask.
    pub interface: Option<Interface>,
    /// Minor version of Python.
    #[schemars(extend("default" = defaults::app::python()))]
    pub python: Option<String>,
    /// Port that the server listens on in the container.
    #[schemars(range(min = 1, max = 65535))]
    #[schemars(extend("default" = defaults::app::PORT))]
    pub port: Option<u32>,
    /// Folder that the code is imported from, relative to `app.toml`.
    #[schemars(extend("default" = defaults::app::DIR))]
    pub dir: Option<String>,
    /// Name of the PriorityClass of every pod, which must exist in the cluster: who waits, and who is evicted first, when a
    /// node is full. Default: the class that the cluster marks as its default, else priority 0.
    pub priority_class: Option<String>,
    /// Namespace of every object. Default: the name of the application, which must exist in the cluster already.
    pub namespace: Option<NamespaceSection>,
}

impl AppSection {
    /// Name of the namespace of every object.
    #[must_use]
    pub(crate) fn namespace_name(&self) -> &str {
        match &self.namespace {
            Some(NamespaceSection::Name(name)) => name,
            Some(NamespaceSection::Table(table)) => table.name.as_deref().unwrap_or(&self.name),
            None => &self.name,
        }
    }

    /// The interface that is written, or the framework's own.
    #[must_use]
    pub(crate) fn interface(&self) -> Interface {
        self.interface.unwrap_or_else(|| self.framework.default_interface())
    }
}

/// A namespace by its name, or with what pykube makes of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum NamespaceSection {
    /// Name of a namespace that exists.
    Name(String),
    /// A namespace, and whether pykube renders it.
    Table(NamespaceTable),
}

/// A namespace, and whether pykube renders it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct NamespaceTable {
    /// Name of the namespace. Default: the name of the application.
    pub name: Option<String>,
    /// Render the Namespace, with Pod Security labels.
    #[serde(default)]
    pub create: bool,
    /// Render a ResourceQuota: what all pods of the namespace may ask for together. Needs `create`.
    pub quota: Option<QuotaSection>,
    /// Render a LimitRange: defaults for containers without resources. Needs `create`.
    pub limits: Option<LimitRangeSection>,
}

/// What all pods of the namespace may ask for together.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct QuotaSection {
    /// Sum of the CPU requests, such as `8`.
    pub cpu: Option<String>,
    /// Sum of the memory requests, such as `16Gi`.
    pub memory: Option<String>,
    /// Number of pods.
    #[schemars(range(min = 1, max = 100_000))]
    pub pods: Option<u32>,
}

/// Defaults for containers without resources.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct LimitRangeSection {
    /// CPU request, such as `100m`.
    pub cpu: String,
    /// Memory request and limit, such as `256Mi`.
    pub memory: String,
}
