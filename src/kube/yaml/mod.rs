//! YAML as texts: what its scalars mean to its readers, and where they stand.

pub(crate) mod plain_scalar;
pub(crate) mod scalar;
pub(crate) mod scanner;
