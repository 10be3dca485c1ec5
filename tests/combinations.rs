//! Random `app.toml` files over all sections: each one renders, passes our own checks and the strict schemas of three
//! versions of Kubernetes.
//!
//! `PYKUBE_CASES` sets their number and `PYKUBE_SEED` what they are made from; the seed is printed. A case that fails is
//! made smaller, section by section, before it is shown.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod combination;
mod harness;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use combination::combinations;
use harness::{available, schemas};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use pykube::app::{Options, resolve};
use pykube::check::check;
use pykube::config::parse;
use pykube::render::render;
use serde::Deserialize as _;
use serde_json::Value;

/// Cases in CI, and on a desk.
const CASES_IN_CI: u64 = 10_000;
const CASES: u64 = 400;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} must be a number")))
}

/// The cases come in this many streams, each from a seed of its own, which the threads take in turn: what is drawn does
/// not depend on the number of processors.
const STREAMS: u64 = 32;

/// What a run has seen.
#[derive(Default)]
struct Seen {
    cases: u64,
    documents: u64,
    kinds: BTreeSet<String>,
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.documents += other.documents;
        self.kinds.extend(other.kinds);
    }
}

/// Which schemas this machine has.
#[derive(Clone, Copy)]
struct Schemas {
    kubernetes: bool,
    custom: bool,
}

#[test]
fn every_combination_renders_and_is_sound() {
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    let cases = number("PYKUBE_CASES").unwrap_or(if in_ci { CASES_IN_CI } else { CASES });
    // A fixed seed: a run that fails today fails tomorrow. Another one is a variable away.
    let seed = number("PYKUBE_SEED").unwrap_or(2026);
    say(&format!("combinations: {cases} cases, PYKUBE_SEED={seed}"));
    let kubernetes = available("the strict schemas of combinations", schemas::kubernetes()).is_some();
    let custom = kubernetes && available("the custom resources of combinations", schemas::custom()).is_some();
    let schemas = Schemas { kubernetes, custom };
    let next = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mut seen = Seen::default();
        loop {
            let stream = next.fetch_add(1, Ordering::Relaxed);
            if stream >= STREAMS {
                return seen;
            }
            let share = cases / STREAMS + u64::from(stream < cases % STREAMS);
            seen.add(run_stream(seed, stream, share, schemas));
        }
    };
    let mut seen = Seen::default();
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for thread in running {
            seen.add(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    assert_eq!(seen.cases, cases);
    say(&format!("combinations: {} documents of {} kinds", seen.documents, seen.kinds.len()));
    if cases >= CASES {
        for kind in KINDS {
            assert!(seen.kinds.contains(kind), "no combination made a {kind}");
        }
    }
}

/// Runs `cases` of one of the streams of cases; a fault is shown after it was made smaller.
fn run_stream(seed: u64, stream: u64, cases: u64, schemas: Schemas) -> Seen {
    let config = Config { cases: u32::try_from(cases).unwrap(), failure_persistence: None, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&stream.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let seen = RefCell::new(Seen::default());
    let outcome = runner.run(&combinations(), |combination| {
        let text = combination.text();
        sound(&text, schemas, &mut seen.borrow_mut()).map_err(|why| TestCaseError::fail(format!("{why}\n{text}")))
    });
    if let Err(why) = outcome {
        panic!("PYKUBE_SEED={seed}: {why}");
    }
    seen.into_inner()
}

/// Straight to the stream: the test runner keeps what the macros print of a passing test to itself.
fn say(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Renders `text` and looks at everything that comes out.
fn sound(text: &str, schemas: Schemas, seen: &mut Seen) -> Result<(), String> {
    seen.cases += 1;
    let (config, document) = parse("app.toml".into(), text.to_owned()).map_err(|faults| faults.to_string())?;
    let app = resolve(&config, &document, &Options::default()).map_err(|faults| faults.to_string())?;
    let files = render(&app).map_err(|error| format!("{error:#}"))?;
    let findings: Vec<String> = check(&files).iter().map(ToString::to_string).collect();
    if !findings.is_empty() {
        return Err(findings.join("\n"));
    }
    let manifests = files
        .iter()
        .filter(|(path, _)| path.as_str().starts_with("k8s/") && path.is_yaml() && path.name() != "kustomization.yaml");
    for (path, text) in manifests {
        let manifest =
            Value::deserialize(serde_yaml::Deserializer::from_str(text)).map_err(|error| format!("{path}: {error}"))?;
        seen.kinds.insert(manifest["kind"].as_str().unwrap_or_default().to_owned());
        seen.documents += 1;
        let is_custom = schemas::is_custom(manifest["apiVersion"].as_str().unwrap_or_default());
        if !schemas.kubernetes || (is_custom && !schemas.custom) {
            continue;
        }
        for version in schemas::VERSIONS {
            let complaints = schemas::validate(&manifest, version);
            if !complaints.is_empty() {
                return Err(format!("{path} ({version}): {}", complaints.join("; ")));
            }
        }
    }
    Ok(())
}

/// Kinds that the combinations must reach.
const KINDS: [&str; 20] = [
    "ConfigMap",
    "CronJob",
    "Deployment",
    "HTTPRoute",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "Namespace",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "PodMonitor",
    "ScaledObject",
    "Service",
    "ServiceAccount",
    "ServiceMonitor",
    "StatefulSet",
    "TriggerAuthentication",
    "VerticalPodAutoscaler",
    "Role",
];
