//! The resolved model: every default applied, every value of a type that cannot hold a bad one.
//!
//! Templates see these structs and decide nothing. Fields are named as in the Kubernetes API.

mod credential;
pub mod image_build;
pub mod keda;
pub mod network;
pub mod object;
pub mod pod;
pub mod project_files;
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
