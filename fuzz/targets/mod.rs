//! Every reader of what somebody else may have written: the answer may be anything, a panic is a fault.
//!
//! `fuzz/run` drives these with new bytes, `tests/fuzz_corpus.rs` with those of `fuzz/corpus`. Whoever takes them in
//! says with `run_pykube` how the program is run.

mod app_toml;
mod folder;
mod repository;
mod scratch;

/// What is fuzzed by itself.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Reads what the fuzzer wrote.
    pub(crate) read: fn(&[u8]),
}

pub(crate) const TARGETS: [Target; 17] = [
    Target { name: "adopt", read: folder::adopt },
    Target { name: "app_toml", read: app_toml::tree },
    Target { name: "commands", read: repository::commands },
    Target { name: "compose", read: repository::compose },
    Target { name: "dockerfile", read: repository::dockerfile },
    Target { name: "env_file", read: app_toml::env_file },
    Target { name: "journal", read: folder::journal },
    Target { name: "lock_file", read: folder::lock_file },
    Target { name: "manifest", read: folder::manifest },
    Target { name: "patches", read: app_toml::patches },
    Target { name: "pyproject", read: repository::pyproject },
    Target { name: "python", read: repository::python },
    Target { name: "requirements", read: repository::requirements },
    Target { name: "resolved_lock", read: repository::resolved_lock },
    Target { name: "settings", read: repository::settings },
    Target { name: "setup_cfg", read: repository::setup_cfg },
    Target { name: "urls", read: repository::urls },
];
