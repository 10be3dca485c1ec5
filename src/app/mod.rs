//! The resolved model: every default applied, every value of a type that cannot hold a bad one.
//!
//! Templates see these structs and decide nothing. Fields are named as in the Kubernetes API.

pub mod access;
pub mod component;
pub mod image_build;
pub mod keda;
pub mod mesh;
pub mod monitoring;
pub mod network;
pub mod object;
pub mod pod;
mod resolve;
pub mod secret;
pub mod value;
pub mod workflow;
pub mod workload;

use serde::Serialize;

pub use resolve::{Options, resolve};

/// Everything that one `app.toml` asks for, ready to be written down.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// Name of the application.
    pub name: value::DnsLabel,
    /// Where the outputs are written.
    pub paths: OutputPaths,
    /// The Dockerfile.
    pub image_build: image_build::ImageBuild,
    /// The configuration file of the server, when pykube writes it.
    pub server_config: Option<image_build::ServerConfig>,
    /// The Kubernetes objects.
    pub objects: Vec<object::Object>,
    /// The GitHub Actions workflow.
    pub workflow: Option<workflow::Workflow>,
    /// Merge patches over the rendered objects.
    #[serde(skip)]
    pub patches: Vec<crate::patch::Patch>,
}

/// Where the outputs are written, below the folder of `app.toml`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputPaths {
    /// The Dockerfile.
    pub dockerfile: String,
    /// What is kept from the builder.
    pub dockerignore: String,
    /// Folder of the manifests.
    pub manifests: String,
    /// The workflow.
    pub workflow: String,
    /// The Dependabot file; none when it is not rendered.
    pub dependabot: Option<String>,
}
