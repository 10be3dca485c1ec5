//! `pyproject.toml`, `Pipfile` and conda environments.
#![no_main]

mod beside;

libfuzzer_sys::fuzz_target!(|data: &[u8]| beside::read(&["pyproject.toml", "Pipfile", "environment.yml"], data));
