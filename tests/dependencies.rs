//! What pykube is built from: licences, sources and bans of `deny.toml`, for machines that have no cargo-deny.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// `deny.toml`, as far as it is enforced here.
struct Policy {
    licences: Vec<String>,
    banned: Vec<String>,
    registries: Vec<String>,
}

impl Policy {
    fn read() -> Self {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml")).unwrap();
        let policy: toml::Table = toml::from_str(&text).unwrap();
        let texts = |list: &toml::Value| {
            list.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
        };
        let banned = policy["bans"]["deny"].as_array().unwrap();
        Self {
            licences: texts(&policy["licenses"]["allow"]),
            banned: banned.iter().map(|ban| ban["name"].as_str().unwrap().to_owned()).collect(),
            registries: texts(&policy["sources"]["allow-registry"]),
        }
    }

    /// What is wrong with a package, if anything.
    fn fault(&self, package: &Value) -> Option<String> {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or("no licence");
        let source = package["source"].as_str().and_then(|source| source.strip_prefix("registry+"));
        if self.banned.iter().any(|banned| banned == name) {
            return Some(format!("{name} is banned"));
        }
        // Older packages part their licences with a slash.
        if !self.allows(&licence.replace('/', " OR ")) {
            return Some(format!("{name} is under {licence}"));
        }
        if !package["source"].is_null()
            && !source.is_some_and(|source| self.registries.iter().any(|known| known == source))
        {
            return Some(format!("{name} comes from {}", package["source"]));
        }
        None
    }

    /// Whether an SPDX expression can be met with allowed licences only; `AND` binds more than `OR`.
    fn allows(&self, expression: &str) -> bool {
        split(expression, " OR ").into_iter().any(|choice| {
            split(choice, " AND ").into_iter().all(|term| {
                let term = term.trim();
                match term.strip_prefix('(').and_then(|open| open.strip_suffix(')')) {
                    Some(inner) => self.allows(inner),
                    None => self.licences.iter().any(|licence| licence == term),
                }
            })
        })
    }
}

/// Splits at each `separator` that is in no parentheses.
fn split<'e>(expression: &'e str, separator: &str) -> Vec<&'e str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (place, _) in expression.match_indices(separator) {
        let before = &expression[start..place];
        if before.matches('(').count() == before.matches(')').count() {
            parts.push(before);
            start = place + separator.len();
        }
    }
    parts.push(&expression[start..]);
    parts
}

/// Every package of the lock file, for every platform; for this platform alone where the others cannot be fetched.
fn packages() -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let metadata = |arguments: &[&str]| {
        let run = Command::new(&cargo)
            .args(["metadata", "--format-version", "1", "--locked"])
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        run.status.success().then(|| serde_json::from_slice::<Value>(&run.stdout).unwrap())
    };
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let graph =
        metadata(&[]).or_else(|| metadata(&["--offline", "--filter-platform", &host])).expect("cargo metadata failed");
    graph["packages"].as_array().unwrap().clone()
}

#[test]
fn every_dependency_is_allowed() {
    let policy = Policy::read();
    let packages = packages();
    assert!(packages.len() > 50, "cargo named {} packages only", packages.len());
    let faults: Vec<_> = packages.iter().filter_map(|package| policy.fault(package)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn what_is_not_allowed_is_found() {
    let policy = Policy::read();
    let fault = |name: &str, licence: &str, source: &str| {
        policy.fault(&serde_json::json!({ "name": name, "license": licence, "source": source }))
    };
    let registry = "registry+https://github.com/rust-lang/crates.io-index";
    assert_eq!(fault("a", "MIT OR Apache-2.0", registry), None);
    assert_eq!(fault("a", "GPL-3.0-only OR MIT", registry), None);
    assert_eq!(fault("a", "(MIT OR Apache-2.0) AND Unicode-3.0", registry), None);
    assert_eq!(fault("a", "Unlicense/MIT", registry), None);
    assert_eq!(
        fault("a", "(MIT OR Apache-2.0) AND GPL-3.0-only", registry),
        Some("a is under (MIT OR Apache-2.0) AND GPL-3.0-only".into())
    );
    assert_eq!(fault("a", "GPL-3.0-only", registry), Some("a is under GPL-3.0-only".into()));
    assert_eq!(fault("serde_yml", "MIT", registry), Some("serde_yml is banned".into()));
    assert!(fault("a", "MIT", "git+https://example.com/a").unwrap().contains("comes from"));
}
