//! Lock files and version files.
#![no_main]

mod beside;

libfuzzer_sys::fuzz_target!(|data: &[u8]| beside::read(&["uv.lock", "Pipfile.lock", "pyproject.toml", ".python-version"], data));
