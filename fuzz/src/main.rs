//! The targets under libFuzzer, in one program, so that it is built and linked once; `PYKUBE_FUZZ_TARGET` names the one
//! to run.
#![no_main]

#[path = "../targets/mod.rs"]
mod targets;

use std::ffi::OsString;
use std::sync::OnceLock;

use targets::{TARGETS, Target};

/// Runs pykube as from the command line.
fn run_pykube(arguments: &[OsString]) {
    let _ = pykube::run(std::iter::once("pykube".into()).chain(arguments.iter().cloned()));
}

static CHOSEN: OnceLock<fn(&[u8])> = OnceLock::new();

/// The target that the environment names.
fn chosen() -> fn(&[u8]) {
    let wanted = std::env::var("PYKUBE_FUZZ_TARGET").unwrap_or_default();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let target: Option<&Target> = TARGETS.iter().find(|target| target.name == wanted);
    target.unwrap_or_else(|| panic!("PYKUBE_FUZZ_TARGET must be one of {}", names.join(" "))).read
}

libfuzzer_sys::fuzz_target!(init: { CHOSEN.get_or_init(chosen); }, |data: &[u8]| CHOSEN.get_or_init(chosen)(data));
