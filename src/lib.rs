//! pykube renders a Dockerfile, Kubernetes manifests and a GitHub Actions workflow from one `app.toml`.
//!
//! It is a compiler: every stage is a function from value to value, and only the two ends touch the disk.
//!
//! ```text
//! repository ──detect──▶ Project ──▶ app.toml
//! app.toml ──config──▶ Config ──app──▶ App ──render──▶ FileSet ──check──▶ FileSet | findings
//!                                                         │
//!                          target directory ──write──▶ Plan ──▶ diff: print it · render: apply it
//! ```

mod adopt;
pub mod app;
mod bug;
pub mod check;
mod cli;
mod command;
pub mod config;
pub mod conflict;
pub mod credential;
mod data;
pub mod detect;
pub mod diagnostic;
pub mod file_set;
mod fingerprint;
mod git;
mod init;
mod kube;
mod merge;
mod modules;
mod parallel;
mod patch;
mod pin;
#[cfg(test)]
mod property_cases;
pub mod render;
pub mod review;
mod screen;
mod secret_manifest;
mod tree_reader;
mod vocabulary;
pub mod write;

pub use cli::run;
