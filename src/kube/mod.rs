//! The ground floor: what Kubernetes, YAML and Dockerfiles are. Nothing here knows of `app.toml`, of a plan or of a rule.

pub(crate) mod compare;
pub(crate) mod display;
pub(crate) mod dockerfile;
pub(crate) mod grammar;
pub(crate) mod kind;
pub(crate) mod labels;
pub(crate) mod list;
pub(crate) mod object;
pub(crate) mod operator;
pub(crate) mod path;
pub(crate) mod value;
pub(crate) mod workload;
pub(crate) mod yaml;
