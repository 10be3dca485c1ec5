//! YAML as texts: what its scalars mean to its readers, and where they are.

pub(crate) mod cost;
pub(crate) mod document;
pub(crate) mod edit;
mod emit;
pub(crate) mod layout;
mod lines;
pub(crate) mod plain_scalar;
pub(crate) mod scalar;
pub(crate) mod scanner;

#[cfg(test)]
pub(crate) use emit::block;
