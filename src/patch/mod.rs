//! Patches over rendered objects: the last word of `app.toml`, and how a hand edit becomes one.

mod edit;
mod emit;
mod strategic;
mod tree;
