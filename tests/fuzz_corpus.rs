//! What the fuzzer starts from, and what once made it stop, through every target of `fuzz/targets`.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../fuzz/targets/mod.rs"]
mod targets;

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Runs the program itself, whose words are not for the screen of the tests.
fn run_pykube(arguments: &[OsString]) {
    let output = Command::new(env!("CARGO_BIN_EXE_pykube")).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0..=2)), "{arguments:?}: {:?}: {said}", output.status);
    assert!(!said.contains("this is a bug in pykube"), "{arguments:?}: {said}");
}

#[test]
fn no_file_of_the_corpus_makes_a_reader_fail() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for target in targets::TARGETS {
        let mut seen = 0;
        for entry in fs::read_dir(corpus.join(target.name)).unwrap() {
            let path = entry.unwrap().path();
            let start = Instant::now();
            let bytes = fs::read(&path).unwrap();
            let read = std::panic::catch_unwind(|| (target.read)(&bytes));
            assert!(read.is_ok(), "{} stops the reader", path.display());
            assert!(start.elapsed() < Duration::from_secs(20), "{} took {:?}", path.display(), start.elapsed());
            seen += 1;
        }
        assert!(seen > 0, "{} has no corpus", target.name);
    }
    let folders = fs::read_dir(&corpus).unwrap().count();
    assert_eq!(folders, targets::TARGETS.len(), "a folder of the corpus for each target");
}
