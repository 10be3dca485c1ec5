//! The small languages inside the values: what the API server and the container runtimes parse after YAML is read.

pub(crate) mod cron;
pub(super) mod image_reference;
pub(super) mod name;
pub(super) mod plain_scalar;
pub(super) mod quantity;
