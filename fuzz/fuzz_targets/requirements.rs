//! Requirements files.
#![no_main]

mod beside;

libfuzzer_sys::fuzz_target!(|data: &[u8]| beside::read(&["requirements.txt", "requirements-dev.txt"], data));
