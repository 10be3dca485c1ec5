//! Dockerfiles and compose files.
#![no_main]

mod beside;

libfuzzer_sys::fuzz_target!(|data: &[u8]| beside::read(&["Dockerfile", "docker-compose.yml"], data));
