//! The resolved model: every default applied, every value of a type that cannot hold a bad one.
//!
//! Templates see these structs and decide nothing. Fields are named as in the Kubernetes API.

pub(crate) mod access;
pub(crate) mod component;
pub(crate) mod gitops;
pub(crate) mod image_build;
pub(crate) mod keda;
pub(crate) mod mesh;
pub(crate) mod monitoring;
pub(crate) mod network;
pub(crate) mod object;
pub(crate) mod pod;
mod resolve;
pub(crate) mod secret;
pub(crate) mod value;
pub(crate) mod workflow;
pub(crate) mod workload;

use serde::Serialize;

pub use resolve::{Options, resolve};

/// Every kind of object that pykube renders, by its name.
pub const KINDS: &[&str] = object::Kind::NAMES;

/// Everything that one `app.toml` asks for, ready to be written down.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// Name of the application.
    pub(crate) name: value::DnsLabel,
    /// Where the outputs are written.
    pub(crate) paths: OutputPaths,
    pub(crate) image_build: image_build::ImageBuild,
    pub(crate) ignore_file: image_build::IgnoreFile,
    /// The configuration file of the server, when pykube writes it.
    pub(crate) server_config: Option<image_build::ServerConfig>,
    /// The Kubernetes objects.
    pub(crate) objects: Vec<object::Object>,
    /// Manifests of the user's own, as the kustomization names them.
    pub(crate) own_resources: Vec<String>,
    /// The GitHub Actions workflow.
    pub(crate) workflow: Option<workflow::Workflow>,
    /// What operators follow.
    pub(crate) followed: Vec<gitops::Followed>,
    /// Merge patches over the rendered objects.
    #[serde(skip)]
    pub(crate) patches: Vec<crate::patch::Patch>,
}

/// Where the outputs are written, below the folder of `app.toml`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputPaths {
    pub dockerfile: String,
    /// What is kept from the builder.
    pub dockerignore: String,
    /// Folder of the manifests.
    pub manifests: String,
    pub workflow: String,
    /// The Dependabot file; none when it is not rendered.
    pub dependabot: Option<String>,
}

impl OutputPaths {
    /// The program that releases the manifests.
    pub(crate) fn release(&self) -> String {
        format!("{}/release.py", self.manifests)
    }
}
