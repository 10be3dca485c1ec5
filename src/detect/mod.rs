//! Reads a repository: what it is, how it runs, and why that is believed. Never runs the project's code.

mod project;

pub use project::*;
