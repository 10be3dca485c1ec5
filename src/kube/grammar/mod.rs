//! The small languages inside values: what the API server, the container runtimes and a shell parse after YAML is read.

pub(crate) mod cron;
pub(crate) mod image_reference;
pub(crate) mod name;
pub(crate) mod quantity;
pub(crate) mod shell;
