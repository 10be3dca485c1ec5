//! Command lines: Procfile, shell scripts, supervisor, workflows.
#![no_main]

mod beside;

libfuzzer_sys::fuzz_target!(|data: &[u8]| beside::read(&["Procfile", "start.sh", "supervisord.conf", ".github/workflows/ci.yml", "README.md"], data));
