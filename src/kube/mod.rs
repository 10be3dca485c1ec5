//! The ground floor: what Kubernetes, YAML and Dockerfiles are. Nothing here knows of `app.toml`, of a plan or of a rule.

pub(crate) mod grammar;
pub(crate) mod yaml;
