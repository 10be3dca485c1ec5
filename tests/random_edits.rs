//! What `pykube diff` predicts, and what a cluster with simulated nodes does, for edits that nobody chose
//! (`tests/cluster/edits.py`, which runs hundreds of them by hand), and what another evaluator says of the policies.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::path::Path;
use std::process::Command;

use harness::available;
use harness::cluster::{cluster, path, tools};

#[test]
fn the_cluster_does_what_diff_foretells() {
    let Some(cluster) = available("random edits on simulated nodes", cluster()) else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/edits.py");
    let mut command = cluster.command("python3");
    command.arg(script).args([
        "--pykube",
        env!("CARGO_BIN_EXE_pykube"),
        "--number",
        "24",
        "--seed",
        "2026",
        "--minutes",
        "2",
    ]);
    // Two edits of an application, then the next one: more of them are seen.
    let output = command.args(["--chain", "2"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(" 0 with a mismatch"), "{said}");
}

#[test]
fn another_evaluator_says_of_policies_what_diff_foretells() {
    let Some(tools) = available("policies by another evaluator", tools(&["kubectl", "reach"])) else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/reach.py");
    let mut command = Command::new("python3");
    command.arg("-B").arg(script).args(["--pykube", env!("CARGO_BIN_EXE_pykube"), "--number", "40", "--seed", "2026"]);
    let output = command.arg("--evaluator").arg(tools.join("reach")).env("PATH", path(&tools)).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("40 edits, 0 with a mismatch"), "{said}");
}
