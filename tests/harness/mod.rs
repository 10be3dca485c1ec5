//! What integration tests share: the generated trees, the validators, the schemas, and how to say that a test was skipped.
#![allow(dead_code, reason = "each test binary takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

pub(crate) mod changes;
pub(crate) mod cluster;
pub(crate) mod hostile;
pub(crate) mod kustomize;
pub(crate) mod modules;
pub(crate) mod project;
pub(crate) mod readers;
pub(crate) mod schemas;
pub(crate) mod scripts;
pub(crate) mod tools;
pub(crate) mod trees;
pub(crate) mod validators;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Mutex;

/// Why a test cannot run on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skip(pub(crate) String);

/// What was said already: several tests may lack the same thing.
static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Takes `result`, or says on standard error why the test is skipped.
///
/// With `CI=true` nothing may be skipped and it fails, unless the reason holds the text of `PYKUBE_MAY_SKIP`.
#[track_caller]
pub(crate) fn available<T>(test: &str, result: Result<T, Skip>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(Skip(why)) => {
            let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
            let is_excused = std::env::var("PYKUBE_MAY_SKIP").is_ok_and(|text| !text.is_empty() && why.contains(&text));
            assert!(!is_ci || is_excused, "{test} cannot be skipped in CI: {why}");
            let line = format!("skipped: {test}: {why}");
            if TOLD.lock().unwrap().insert(line.clone()) {
                // Straight to the stream: the test runner keeps what the macros print of a passing test to itself.
                let _ = writeln!(std::io::stderr(), "{line}");
            }
            None
        }
    }
}

/// A port that is free now, and that nobody else is likely to take within the second.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
